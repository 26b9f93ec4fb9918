"""The inspector's dock content."""

from __future__ import annotations

from collections.abc import Mapping

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QFrame, QHBoxLayout, QScrollArea, QVBoxLayout

from explorer.panels.inspector.card import Card
from explorer.panels.inspector.ladder import LadderView
from explorer.panels.inspector.many import ManyView
from explorer.panels.inspector.nearest import SIDE, Nearest, headed
from explorer.panels.parts import Later, Links, Themed, frame, label, rule
from explorer.state.library import LibraryState
from explorer.state.many import Many
from explorer.state.map import NO_MARK, InspectorModel, RunMark, SelectionState, run_marks
from explorer.state.selection import select

STALE_MS = 200
EMPTY = "Select a model on the map or in the library to see how far its neighbours are."


class Inspector(QFrame, Themed):
    """Shows one :class:`InspectorModel`, or what many selected entries have in common.

    A press on a neighbour selects it; edits leave as the command ``entry.edit``.
    """

    command = Signal(str, object)

    def __init__(self, library: LibraryState, selection: SelectionState) -> None:
        super().__init__()
        self._library, self._selection = library, selection
        self._model: InspectorModel | None = None
        self._stale = False
        self._marks: Mapping[str, RunMark] = {}
        self._marked: object = None
        self.setProperty("role", "panel")
        self._empty = label(EMPTY, "small", wrap=True)
        self._content = frame("quiet")
        self._card, self._ladder, self._near = Card(), LadderView(), Nearest()
        self._many = ManyView(library, selection)
        self._lay_out()
        self._near.asked.connect(self._ask)
        self._card.asked.connect(self._edit)
        self._many.command.connect(self.command)
        self._links = Links()
        self._links.to(self._selection_changed, selection.events.selected)
        self._links.to(self._show_page, selection.events.chosen)
        self._stale_soon = Later(self, STALE_MS, self._show_stale)
        self.show_model(None)

    @property
    def asked(self) -> str:
        """The entry on show, "" = none."""
        return self._model.entry.id if self._model is not None else ""

    def _lay_out(self) -> None:
        head = frame("header", 36)
        self.head = QHBoxLayout(head)
        self.head.setContentsMargins(12, 0, 8, 0)
        self.head.addWidget(label("Inspector", "title"))
        self.head.addStretch(1)
        column = QVBoxLayout(self._content)
        column.setContentsMargins(0, 0, 0, 12)
        column.setSpacing(0)
        column.addWidget(self._card)
        column.addWidget(rule())
        column.addLayout(headed("How far to its neighbours", label("KL, bits/byte", "caption")))
        ladder = QHBoxLayout()
        ladder.setContentsMargins(SIDE, 8, SIDE, 14)
        ladder.addWidget(self._ladder)
        column.addLayout(ladder)
        column.addWidget(rule())
        column.addWidget(self._near)
        column.addStretch(1)
        self._scroll = _scrolling(self._content)
        self._scroll_many = _scrolling(self._many)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(0)
        layout.addWidget(head)
        self._empty.setContentsMargins(SIDE, 14, SIDE, 0)
        layout.addWidget(self._empty)
        layout.addWidget(self._scroll, 1)
        layout.addWidget(self._scroll_many, 1)
        layout.addStretch()

    def show_model(self, model: InspectorModel | None) -> None:
        """None = nothing selected."""
        self._model = model
        self._stale_soon.stop()
        self._set_stale(stale=False)
        self._show_page()
        if model is None:
            return
        self._look_up_marks()
        entry = model.entry
        self._card.show_model(model, self._marks.get(entry.run or entry.label, NO_MARK))
        self._ladder.show_model(model, self._marks)
        self._near.show_model(model, self._marks)
        self._near.setVisible(bool(model.neighbours))

    def show_many(self, many: Many) -> None:
        """The pairs inside the selection, unless it has changed since they were asked for."""
        if many.ids == self._selection.chosen:
            self._many.show_pairs(many)

    def edit(self, field: str) -> None:
        """Put the keyboard into a field of the card, where there is one."""
        if self._model is not None and not self._scroll.isHidden():
            self._card.fields[field].open()

    def _look_up_marks(self) -> None:
        if self._marked is not self._library.entries:
            self._marked = self._library.entries
            self._marks = run_marks(self._library.entries)

    def _show_page(self) -> None:
        """Many, one, or what to do."""
        many = len(self._selection.chosen) > 1
        if many:
            self._look_up_marks()
            self._many.show_chosen(self._marks)
        self._scroll_many.setVisible(many)
        self._scroll.setVisible(self._model is not None and not many)
        self._empty.setVisible(self._model is None and not many)

    def _selection_changed(self) -> None:
        if not self._selection.selected:
            self.show_model(None)
        elif self.asked and self.asked != self._selection.selected:
            self._stale_soon.ask()

    def _show_stale(self) -> None:
        self._set_stale(stale=True)

    def _set_stale(self, *, stale: bool) -> None:
        """Old values turn faint while those of the next entry are computed."""
        if stale != self._stale:
            self._stale = stale
            for part in (self._card, self._ladder, self._near):
                part.set_stale(stale=stale)

    def _ask(self, entry: str) -> None:
        select(self._selection, entry)

    def _edit(self, field: str, value: object) -> None:
        if self._model is not None:
            self.command.emit("entry.edit", (self._model.entry.id, {field: value}))

    def close(self) -> bool:
        self._links.close()
        return super().close()


def _scrolling(content: QFrame) -> QScrollArea:
    scroll = QScrollArea()
    scroll.setWidget(content)
    scroll.setWidgetResizable(True)
    scroll.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
    scroll.setFocusPolicy(Qt.FocusPolicy.NoFocus)
    return scroll
