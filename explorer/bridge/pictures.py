"""The picture on the map: which embedding is asked for, and the frames that come back as tables.

What is shown at the end for a project and its parameters does not depend on what was shown before,
but for two things. A t-SNE that follows a t-SNE is *shown* turned onto it (rotation, reflection,
scale; :mod:`compute.embedding.register`), by :meth:`Pictures._turned` and nowhere else: the stored
coordinates are those that were computed. And entries that come later are placed into the
picture that is there (:mod:`compute.embedding.place`), which is stored and named on the map.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Callable
from pathlib import Path
from typing import Any, TypeAlias

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QObject, QTimer, Signal

from compute import geometry
from compute.core.assets import asset
from compute.core.errors import KlscopeError
from compute.core.events import Frame
from compute.core.specs import EmbedSpec
from compute.core.tables import Embedding, Entry
from compute.embedding import place
from compute.embedding.register import Turn, turn_onto
from explorer.bridge import questions
from explorer.bridge.desk import Desk
from explorer.bridge.jobs import EmbedWorker
from explorer.state.app import AppState
from explorer.state.map import Links, MapTables

Axis: TypeAlias = tuple[
    questions.Loaded, tuple[str, ...], list[int], tuple[Entry, ...], NDArray[np.float64], Links
]
SLIDER_MS, PREVIEW_MS = 180, 40
EARLY_EXAGGERATION = 250
"""Iterations of openTSNE's early phase; not shown when a picture is already there."""
REMEMBERED = 12
"""Finished pictures that are found again without the file."""


@dataclasses.dataclass(frozen=True, eq=False)
class Wanted:
    """What is asked of the pool or the worker, and how its answer is shown.

    ``onto`` is the picture that a t-SNE is turned onto, as it was shown. ``after`` iterations it is
    shown, -1 = only its end. ``preview``: it goes on from what is shown and is nobody's result.
    """

    spec: EmbedSpec
    onto: Embedding | None = None
    after: int = 0
    preview: bool = False


class Pictures(QObject):
    """The picture of one project at a time, for the current choices.

    Signals
    -------
    tables : MapTables
        What the map draws; again for every frame of a running t-SNE.
    settled : str
        The picture is final: how many iterations it took, "" = none.
    problem : str
        One sentence.
    """

    tables = Signal(object)
    settled = Signal(str)
    problem = Signal(str)

    def __init__(self, state: AppState, desk: Desk, worker: EmbedWorker, parent: QObject) -> None:
        super().__init__(parent)
        self._state, self._desk, self._worker = state, desk, worker
        self._path: Path | None = None
        self._loaded: questions.Loaded | None = None
        self._by_id: dict[str, Entry] = {}
        self._axis: Axis | None = None
        self._tables = MapTables()
        self._known: tuple[Embedding, ...] = ()
        self._picture: Embedding | None = None
        self._turn: Turn | None = None
        self._wanted: Wanted | None = None
        self._generation = 0
        self._again = self._by_choice = self._owed = False
        self._first = True
        self._drawn = self._overdue = False
        self._redraw = self._timer(SLIDER_MS, self._draw_choice)
        self._ask_preview = self._timer(PREVIEW_MS, self._preview)
        self._wiring: list[tuple[Any, Callable[..., None]]] = [
            *((signal, self._choice_changed) for signal in self._choices()),
            (state.map.events.held, self._on_held),
            (state.map.events.halted, self._on_halted),
        ]
        worker.frame.connect(self._on_frame)
        worker.problem.connect(self._on_worker_problem)
        for signal, slot in self._wiring:
            signal.connect(slot)

    def _timer(self, interval: int, then: Callable[[], None]) -> QTimer:
        timer = QTimer(self, singleShot=True, interval=interval)
        timer.timeout.connect(then)
        return timer

    def _choices(self):
        e = self._state.map.events
        return e.method, e.dims, e.components, e.perplexity, e.exaggeration, e.seed

    @property
    def current(self) -> MapTables:
        return self._tables

    def let_go(self, path: Path) -> None:
        """Forget the project before; ``path`` is the one to come."""
        for topic in ("picture", "faith"):
            self._desk.forget(topic)
        self._redraw.stop()
        self._ask_preview.stop()
        self._stop_worker()
        self._path, self._first, self._loaded = path, True, None
        self._axis = self._picture = self._turn = None
        self._known = ()
        self._again = self._by_choice = self._owed = False
        self._tables = MapTables()

    def renew(self, loaded: questions.Loaded) -> None:
        """The project as it is now; drawn again if its rows have changed, or it could not be."""
        before = self._hold(loaded)
        assert loaded.prepared is not None
        if self._owed:
            self._draw(chosen=True)
        elif _differs(before, loaded.prepared):
            self._draw()
        elif self._tables.entries:
            self._rename()

    def _rename(self) -> None:
        """Entries may have been edited: the same picture of them as they are called now."""
        shown, loaded = self._tables, self._loaded
        assert loaded is not None
        now = tuple(self._by_id.get(e.id, e) for e in shown.entries)
        whole = len(now) == len(loaded.entries) and len(shown.links.rows) > 0
        moved = whole and not np.array_equal(loaded.links.rows, shown.links.rows)
        if now == shown.entries and not moved:
            return
        self._axis = None
        links = loaded.links if moved else shown.links
        self._tables = dataclasses.replace(shown, entries=now, links=links)
        self.tables.emit(self._tables)
        if self._picture is not None and self._wanted is None and not self._state.map.preview:
            self._ask_faith()

    def show_none(self, loaded: questions.Loaded) -> None:
        """There is nothing to draw; the sentence says why."""
        self._hold(loaded)
        for topic in ("picture", "faith"):
            self._desk.forget(topic)
        self._redraw.stop()
        self._ask_preview.stop()
        self._stop_worker()
        self._again = False
        self._state.map.note = loaded.why_empty
        self._state.map.base = ""
        self._tables = MapTables()
        self.tables.emit(self._tables)

    def expect_choice(self) -> None:
        """The next change of the rows was asked for by the user: it is no arrival."""
        self._by_choice = True

    def reoptimise(self) -> None:
        """Compute the map of all entries together; what was placed may move."""
        if self._loaded is not None and self._loaded.prepared is not None:
            self._stop_worker()
            self._draw(whole=True)

    def _hold(self, loaded: questions.Loaded) -> questions.Loaded | None:
        before, self._loaded = self._loaded, loaded
        self._by_id = {e.id: e for e in loaded.entries}
        return before

    # -- asking -----------------------------------------------------------------------------------

    def _choice_changed(self) -> None:
        if self._loaded is None or self._loaded.prepared is None:
            return
        self._again = False
        if self._state.map.held and self._can_preview():
            if not self._ask_preview.isActive():
                self._ask_preview.start()
        else:
            self._redraw.start()

    def _on_held(self, held: bool) -> None:
        """A slider was let go: the true picture of its value follows the previews."""
        if not held and (self._state.map.preview or self._ask_preview.isActive()):
            self._ask_preview.stop()
            self._draw(settle=True)

    def _on_halted(self, halted: bool) -> None:
        if halted:
            self._worker.pause()
        else:
            self._worker.resume()

    def _can_preview(self) -> bool:
        """Whether a t-SNE of exactly these entries is on the map, to go on from."""
        m, shown = self._state.map, self._tables
        return (
            m.method == "tsne" == shown.params.get("method")
            and shown.coords.shape[1] == m.dims
            and self._loaded is not None
            and self._loaded.prepared is not None
            and tuple(e.id for e in shown.entries) == self._loaded.prepared.ids
        )

    def _preview(self) -> None:
        """Go on with the values of now, once the preview before has shown itself."""
        if not self._can_preview():
            self._redraw.start()
            return
        if self._waits_for_frame():
            self._overdue = True
            return
        spec = dataclasses.replace(self.spec(), cache=False, base="")
        self._desk.forget("picture")
        self._state.map.preview = True
        self._request(Wanted(spec, preview=True), self._tables.coords)

    def _waits_for_frame(self) -> bool:
        """Whether a preview was asked for that has not drawn anything yet."""
        return self._wanted is not None and self._wanted.preview and not self._drawn

    def spec(self) -> EmbedSpec:
        """What is asked of the embedding for the current choices."""
        m = self._state.map
        ids = self._loaded.prepared.ids if self._loaded and self._loaded.prepared else ()
        return EmbedSpec(
            project=str(self._path),
            method=m.method,
            dims=m.dims,
            perplexity=m.perplexity,
            seed=m.seed,
            exaggeration=m.exaggeration,
            components=tuple(m.components[: m.dims]),
            recipe=self._state.shell.recipe,
            held=self._held(),
            entries=ids,
            part=self._is_part(),
            cache=not self._state.selection.scoring and not self._bundled(),
        )

    def _held(self) -> str:
        """The recipe in use where the file does not have it."""
        used = self._loaded.prepared.recipe if self._loaded and self._loaded.prepared else None
        return geometry.recipe_to_json(used) if used is not None and used.version < 1 else ""

    def _is_part(self) -> bool:
        """Whether entries are left out by choice."""
        unticked = self._state.library.unticked
        return self._loaded is not None and not unticked.isdisjoint(self._loaded.snapshot.row_of)

    def _bundled(self) -> bool:
        """The bundled example is never written to."""
        try:
            return self._path == asset("example.h5")
        except KlscopeError:
            return False

    def _draw_choice(self) -> None:
        self._draw(chosen=True)

    def _draw(self, *, chosen: bool = False, settle: bool = False, whole: bool = False) -> None:
        """Ask the pool for the picture.

        ``chosen``: other parameters were chosen; ``settle``: a preview ends; ``whole``: no entry
        may be placed. Without any, the rows have changed.
        """
        loaded, path = self._loaded, self._path
        if loaded is None or loaded.prepared is None or path is None:
            return
        asked = chosen or settle or whole
        if self._wanted is not None and not (asked or self._by_choice):
            self._again = True
            return
        spec = self.spec()
        self._owed = False
        ticked, self._by_choice = self._by_choice, False
        arrival = not (asked or ticked)
        request = questions.PictureRequest(
            path,
            loaded.prepared,
            spec,
            at_once=self._first or self._is_fresh(spec),
            known=self._known,
            bases=() if whole else self._bases(arrival=arrival),
            stored=not whole,
            joining=arrival or not spec.part,
        )
        wanted = Wanted(spec, *self._manner(spec, settle=settle, shy=arrival))
        self._desk.ask(
            "picture",
            lambda: questions.picture(request),
            lambda picture: self._on_picture(wanted, picture),
            self._owe,
        )

    def _owe(self, sentence: str) -> None:
        """The picture could not be made, for example because the file was away."""
        self._owed = True
        self.problem.emit(sentence)

    def _bases(self, *, arrival: bool) -> tuple[Embedding, ...]:
        """Pictures of this session that others may join, the one on the map first.

        While entries are left out by choice, others join only by arriving, and what is shown.
        """
        if arrival and self._picture is not None and self._is_part():
            info = {k: v for k, v in self._picture.info.items() if k != "part"}
            return (dataclasses.replace(self._picture, info=info),)
        return self._known

    def _manner(self, spec: EmbedSpec, *, settle: bool, shy: bool) -> tuple[Embedding | None, int]:
        """Onto what the coming picture is turned, and from which iteration it is shown."""
        shown = self._tables
        if self._is_fresh(spec):
            return None, 0
        if spec.method == "tsne" == shown.params.get("method"):
            ids = tuple(e.id for e in shown.entries)
            onto = Embedding("", ids, shown.coords, shown.params)
            return onto, -1 if settle else EARLY_EXAGGERATION
        return None, -1 if shy and spec.method != "tsne" else EARLY_EXAGGERATION if shy else 0

    def _is_fresh(self, spec: EmbedSpec) -> bool:
        """Whether what is shown cannot stand until the new picture comes."""
        return not self._tables.entries or self._tables.params.get("dims") != spec.dims

    def _request(self, wanted: Wanted, start: NDArray[np.float32] | None = None) -> None:
        self._generation += 1
        self._wanted, self._drawn, self._overdue = wanted, False, False
        self._state.map.halted = False
        self._state.map.live = True
        self._worker.request(self._generation, wanted.spec, start)

    def _stop_worker(self) -> None:
        self._generation += 1
        self._wanted = None
        self._worker.stop()
        self._state.map.halted = self._state.map.live = self._state.map.preview = False

    # -- answers ----------------------------------------------------------------------------------

    def _on_picture(self, wanted: Wanted, picture: questions.Picture) -> None:
        found = picture.embedding
        self._first = False
        if picture.final and found is not None:
            self._stop_worker()
            base = picture.base
            self._settle(wanted, found, stays=self._is_shown(base))
            if picture.keep and wanted.spec.cache:
                self._keep(wanted.spec, place.base_key(found))
            return
        if found is not None:
            self._show(found, None)
        self._request(wanted)

    def _is_shown(self, base: Embedding | None) -> bool:
        """Whether the picture into which others were placed is the one on the map."""
        shown = self._picture
        return base is not None and shown is not None and base.key == shown.key

    def _settle(self, wanted: Wanted, found: Embedding, *, stays: bool = False) -> None:
        """Show a finished picture; ``stays``: entries were placed into the one on the map."""
        if not stays:
            self._turn = self._turned(wanted, found)
        self._picture = found
        self._remember(found)
        self._show(found, self._turn)
        self._ask_faith()
        self.settled.emit(str(found.info.get("n_iter", "")))

    def _turned(self, wanted: Wanted, coming: Embedding) -> Turn | None:
        onto = wanted.onto
        if onto is None or coming.params.get("method") != "tsne":
            return None
        row_of = {name: k for k, name in enumerate(onto.ids)}
        pairs = [(k, row_of[name]) for k, name in enumerate(coming.ids) if name in row_of]
        mine, theirs = (list(side) for side in zip(*pairs, strict=True)) if pairs else ([], [])
        return turn_onto(coming.coords[mine], onto.coords[theirs])

    def _keep(self, spec: EmbedSpec, base: str) -> None:
        """Let the worker put a placed picture into the file; what is shown stays."""
        self._generation += 1
        self._worker.request(self._generation, dataclasses.replace(spec, base=base), None)

    def _remember(self, found: Embedding) -> None:
        if found.key:
            others = (k for k in self._known if k.key != found.key)
            self._known = (found, *others)[:REMEMBERED]

    def _on_frame(self, frame: Frame) -> None:
        wanted = self._wanted
        if frame.generation != self._generation or wanted is None:
            return
        self._drawn = True
        if self._overdue and self._state.map.held:
            self._ask_preview.start()
        coming = Embedding(frame.key, frame.ids, frame.coords, frame.params, frame.info)
        if frame.final:
            self._finish(wanted, coming)
        elif 0 <= wanted.after <= frame.iteration:
            self._show(coming, self._turned(wanted, coming))

    def _finish(self, wanted: Wanted, coming: Embedding) -> None:
        self._wanted = None
        self._state.map.live = self._state.map.halted = False
        if wanted.preview:
            self._show(coming, None)
            return
        self._state.map.preview = False
        self._settle(wanted, coming)
        if self._again:
            self._again = False
            self._draw()

    def _on_worker_problem(self, generation: int, sentence: str) -> None:
        if generation in (-1, self._generation):
            self._wanted = None
            self._state.map.live = self._state.map.halted = False
            self.problem.emit(sentence)
            if self._again:
                self._again = False
                self._draw()

    def _show(self, embedding: Embedding, turn: Turn | None) -> None:
        """Make tables of an embedding, turned for display only."""
        loaded = self._loaded
        if loaded is None or loaded.prepared is None:
            return
        if self._axis is None or self._axis[0] is not loaded or self._axis[1] != embedding.ids:
            self._axis = (loaded, embedding.ids, *self._rows_of(loaded, embedding.ids))
        _, ids, kept, entries, values, links = self._axis
        coords = embedding.coords if turn is None else turn.of(embedding.coords)
        coords = coords if len(kept) == len(ids) else coords[kept]
        self._state.map.note = str(embedding.info.get("note", ""))
        self._state.map.base = place.words(embedding.info, len(embedding.ids))
        self._tables = MapTables(entries, coords, values, embedding.params, embedding.info, links)
        self.tables.emit(self._tables)

    def _rows_of(
        self, loaded: questions.Loaded, ids: tuple[str, ...]
    ) -> tuple[list[int], tuple[Entry, ...], NDArray[np.float64], Links]:
        """Which rows of a map are still here, their entries, mean bits/byte and links."""
        kept = [k for k, i in enumerate(ids) if i in self._by_id]
        entries = tuple(self._by_id[ids[k]] for k in kept)
        row = {e.id: r for r, e in enumerate(loaded.entries)}
        values = loaded.bits_per_byte[[row[e.id] for e in entries]]
        same = len(entries) == len(self._tables.entries) and all(
            a is b for a, b in zip(entries, self._tables.entries, strict=True)
        )
        whole = len(entries) == len(loaded.entries) and all(
            a is b for a, b in zip(entries, loaded.entries, strict=True)
        )
        links = loaded.links if whole else Links()
        return kept, self._tables.entries if same else entries, values, links

    def _ask_faith(self) -> None:
        """How true the finished picture is; joins the tables if they are still those."""
        loaded, tables = self._loaded, self._tables
        if loaded is None or loaded.prepared is None:
            return
        prepared = loaded.prepared

        def join(answer: questions.Judged) -> None:
            if self._tables is tables:
                self._tables = dataclasses.replace(tables, links=answer.links, faith=answer.faith)
                self.tables.emit(self._tables)

        self._desk.ask("faith", lambda: questions.judged(prepared, tables), join, self.problem.emit)

    def close(self) -> None:
        self._redraw.stop()
        self._ask_preview.stop()
        for signal, slot in self._wiring:
            signal.disconnect(slot)
        self._worker.frame.disconnect(self._on_frame)
        self._worker.problem.disconnect(self._on_worker_problem)


def _differs(before: questions.Loaded | None, prepared: geometry.Prepared) -> bool:
    """Whether the coordinates that go into an embedding have changed."""
    if before is None or before.prepared is None:
        return True
    return before.prepared.digest != prepared.digest
