"""What an export draws: the same parts at their full height, without buttons and scroll bars."""

from __future__ import annotations

from dataclasses import dataclass

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QFrame, QHBoxLayout, QListView, QVBoxLayout, QWidget

from explorer.panels.parts import frame, label, rule
from explorer.plots.texts.ask import Detail
from explorer.plots.texts.column import Domains, Head, Takes
from explorer.plots.texts.reader import Reader, Shown
from explorer.plots.texts.rows import HEIGHT, Listed, TextList
from explorer.state.views import Unit

LEFT, RIGHT_LEAST, MOST_ROWS = 420, 640, 60
LEAST_TEXTS = 8


@dataclass(frozen=True, eq=False)
class Content:
    """What the view shows: its pair, its order, its text and the tokens of that, None = unknown.

    ``note`` stands above the texts, ``rank`` is what they are ordered by.
    """

    shown: Shown
    listed: Listed
    detail: Detail | None
    domains: frozenset[str]
    colours: tuple[str, str]
    unit: Unit
    rank: str
    note: str


class Sheet(QFrame):
    """Never shown; :meth:`compose` gives it its size."""

    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent)
        self.hide()
        self.setProperty("role", "canvas")
        self.head, self.domains, self.takes = Head(), Domains(), Takes()
        self.list, self.reader = TextList(), Reader()
        self._title, self._note = label("", "section"), label("", "caption", wrap=True)
        for area in (self.list, self.reader.page):
            area.setVerticalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.list.setSelectionMode(QListView.SelectionMode.NoSelection)
        self.head.swap.hide()
        self.reader.bare()
        self.domains.show_all()
        self._lay_out()

    def _lay_out(self) -> None:
        left = frame("panel")
        left.setFixedWidth(LEFT)
        self._left = QVBoxLayout(left)
        self._left.setContentsMargins(0, 0, 0, 8)
        self._left.setSpacing(0)
        top = QVBoxLayout()
        top.setContentsMargins(14, 10, 14, 8)
        top.addWidget(self._title)
        top.addWidget(self._note)
        for widget in (self.head, rule(), self.domains, rule(), self.takes, rule()):
            self._left.addWidget(widget)
        self._left.addLayout(top)
        self._left.addWidget(self.list)
        self._left.addStretch(1)
        whole = QHBoxLayout(self)
        whole.setContentsMargins(0, 0, 0, 0)
        whole.setSpacing(0)
        whole.addWidget(left)
        whole.addWidget(self.reader, 1)

    def compose(self, content: Content, width: int) -> None:
        """Fill it, as wide as the view but for room that both sides need."""
        shown, listed = content.shown, content.listed
        wide = max(width, LEFT + RIGHT_LEAST)
        self.head.show_pair(shown.why, shown.marks, content.unit)
        self.domains.show_domains(shown.why, content.domains)
        self.takes.show_ranked(listed.ranked, shown.why.found.kl)
        self._title.setText(f"Texts by {content.rank}")
        self._note.setText(content.note)
        self._note.setVisible(bool(content.note))
        self.reader.show_text(shown)
        self.resize(wide, 10)
        self.reader.resize(wide - LEFT, 10)
        self.reader.page.resize(wide - LEFT, 10)
        if content.detail is not None and content.detail.stretches:
            self.reader.show_detail(content.detail)
        self.reader.page.setFixedHeight(self.reader.page.tall(wide - LEFT, MOST_ROWS))
        self.list.setFixedHeight(0)
        right = self.reader.layout().totalHeightForWidth(wide - LEFT)  # type: ignore[union-attr]
        room = right - self._left.sizeHint().height()
        n = min(max(LEAST_TEXTS, room // HEIGHT), self.list_rows(content))
        self.list.setFixedHeight(n * HEIGHT)
        self.list.show_listed(listed, content.colours, -1)
        self.resize(wide, max(right, self._left.sizeHint().height()))

    def list_rows(self, content: Content) -> int:
        """How many texts there are."""
        return len(content.listed.ranked.order)
