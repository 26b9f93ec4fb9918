"""The picture on the map: which embedding is asked for, and the frames that come back as tables."""

from __future__ import annotations

from pathlib import Path
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QObject, QTimer, Signal

from compute import geometry
from compute.core.assets import asset
from compute.core.errors import KlscopeError
from compute.core.events import Frame
from compute.core.specs import EmbedSpec
from compute.core.tables import Embedding, Entry
from explorer.bridge import questions
from explorer.bridge.desk import Desk
from explorer.bridge.jobs import EmbedWorker
from explorer.state.app import AppState
from explorer.state.map import MapTables

Axis: TypeAlias = tuple[
    questions.Loaded, tuple[str, ...], list[int], tuple[Entry, ...], NDArray[np.float64]
]
SLIDER_MS = 180
EARLY_EXAGGERATION = 250
"""Iterations of openTSNE's early phase; not shown when a picture is already there."""


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
        self._generation = 0
        self._embedding = False
        self._again = False
        self._keep = self._by_choice = False
        self._first = True
        self._redraw = QTimer(self, singleShot=True, interval=SLIDER_MS)
        self._redraw.timeout.connect(self._draw_choice)
        worker.frame.connect(self._on_frame)
        worker.problem.connect(self._on_worker_problem)
        for signal in self._choices():
            signal.connect(self._choice_changed)

    def _choices(self):
        e = self._state.map.events
        return e.method, e.dims, e.perplexity

    @property
    def current(self) -> MapTables:
        return self._tables

    def let_go(self, path: Path) -> None:
        """Forget the project before; ``path`` is the one to come."""
        self._desk.forget("picture")
        self._redraw.stop()
        self._worker.stop()
        self._generation += 1
        self._path, self._first, self._loaded = path, True, None
        self._axis = None
        self._embedding = self._again = False
        self._tables = MapTables()

    def renew(self, loaded: questions.Loaded) -> None:
        """The project as it is now; drawn again if its rows have changed."""
        before = self._hold(loaded)
        assert loaded.prepared is not None
        if _differs(before, loaded.prepared):
            self._draw()

    def show_none(self, loaded: questions.Loaded) -> None:
        """There is nothing to draw; the sentence says why."""
        self._hold(loaded)
        self._state.map.note = loaded.why_empty
        self._tables = MapTables()
        self.tables.emit(self._tables)

    def expect_choice(self) -> None:
        """The next picture was asked for by the user: every state of it is shown."""
        self._by_choice = True

    def _hold(self, loaded: questions.Loaded) -> questions.Loaded | None:
        before, self._loaded = self._loaded, loaded
        self._by_id = {e.id: e for e in loaded.entries}
        return before

    # -- asking -----------------------------------------------------------------------------------

    def _choice_changed(self) -> None:
        if self._loaded is not None and self._loaded.prepared is not None:
            self._again = False
            self._embedding = False
            self._redraw.start()

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
            recipe=self._state.shell.recipe,
            entries=ids,
            cache=not self._state.selection.scoring and not self._bundled(),
        )

    def _bundled(self) -> bool:
        """The bundled example is never written to."""
        try:
            return self._path == asset("example.h5")
        except KlscopeError:
            return False

    def _draw_choice(self) -> None:
        self.expect_choice()
        self._draw()

    def _draw(self) -> None:
        loaded, path = self._loaded, self._path
        if loaded is None or loaded.prepared is None or path is None:
            return
        if self._embedding:
            self._again = True
            return
        prepared, spec = loaded.prepared, self.spec()
        at_once = self._first or self._is_fresh(spec)
        self._desk.ask(
            "picture",
            lambda: (spec, questions.picture(path, prepared, spec, at_once=at_once)),
            self._on_picture,
            self.problem.emit,
        )

    def _is_fresh(self, spec: EmbedSpec) -> bool:
        """Whether what is shown cannot stand until the new picture comes."""
        return not self._tables.entries or self._tables.params.get("dims") != spec.dims

    # -- answers ----------------------------------------------------------------------------------

    def _on_picture(self, answer: tuple[EmbedSpec, questions.Picture]) -> None:
        spec, picture = answer
        fresh = self._is_fresh(spec)
        if picture.embedding is not None:
            self._show(picture.embedding)
        self._first = False
        self._state.map.live = not picture.final
        if picture.final:
            self._worker.stop()
            self._embedding = False
            self.settled.emit("")
            return
        self._generation += 1
        self._embedding = True
        self._keep = not fresh and not self._by_choice
        self._by_choice = False
        data = {f: getattr(spec, f) for f in EmbedSpec.__dataclass_fields__}
        self._worker.request(self._generation, {**data, "entries": list(spec.entries)})

    def _on_frame(self, frame: Frame) -> None:
        if frame.generation != self._generation:
            return
        early = frame.iteration < EARLY_EXAGGERATION and not frame.final
        if not (early and self._keep):
            self._show(Embedding(frame.key, frame.ids, frame.coords, frame.params, frame.info))
        if frame.final:
            self._embedding = False
            self._state.map.live = False
            self.settled.emit(str(frame.iteration))
            if self._again:
                self._again = False
                self._draw()

    def _on_worker_problem(self, generation: int, sentence: str) -> None:
        if generation in (-1, self._generation):
            self._embedding = False
            self._state.map.live = False
            self.problem.emit(sentence)

    def _show(self, embedding: Embedding) -> None:
        loaded = self._loaded
        if loaded is None or loaded.prepared is None:
            return
        if self._axis is None or self._axis[0] is not loaded or self._axis[1] != embedding.ids:
            self._axis = (loaded, embedding.ids, *self._rows_of(loaded, embedding.ids))
        _, ids, kept, entries, values = self._axis
        coords = embedding.coords if len(kept) == len(ids) else embedding.coords[kept]
        self._state.map.note = str(embedding.info.get("note", ""))
        self._tables = MapTables(entries, coords, values, embedding.params, embedding.info)
        self.tables.emit(self._tables)

    def _rows_of(
        self, loaded: questions.Loaded, ids: tuple[str, ...]
    ) -> tuple[list[int], tuple[Entry, ...], NDArray[np.float64]]:
        """Which rows of a map are still here, their entries and mean bits/byte."""
        kept = [k for k, i in enumerate(ids) if i in self._by_id]
        entries = tuple(self._by_id[ids[k]] for k in kept)
        row = {e.id: r for r, e in enumerate(loaded.entries)}
        values = loaded.bits_per_byte[[row[e.id] for e in entries]]
        same = len(entries) == len(self._tables.entries) and all(
            a is b for a, b in zip(entries, self._tables.entries, strict=True)
        )
        return kept, self._tables.entries if same else entries, values

    def close(self) -> None:
        self._redraw.stop()
        for signal in self._choices():
            signal.disconnect(self._choice_changed)
        self._worker.frame.disconnect(self._on_frame)
        self._worker.problem.disconnect(self._on_worker_problem)


def _differs(before: questions.Loaded | None, prepared: geometry.Prepared) -> bool:
    """Whether the coordinates that go into an embedding have changed."""
    if before is None or before.prepared is None:
        return True
    return before.prepared.digest != prepared.digest
