"""The right dock: the inspector, or the read-out of the view that is in use."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QFrame, QHBoxLayout, QScrollArea, QStackedWidget, QVBoxLayout, QWidget

from explorer.panels.inspector import Inspector
from explorer.panels.parts import Elided, IconButton, frame


class Reader(QStackedWidget):
    """``opened`` when somebody asks for the inspector although the view has its own read-out."""

    opened = Signal()

    def __init__(self, inspector: Inspector, collapse: Callable[[], IconButton]) -> None:
        super().__init__()
        self._inspector = inspector
        self._sides: dict[str, _Page] = {}
        self._view, self._by_hand = "", False
        self._collapse = collapse
        self._back = IconButton("arrow-u-up-left", "Show the read-out of the view")
        self._back.clicked.connect(lambda: self.show_inspector(shown=False))
        inspector.head.addWidget(self._back)
        self.addWidget(inspector)
        self.show_view("")

    def add_side(self, view: str, title: str, side: QWidget) -> None:
        """The read-out of a view."""
        page = _Page(side)
        page.title.set_whole(title)
        swap = IconButton("info", "Show the inspector")
        swap.clicked.connect(lambda: self.show_inspector(shown=True))
        page.head.addWidget(swap)
        page.head.addWidget(self._collapse())
        self._sides[view] = page
        self.addWidget(page)
        self.show_view(self._view)

    def set_title(self, view: str, title: str) -> None:
        """What is read out, in a few words."""
        if view in self._sides:
            self._sides[view].title.set_whole(title)

    def show_view(self, view: str) -> None:
        """The view in use has changed; one without a read-out of its own shows the inspector."""
        self._view = view
        own = self._sides.get(view)
        self._back.setVisible(own is not None and self._by_hand)
        self.setCurrentWidget(self._inspector if own is None or self._by_hand else own)

    def show_inspector(self, *, shown: bool) -> None:
        """The inspector in place of a read-out, or the other way round."""
        self._by_hand = shown
        self.show_view(self._view)
        if shown:
            self.opened.emit()


class _Page(QFrame):
    """Head and content; the content scrolls."""

    def __init__(self, content: QWidget) -> None:
        super().__init__()
        self.setProperty("role", "panel")
        self.title = Elided("title")
        head = frame("header", 36)
        self.head = QHBoxLayout(head)
        self.head.setContentsMargins(12, 0, 8, 0)
        self.head.setSpacing(2)
        self.head.addWidget(self.title, 1)
        scroll = QScrollArea()
        scroll.setWidgetResizable(True)
        scroll.setFrameShape(QFrame.Shape.NoFrame)
        scroll.setWidget(content)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(0)
        column.addWidget(head)
        column.addWidget(scroll, 1)
