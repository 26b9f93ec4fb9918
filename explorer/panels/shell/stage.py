"""Where views stand: one column or two, each with its tabs.

Decided: a page is never given another parent, since a widget with OpenGL that changes its place in
the tree loses what it has uploaded; the stage lays them out itself, in either column.
"""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import QEvent, QObject, QRect, Signal
from PySide6.QtGui import QMouseEvent, QResizeEvent
from PySide6.QtWidgets import QApplication, QFrame, QWidget

from explorer.panels.parts import Links, frame
from explorer.panels.shell.tabs import HEIGHT, Tab, TabRow
from explorer.state.app import ShellState
from explorer.state.views import MAP, ViewsState

LINE = 1


class Stage(QFrame):
    """``wanted`` asks for the page of a view that has not been shown yet; see :meth:`add_page`.

    ``shown`` carries the views that are visible now, left first.
    """

    command = Signal(str, object)
    wanted = Signal(str)
    shown = Signal(object)

    def __init__(self, views: ViewsState, shell: ShellState, tabs: Sequence[Tab]) -> None:
        super().__init__()
        self._views, self._shell = views, shell
        self.setProperty("role", "canvas")
        self._rows = TabRow(tabs), TabRow(tabs, second=True)
        self._line = frame("rule")
        self._pages: dict[str, QWidget] = {}
        for part in (*self._rows, self._line):
            part.setParent(self)
        for row in self._rows:
            row.command.connect(self.command)
        self._links = Links()
        self._links.to(self.refresh, views.events.left, views.events.right,
                       shell.events.presenting)  # fmt: skip
        QApplication.instance().installEventFilter(self)
        self.refresh()

    def add_page(self, view: str, page: QWidget) -> None:
        """The page of a view."""
        self._pages[view] = page
        page.setParent(self)
        self.refresh()

    def page(self, view: str) -> QWidget | None:
        return self._pages.get(view)

    @property
    def visible(self) -> tuple[str, ...]:
        """The views that are shown, left first. Only the map is presented."""
        v = self._views
        if self._shell.presenting:
            return (MAP,)
        return (v.left, v.right) if v.right else (v.left,)

    def refresh(self) -> None:
        """Show the state now."""
        visible = self.visible
        for view in visible:
            if view not in self._pages and view != MAP:
                self.wanted.emit(view)
        for row, view in zip(self._rows, (*visible, ""), strict=False):
            row.setVisible(bool(view) and not self._shell.presenting)
            row.show_tab(view, split=len(visible) > 1)
        self._rows[1].setVisible(len(visible) > 1)
        self._line.setVisible(len(visible) > 1)
        self._place()
        for view, page in self._pages.items():
            page.setVisible(view in visible)
        self.shown.emit(visible)

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._place()

    def _place(self) -> None:
        visible = self.visible
        for row, view, column in zip(
            self._rows, visible, self._columns(len(visible)), strict=False
        ):
            top = 0 if self._shell.presenting else HEIGHT
            row.setGeometry(column.x(), 0, column.width(), HEIGHT)
            if view in self._pages:
                page = QRect(column.x(), top, column.width(), self.height() - top)
                self._pages[view].setGeometry(page)
        self._line.setGeometry(self.width() // 2, 0, LINE, self.height())
        self._line.raise_()

    def _columns(self, n: int) -> tuple[QRect, ...]:
        if n < 2:
            return (QRect(0, 0, self.width(), self.height()),)
        half = self.width() // 2
        rest = self.width() - half - LINE
        return QRect(0, 0, half, self.height()), QRect(half + LINE, 0, rest, self.height())

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """A press anywhere in a column makes its view the current one."""
        if (
            event.type() == QEvent.Type.MouseButtonPress
            and self._views.right
            and isinstance(event, QMouseEvent)
            and isinstance(watched, QWidget)
        ):
            for view in self.visible:
                page = self._pages.get(view)
                if page is not None and (watched is page or page.isAncestorOf(watched)):
                    self._views.current = view
        return False

    def close(self) -> bool:
        self._links.close()
        QApplication.instance().removeEventFilter(self)
        return super().close()
