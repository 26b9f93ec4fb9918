"""The open project: reads it, prepares it, and answers questions about its entries."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import numpy as np
from PySide6.QtCore import QObject, QTimer, Signal

from compute import geometry
from compute.core.numbers import count
from compute.core.tables import Entry
from explorer.bridge import groups, many, questions
from explorer.bridge.desk import Desk
from explorer.bridge.jobs import EmbedWorker
from explorer.bridge.pictures import Pictures
from explorer.state.app import AppState
from explorer.state.map import InspectorModel, MapTables

REFRESH_MS = 1_500
"""Least time between two readings of the file while a job writes it."""
HOVER_MS = 60
MANY_MS = 40
"""A lasso changes the selection several times a second."""
TICKS_MS = 180


class Session(QObject):
    """One project at a time.

    Signals
    -------
    tables : MapTables
        What the map draws; again for every frame of a running t-SNE.
    hover : (entry id, tuple of Neighbour)
    model : InspectorModel or None
    many : Many
        About what is selected, while that is more than one entry.
    loaded : questions.Loaded
        The project as it is now, for the views beside the map.
    silhouette : questions.Silhouette
    medians : tuple of Median
        Those of this project's groups, while the map is presented.
    problem : str
        One sentence about the project.
    leaving : no argument
        Another project takes the place of this one; nothing of it has changed yet.
    arriving : str
        The path of the project that is about to be shown: the moment to set choices for it.
    opened : str
        The path, once its entries are there.
    unopened : str
        One sentence: why a file could not be opened. What was shown stays.
    notice : str
        One sentence about why the map changes.
    """

    tables = Signal(object)
    hover = Signal(str, object)
    model = Signal(object)
    many = Signal(object)
    loaded = Signal(object)
    silhouette = Signal(object)
    medians = Signal(object)
    problem = Signal(str)
    leaving = Signal()
    arriving = Signal(str)
    opened = Signal(str)
    unopened = Signal(str)
    settled = Signal(str)
    notice = Signal(str)

    def __init__(self, state: AppState, desk: Desk, worker: EmbedWorker, parent: QObject) -> None:
        super().__init__(parent)
        self._state, self._desk = state, desk
        self.pictures = Pictures(state, desk, worker, self)
        self.ticks_of: Callable[[Path], frozenset[str] | None] = lambda _path: None
        self._path: Path | None = None
        self._opening: Path | None = None
        self._seen: tuple[int, ...] = ()
        self._loaded: questions.Loaded | None = None
        self._read_last: questions.Loaded | None = None
        self._edits: Mapping[str, Mapping[str, Any]] = {}
        self._by_id: dict[str, Entry] = {}
        self._refresh = self._timer(REFRESH_MS, self._read)
        self._ask_hover = self._timer(HOVER_MS, self._hover)
        self._ask_many = self._timer(MANY_MS, self._many)
        for mine, theirs in (
            (self.tables, self.pictures.tables),
            (self.settled, self.pictures.settled),
            (self.problem, self.pictures.problem),
        ):
            theirs.connect(mine)
        self._connect_state()

    def _timer(self, interval: int, then) -> QTimer:
        timer = QTimer(self, singleShot=True, interval=interval)
        timer.timeout.connect(then)
        return timer

    def _connect_state(self) -> None:
        s, lib = self._state.selection.events, self._state.library.events
        s.hovered.connect(self._on_hovered)
        s.selected.connect(self._on_selected)
        s.chosen.connect(self._on_chosen)
        lib.unticked.connect(self._on_ticks)
        self._state.shell.events.presenting.connect(self._ask_medians)
        self._state.shell.events.recipe.connect(self._on_recipe)

    def _disconnect_state(self) -> None:
        s, lib = self._state.selection.events, self._state.library.events
        for signal, slot in (
            (s.hovered, self._on_hovered),
            (s.selected, self._on_selected),
            (s.chosen, self._on_chosen),
            (lib.unticked, self._on_ticks),
            (self._state.shell.events.presenting, self._ask_medians),
            (self._state.shell.events.recipe, self._on_recipe),
        ):
            signal.disconnect(slot)

    # -- opening and refreshing -------------------------------------------------------------------

    @property
    def path(self) -> Path | None:
        return self._path

    @property
    def current(self) -> MapTables:
        """What the map shows now."""
        return self.pictures.current

    def open(self, path: Path) -> None:
        """Make ``path`` the project. What is shown stays until the new one can be read."""
        if self._opening == path:
            return
        self._opening = path
        self._state.shell.opening = str(path)
        recipe, seen = self._state.shell.recipe, _stamp(path)
        hidden = self.ticks_of(path)

        def answer(loaded: questions.Loaded) -> None:
            self._opening, self._seen = None, seen
            self._state.shell.opening = ""
            self._take(path, loaded)

        def failed(sentence: str) -> None:
            self._opening = None
            self._state.shell.opening = ""
            self.unopened.emit(sentence)

        self._desk.ask("open", lambda: questions.load(path, recipe, hidden), answer, failed)

    def _take(self, path: Path, loaded: questions.Loaded) -> None:
        """Let go of the project before and show this one."""
        self.leaving.emit()
        for topic in ("load", "hover", "model", "nearest", "many", "silhouette", "medians"):
            self._desk.forget(topic)
        self._ask_hover.stop()
        self.pictures.let_go(path)
        self._path, self._loaded = path, None
        self._edits = {}
        self.arriving.emit(str(path))
        self._state.shell.held = ()
        self._state.library.unticked = loaded.hidden
        self._refresh.stop()  # the ticks just set would have it read once more
        self._on_loaded(loaded)
        self.opened.emit(str(path))

    def refresh(self, *, soon: bool = False) -> None:
        """The file has changed: read it again, but not more often than it is worth."""
        if self._path is None:
            return
        if soon:
            self._refresh.stop()
            self._read()
        elif not self._refresh.isActive():
            cost = 1000 * (self._loaded.seconds if self._loaded else 0.0)
            self._refresh.start(int(max(REFRESH_MS, 10 * cost)))

    def look_again(self) -> None:
        """Read the file where somebody else may have written it: another window, a command."""
        if self._path is not None and _stamp(self._path) not in ((), self._seen):
            self.refresh(soon=True)

    def _read(self) -> None:
        path = self._path
        if path is None:
            return
        self._seen = _stamp(path)
        hidden, recipe = self._state.library.unticked, self._state.shell.recipe
        before, held = self._loaded, self._state.shell.held
        self._desk.ask(
            "load",
            lambda: questions.load(path, recipe, hidden, before, held),
            self._on_loaded,
            self._unreadable,
        )

    def _unreadable(self, sentence: str) -> None:
        self._state.shell.problem = sentence
        self.problem.emit(sentence)

    def show_edits(self, edits: Mapping[str, Mapping[str, Any]]) -> None:
        """Show entries (id -> field -> value) as they will be when edits are written."""
        if edits == self._edits:
            return
        self._edits = edits
        if self._read_last is not None and self._path is not None:
            self._on_loaded(self._read_last)

    def accept_edits(self, edits: Mapping[str, Mapping[str, Any]]) -> None:
        """These are in the file now."""
        if self._read_last is not None:
            self._read_last = questions.with_edits(self._read_last, edits)

    def _on_loaded(self, loaded: questions.Loaded) -> None:
        before, self._read_last = self._loaded, loaded
        self._loaded = loaded = questions.with_edits(loaded, self._edits)
        snapshot, shell = loaded.snapshot, self._state.shell
        shell.problem = ""
        self._say_recipe(loaded)
        lib = self._state.library
        lib.n_texts, lib.first_round = len(snapshot.texts), snapshot.texts.first_round
        lib.rule, lib.entries = loaded.rule, snapshot.entries
        shell.project = str(snapshot.path)
        self._show_sample(loaded)
        self._by_id = {e.id: e for e in loaded.entries}
        self.loaded.emit(loaded)
        prepared = loaded.prepared
        if prepared is None:
            self.pictures.show_none(loaded)
            self._say_nothing()
            return
        if why := _why_it_moves(before, prepared):
            self.notice.emit(why)
        self.pictures.renew(loaded)
        self._ask_silhouette()
        self._ask_medians()
        if self._state.selection.selected:
            self._on_selected(self._state.selection.selected)
        self._on_chosen(self._state.selection.chosen)

    def _say_nothing(self) -> None:
        """There are no distances: what was said of them before must not stay."""
        for topic in ("hover", "model", "nearest", "many", "silhouette", "medians"):
            self._desk.forget(topic)
        self.silhouette.emit(questions.Silhouette("", np.zeros(0), np.zeros(0)))
        if self._state.selection.selected:
            self._emit_card(self._state.selection.selected)

    def _show_sample(self, loaded: questions.Loaded) -> None:
        """Over which texts the numbers are, before they change."""
        shell, texts, prepared = self._state.shell, loaded.snapshot.texts, loaded.prepared
        shell.n_entries, shell.n_total = loaded.n_usable, len(texts)
        shell.n_texts = prepared.n_texts if prepared else len(texts)
        shell.sample = prepared.sample if prepared else ""
        shell.n_partial = prepared.n_partial if prepared else 0
        shell.cautions = prepared.cautions if prepared else ()
        shell.mean_bytes = prepared.mean_bytes if prepared else float(texts.n_bytes.mean())
        shell.provisional = bool(prepared and prepared.provisional)
        self._state.map.remarks = loaded.remarks

    def _say_recipe(self, loaded: questions.Loaded) -> None:
        """Which recipes there are; another one than was asked for is said."""
        shell = self._state.shell
        shell.recipes = tuple(loaded.snapshot.recipes)
        if shell.recipe not in shell.recipes:
            asked, shell.recipe = shell.recipe, loaded.recipe
            self.notice.emit(
                f"This project has no recipe {asked}. It is shown with {loaded.recipe}."
            )

    def _on_recipe(self, name: str) -> None:
        if self._path is not None and self._loaded is not None and name != self._loaded.recipe:
            self.pictures.expect_choice()
            self.refresh(soon=True)

    def _on_ticks(self) -> None:
        if self._path is not None:
            self.pictures.expect_choice()
            self._refresh.start(TICKS_MS)

    # -- questions about one entry ----------------------------------------------------------------

    def _on_hovered(self, entry_id: str) -> None:
        if entry_id:
            self._ask_hover.start()
        else:
            self._ask_hover.stop()

    def _hover(self) -> None:
        entry_id = self._state.selection.hovered
        self._neighbours(entry_id, "hover", lambda a: self.hover.emit(entry_id, a[0][:3]))

    def _on_selected(self, entry_id: str) -> None:
        if not entry_id:
            self._desk.forget("model")
            self.model.emit(None)
            return
        if entry_id in self._by_id:
            self._neighbours(entry_id, "model", lambda a: self._emit_model(entry_id, a))
        else:
            self._emit_card(entry_id)
        self._ask_silhouette()

    def _neighbours(self, entry_id: str, topic: str, then) -> None:
        loaded = self._loaded
        if loaded is None or loaded.prepared is None or entry_id not in self._by_id:
            return
        prepared, entries = loaded.prepared, loaded.entries
        self._desk.ask(
            topic,
            lambda: questions.neighbours(prepared, entries, entry_id, 5),
            then,
            self.problem.emit,
        )

    def nearest(self, entry_id: str, n: int, then: Callable[[tuple[str, ...]], None]) -> None:
        """Ids of the ``n`` entries that are nearest by KL, nearest first."""
        loaded = self._loaded
        if loaded is None or loaded.prepared is None or entry_id not in self._by_id:
            return
        prepared, entries = loaded.prepared, loaded.entries
        self._desk.ask(
            "nearest",
            lambda: tuple(x.id for x in questions.neighbours(prepared, entries, entry_id, n)[0]),
            then,
            self.problem.emit,
        )

    def _emit_card(self, entry_id: str) -> None:
        """An entry that is not on the map (failed, or not ticked): its card without distances."""
        self._desk.forget("model")
        snapshot = self._loaded.snapshot if self._loaded is not None else None
        if snapshot is None or entry_id not in snapshot.row_of:
            self.model.emit(None)
            return
        entry = snapshot.entries[snapshot.row_of[entry_id]]
        recipe, rule = self._state.shell.recipe, self._state.library.rule
        self.model.emit(
            InspectorModel(
                entry, float("nan"), entry.n_scored, recipe, False,
                n_total=len(snapshot.texts), rule=rule,
            )
        )  # fmt: skip

    def _emit_model(self, entry_id: str, answer) -> None:
        loaded = self._loaded
        if loaded is None or loaded.prepared is None or entry_id not in self._by_id:
            return
        nearest, ladder = answer
        row = {i: r for r, i in enumerate(loaded.prepared.ids)}[entry_id]
        self.model.emit(
            InspectorModel(
                self._by_id[entry_id],
                float(loaded.bits_per_byte[row]),
                loaded.prepared.n_texts,
                loaded.prepared.recipe.name,
                loaded.prepared.provisional,
                nearest,
                ladder,
                sample=loaded.prepared.sample if loaded.prepared.n_partial else "",
                n_total=loaded.prepared.n_total,
                rule=loaded.rule,
            )
        )

    def _on_chosen(self, chosen: frozenset[str]) -> None:
        self._desk.forget("many")
        if len(chosen) > 1:
            self._ask_many.start()
        else:
            self._ask_many.stop()

    def _many(self) -> None:
        """Ask for the pairs inside the selection."""
        loaded, chosen = self._loaded, self._state.selection.chosen
        if loaded is None or loaded.prepared is None or len(chosen) < 2:
            return
        prepared, entries = loaded.prepared, loaded.entries
        self._desk.ask(
            "many",
            lambda: many.inside(prepared, entries, chosen),
            self.many.emit,
            self.problem.emit,
        )

    def export(self, ids: frozenset[str], path: Path) -> many.Export | None:
        """What a table of these entries would hold; None = no project."""
        loaded = self._loaded
        if loaded is None:
            return None
        row = {e.id: r for r, e in enumerate(loaded.entries)}
        entries = tuple(e for e in loaded.snapshot.entries if e.id in ids)
        bits = [loaded.bits_per_byte[row[e.id]] if e.id in row else np.nan for e in entries]
        return many.Export(path, entries, np.array(bits), loaded.prepared)

    def _ask_silhouette(self) -> None:
        loaded = self._loaded
        if loaded is None or loaded.prepared is None:
            return
        chosen = self._by_id.get(self._state.selection.selected)
        run = chosen.run if chosen is not None else _longest_run(loaded.entries)
        prepared, entries = loaded.prepared, loaded.entries
        self._desk.ask(
            "silhouette",
            lambda: questions.silhouette(prepared, entries, run),
            self.silhouette.emit,
            self.problem.emit,
        )

    def _ask_medians(self, *_: object) -> None:
        loaded = self._loaded
        if loaded is None or loaded.prepared is None or not self._state.shell.presenting:
            return
        prepared, entries = loaded.prepared, loaded.entries
        self._desk.ask(
            "medians",
            lambda: groups.medians(prepared, entries),
            self.medians.emit,
            self.problem.emit,
        )

    def close(self) -> None:
        for timer in (self._refresh, self._ask_hover, self._ask_many):
            timer.stop()
        self._disconnect_state()
        self.pictures.close()


def _stamp(path: Path) -> tuple[int, ...]:
    """What changes with every commit, which is a new file; () = there is none."""
    try:
        found = path.stat()
    except OSError:
        return ()
    return found.st_ino, found.st_mtime_ns, found.st_size


def _longest_run(entries: tuple[Entry, ...]) -> str:
    counts: dict[str, int] = {}
    for e in entries:
        counts[e.run] = counts.get(e.run, 0) + (e.step >= 0)
    return max(counts, key=lambda run: counts[run], default="")


def _why_it_moves(before: questions.Loaded | None, now: geometry.Prepared) -> str:
    """What to say when old entries move: other texts under the map, or another recipe.

    While a recipe is not frozen its clip value moves with every entry, and another recipe is one
    that was chosen; that goes without saying.
    """
    if before is None or before.prepared is None:
        return ""
    old = before.prepared
    if old.recipe.name != now.recipe.name:
        return ""  # somebody chose it
    if old.tau != now.tau and not old.provisional:
        return (
            f"The recipe {now.recipe.name} is not what it was. The map is computed again and "
            "turned onto the one before."
        )
    if (old.n_prefix < old.n_total) == (now.n_prefix < now.n_total):
        return ""
    if now.n_prefix == now.n_total:
        before_that = f"Before, it was over the first {count(old.n_prefix)}."
        return f"The map is now over all {count(now.n_total)} texts. {before_that}"
    return (
        f"The map is over the {now.sample} while new entries are scored. "
        "Untick them to see the others over all texts."
    )
