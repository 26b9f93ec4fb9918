"""The window: docks at the sides, the centre between them, one row above and one below."""

from __future__ import annotations

import json
import sys
import traceback
from collections.abc import Callable, Collection, Mapping, Sequence
from datetime import datetime
from types import TracebackType

from PySide6.QtCore import QByteArray, QEvent, QMimeData, QPoint, QRect, QSize, Qt, Signal
from PySide6.QtGui import (
    QCloseEvent,
    QDragEnterEvent,
    QDragLeaveEvent,
    QDropEvent,
    QGuiApplication,
    QIcon,
    QResizeEvent,
    QShowEvent,
)
from PySide6.QtWidgets import QLineEdit, QMainWindow, QMenu, QMenuBar, QStackedWidget, QWidget

from compute.core.assets import asset
from compute.core.errors import KlscopeError
from compute.core.tables import Listing
from explorer.panels.dialogs import (
    ConsentDialog,
    DoctorDialog,
    KeysDialog,
    LogDialog,
    NameDialog,
    NoticesDialog,
    PreferencesDialog,
)
from explorer.panels.inspector import Inspector
from explorer.panels.library import Library, Picker, sources_of
from explorer.panels.palette import Popup
from explorer.panels.parts import IconButton, Links, dress, name_keys
from explorer.panels.shell import drops, layout
from explorer.panels.shell.cards import NoticeCard, Notices
from explorer.panels.shell.centre import Centre
from explorer.panels.shell.fullscreen import FullScreen
from explorer.panels.shell.reader import Reader
from explorer.panels.shell.side import GRIP, Grip, Side
from explorer.panels.shell.status import StatusBar
from explorer.panels.shell.tabs import Tab
from explorer.panels.shell.top import TopRow
from explorer.panels.timeline import Timeline
from explorer.panels.tour import Guide
from explorer.panels.welcome import Welcome
from explorer.state.app import AppState
from explorer.state.library import Untrusted
from explorer.state.notices import Act, Notice, add
from explorer.theme.tokens import Tokens

Sheet = dict[str, tuple[tuple[str, str], ...]]
ON_STAGE = (
    "present.", "timeline.", "selection.", "filter.", "history.", "tool.", "view.", "help.",
    "map.dims", "map.reset", "map.picture", "map.labels", "map.arrows", "map.jumps",
    "map.neighbours", "map.relations",
)  # fmt: skip
"""Commands that a presentation goes on with; others show what it hides, so they end it."""
SOURCES = (
    ("A &folder of checkpoints...", "library.add-folder"),
    ("From the &Hugging Face cache...", "library.add-cache"),
)
"""Where models can be added from -> the command."""
LEFT, RIGHT = Qt.DockWidgetArea.LeftDockWidgetArea, Qt.DockWidgetArea.RightDockWidgetArea


class Shell(QMainWindow):
    """Builds the panels and forwards their commands; the map comes later, by :meth:`set_map`."""

    command = Signal(str, object)

    def __init__(self, state: AppState, tokens: Tokens, tabs: Sequence[Tab] = ()) -> None:
        super().__init__()
        self._state, self._tokens, self._tabs = state, tokens, tabs
        self.setObjectName("Shell")
        room = QGuiApplication.primaryScreen().availableSize()
        self.setMinimumSize(QSize(*layout.SMALLEST).boundedTo(room))
        self.resize(QSize(*layout.USUAL).boundedTo(room))
        self.setAcceptDrops(True)
        self.setContextMenuPolicy(Qt.ContextMenuPolicy.NoContextMenu)
        self._keys: dict[str, str] = {}
        self._sideless: frozenset[str] = frozenset()
        self._build()
        self._dock()
        self._notices = Notices(self, state.notices)
        self.palette_list = Popup(self.top.search, self)
        self.palette_list.chosen.connect(self._run)
        self.palette_list.refused.connect(lambda why: self.notify(why))
        self._links = Links()
        self._full_screen = FullScreen(self)
        self._links.to(self._show_page, state.shell.events.page)
        self._links.to(self._show_presenting, state.shell.events.presenting)
        self._links.to(self._show_side, state.views.events.current)
        self._links.to(self._show_title, state.shell.events.project, state.shell.events.page)
        for part in self._parts():
            part.command.connect(self._run)
        self.inspector.command.connect(self._run)
        self._show_page()
        self._show_title()
        dress(self, tokens)

    # -- building ---------------------------------------------------------------------------------

    def _build(self) -> None:
        s = self._state
        self.top, self.status = TopRow(s.shell, s.views), StatusBar(s.shell, s.jobs, s.notices)
        self.library = Library(s.library, s.selection, s.filter)
        self.inspector = Inspector(s.library, s.selection)
        self.centre, self.welcome = Centre(s, self._tabs), Welcome(s.shell)
        self.setMenuWidget(self.top)
        self.setStatusBar(self.status)
        self._pages = QStackedWidget()
        self._pages.addWidget(self.welcome)
        self._pages.addWidget(self.centre)
        self.setCentralWidget(self._pages)

    def _dock(self) -> None:
        corner = Qt.Corner
        for area, corners in (
            (LEFT, (corner.TopLeftCorner, corner.BottomLeftCorner)),
            (RIGHT, (corner.TopRightCorner, corner.BottomRightCorner)),
        ):
            for c in corners:
                self.setCorner(c, area)
        self._left = Side("Library", self.library, layout.LIBRARY, self._library_rail())
        self.reader = Reader(self.inspector, lambda: self._collapse(self._right))
        self._right = Side("Inspector", self.reader, layout.INSPECTOR, self._inspector_rail())
        self.addDockWidget(LEFT, self._left)
        self.addDockWidget(RIGHT, self._right)
        for side, panel in ((self._left, self.library), (self._right, self.inspector)):
            self._add_collapse(side, panel)
            side.resized.connect(self._place_floating)
        self._grips = self._grip(self._left, 1), self._grip(self._right, -1)
        self.resizeDocks(
            [self._left, self._right], [self._left.wide, self._right.wide], _HORIZONTAL
        )

    def _add_collapse(self, side: Side, panel: Library | Inspector) -> None:
        panel.head.addWidget(self._collapse(side))

    def _collapse(self, side: Side) -> IconButton:
        icon = "caret-double-left" if side is self._left else "caret-double-right"
        button = IconButton(icon, f"Collapse the {side.objectName().lower()}")
        button.clicked.connect(lambda: side.set_rail(rail=True))
        return button

    def _library_rail(self) -> Sequence[IconButton]:
        show = IconButton("tree-structure", "Show the library")
        show.clicked.connect(lambda: self._open(self._left))
        find = IconButton("magnifying-glass", "Find in the library", command="library.find")
        find.clicked.connect(self.find)
        add = IconButton("plus", "Add models...", command="library.add")
        add.clicked.connect(lambda: self._run("library.add", None))
        return (show, find, add)

    def _inspector_rail(self) -> Sequence[IconButton]:
        show = IconButton("caret-double-left", "Show the inspector")
        show.clicked.connect(lambda: self._open(self._right))
        return (show,)

    def _grip(self, side: Side, sign: int) -> Grip:
        grip = Grip(self)
        grip.dragged.connect(lambda by: self._widen(side, side.width() + sign * by))
        return grip

    def _widen(self, side: Side, width: int) -> None:
        least, _, most = side.widths
        side.wide = min(max(width, least), most)
        self.resizeDocks([side], [side.wide], _HORIZONTAL)

    def _parts(self) -> tuple[TopRow | StatusBar | Library | Centre | Welcome, ...]:
        return (self.top, self.status, self.library, self.centre, self.welcome)

    # -- what the app asks ------------------------------------------------------------------------

    @property
    def timeline(self) -> Timeline:
        return self.centre.timeline

    @property
    def menu_bar(self) -> QMenuBar:
        return self.top.bar

    @property
    def map_parts(self) -> tuple[QWidget, ...]:
        """Where plain keys like Space and the arrows belong to the map."""
        return (self.centre.slot, self.timeline.scrub)

    def set_map(self, widget: QWidget) -> None:
        """The map, made after the first paint."""
        self.centre.slot.set_map(widget)
        if self._state.shell.page == "project" and not isinstance(self.focusWidget(), QLineEdit):
            self.centre.slot.focus_map()

    def adopt(self, widget: QWidget) -> None:
        """A part that was made later: the theme, and the keys its tooltips name."""
        name_keys(widget, self._keys)
        dress(widget, self._tokens)

    def set_tokens(self, tokens: Tokens) -> None:
        """Another theme; the application's style sheet is changed by ``theme.apply``."""
        self._tokens = tokens
        dress(self, tokens)

    def set_machine(self, words: str) -> None:
        self.welcome.set_machine(words)

    def set_keys(self, keys: Mapping[str, str]) -> None:
        """Command -> the key that tooltips name."""
        self._keys = dict(keys)
        name_keys(self, keys)

    def show_keys(self, sheet: Sheet) -> None:
        """The cheat sheet: menu -> (keys, title) of every command."""
        KeysDialog(sheet, self._tokens, self).open()

    def show_preferences(self) -> None:
        s = self._state
        PreferencesDialog(s.preferences, s.shell, s.new_job, self._tokens, self).open()

    def show_notices(self) -> None:
        """The list of what has happened."""
        dialog = NoticesDialog(self._state.notices, self._tokens, self)
        dialog.acted.connect(self._run)
        dialog.open()

    def show_doctor(self) -> DoctorDialog:
        """A window that waits for the report about this computer."""
        dialog = DoctorDialog(self._tokens, self)
        dialog.open()
        return dialog

    def show_tour(self) -> Guide:
        """The guided tour over the project that is open."""
        return Guide(self.tour_parts, self._tokens, self)

    @property
    def tour_parts(self) -> Mapping[str, QWidget]:
        """What the stops of the tour point at."""
        return {
            "map": self.centre.slot,
            "timeline": self.timeline,
            "inspector": self._right,
            "library": self._left,
            "viewbar": self.centre.bar,
            "palette": self.top.search,
        }

    def dismiss_notice(self) -> None:
        """Take the newest card away."""
        if self._notices.cards:
            self._notices.remove(self._notices.cards[-1])

    def show_log(self, words: str) -> None:
        LogDialog(words, self._tokens, self).open()

    def ask_consent(self, model: Untrusted, then: Callable[[bool], None]) -> None:
        """Ask whether the code of one model may run; ``then`` gets the answer."""
        dialog = ConsentDialog(model, self._tokens, self)
        dialog.answered.connect(then)
        dialog.open()

    def ask_name(self, title: str, suggestion: str, verb: str, then: Callable[[str], None]) -> None:
        """Ask for a name; ``then`` gets it, unless the question is dismissed."""
        dialog = NameDialog(title, suggestion, verb, self._tokens, self)
        dialog.named.connect(then)
        dialog.open()

    def ask_source(self) -> None:
        """Ask from where models are added, over the button that adds them."""
        menu = QMenu(self)
        for words, command in SOURCES:
            menu.addAction(words, lambda c=command: self._run(c, None))
        menu.setActiveAction(menu.actions()[0])
        menu.aboutToHide.connect(menu.deleteLater)
        menu.popup(self._place_of_add(menu.sizeHint()))

    def _place_of_add(self, size: QSize) -> QPoint:
        add = self.library.add_button
        if add.isVisible():
            return add.mapToGlobal(QPoint(0, -size.height() - 4))
        middle = self.rect().center()
        return self.mapToGlobal(middle - QPoint(size.width() // 2, size.height() // 2))

    def ask_models(self, listing: Listing, then: Callable[[tuple[str, ...]], None]) -> None:
        """Let some of a listing be picked; ``then`` gets the names of their sources."""
        picker = Picker(listing, self._tokens, self)
        picker.picked.connect(lambda chosen: then(sources_of(chosen)))
        picker.open()

    def edit_entry(self, field: str) -> None:
        """Put the keyboard into a field of the inspector's card."""
        self._open(self._right)
        self.reader.show_inspector(shown=True)
        self.inspector.edit(field)

    def find(self) -> None:  # type: ignore[override]
        """Put the keyboard into the library's search field."""
        self._open(self._left)
        self.library.focus_search()

    def notify(
        self,
        message: str,
        level: str = "info",
        action: tuple[str, str, object] | None = None,
    ) -> None:
        """A card with one sentence, kept in the list; ``action`` is (words, command, argument)."""
        act = Act(*action) if action is not None else None
        add(self._state.notices, Notice(message, level, act, f"{datetime.now():%H:%M}"))
        card = NoticeCard(message, level, action[0] if action else "", self)
        if action is not None:
            _, command, argument = action
            card.acted.connect(lambda: self._run(command, argument))
            card.acted.connect(card.gone)
        self._place_floating()
        self._notices.show_card(card, self._tokens)

    def surprise(
        self, kind: type[BaseException], error: BaseException, trace: TracebackType | None
    ) -> None:
        """For ``sys.excepthook``: one sentence for the person, the rest for the log."""
        if issubclass(kind, KeyboardInterrupt):
            sys.__excepthook__(kind, error, trace)
            return
        if isinstance(error, KlscopeError):
            self.notify(error.message, "danger")
            return
        traceback.print_exception(kind, error, trace, file=sys.stderr)
        first = str(error).split("\n")[0][:160]
        happened = f"{kind.__name__}: {first}" if first else kind.__name__
        self.notify(f"Something unexpected happened ({happened}). Your file is safe.", "danger")

    def layout_state(self) -> str:
        """Size, place and docks as text, for :meth:`restore`."""
        return json.dumps(
            {
                "geometry": self.saveGeometry().toBase64().toStdString(),
                "library": self._left.wide,
                "inspector": self._right.wide,
            }
        )

    def restore(self, words: str) -> None:
        """Put the window where it was; words that make no sense are ignored."""
        try:
            found = json.loads(words)
            geometry = QByteArray.fromBase64(str(found["geometry"]).encode())
            widths = [int(found["library"]), int(found["inspector"])]
        except (ValueError, KeyError, TypeError):
            return
        self.restoreGeometry(geometry)
        for side, width in zip((self._left, self._right), widths, strict=True):
            side.wide = width

    # -- state to view ----------------------------------------------------------------------------

    def _show_page(self) -> None:
        project = self._state.shell.page == "project"
        self._pages.setCurrentWidget(self.centre if project else self.welcome)
        self._left.setVisible(project and not self._state.shell.presenting)
        self._show_side()
        self._size_sides()
        self._place_floating()
        if project:
            self.centre.slot.focus_map()

    def _show_presenting(self) -> None:
        """Only the map and what belongs to a presentation, over the whole screen; or as before."""
        presenting = self._state.shell.presenting
        for bar in (self.top, self.status):
            bar.setVisible(not presenting)
        self._show_page()
        self._full_screen.set_on(on=presenting)

    def set_sideless(self, views: Collection[str]) -> None:
        """Views that need no read-out: the right dock makes room for them."""
        self._sideless = frozenset(views)
        self._show_side()

    def _show_side(self) -> None:
        current = self._state.views.current
        self.reader.show_view(current)
        shown = self._state.shell.page == "project" and not self._state.shell.presenting
        was = self._right.isVisible()
        self._right.setVisible(shown and current not in self._sideless)
        if self._right.isVisible() != was:
            self._size_sides()

    def _size_sides(self) -> None:
        """Hand the docks their widths: Qt forgets those of docks that were not visible."""
        sides = [s for s in (self._left, self._right) if not s.is_rail]
        self.resizeDocks(sides, [s.wide for s in sides], _HORIZONTAL)

    def _show_title(self) -> None:
        s = self._state.shell
        name = s.project.replace("\\", "/").rsplit("/", 1)[-1] if s.page == "project" else ""
        self.setWindowTitle(name or "klscope")

    def _run(self, command: str, argument: object) -> None:
        if self._state.shell.presenting and not command.startswith(ON_STAGE):
            self.command.emit("present.leave", None)
        if command == "library.find":
            self.find()
        else:
            self.command.emit(command, argument)

    run = _run

    def _open(self, side: Side) -> None:
        side.set_rail(rail=False)
        self.resizeDocks([side], [side.wide], _HORIZONTAL)

    # -- Qt ---------------------------------------------------------------------------------------

    def showEvent(self, event: QShowEvent) -> None:
        super().showEvent(event)
        self._size_sides()

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        room = layout.room(self.width(), self.height())
        self._left.set_narrow(narrow=room.library_rail)
        self._right.set_narrow(narrow=room.inspector_rail)
        if room.compact != (self.timeline.height() < 100):
            self.timeline.set_compact(compact=room.compact)
        self._place_floating()

    def event(self, event: QEvent) -> bool:
        done = super().event(event)
        if event.type() == QEvent.Type.LayoutRequest:
            self._place_floating()
        return done

    def _place_floating(self) -> None:
        if not hasattr(self, "palette_list"):
            return
        for grip, side, edge in zip(self._grips, (self._left, self._right), (1, 0), strict=True):
            rect = side.geometry()
            x = rect.right() if edge else rect.left()
            grip.setVisible(side.isVisible() and not side.is_rail)
            grip.setGeometry(x - GRIP // 2, rect.top(), GRIP, rect.height())
            grip.raise_()
        if self.palette_list.isVisible():
            self.palette_list.place()
        inside = self.centre.slot if self._pages.currentWidget() is self.centre else self._pages
        self._notices.place(QRect(inside.mapTo(self, QPoint(0, 0)), inside.size()))

    def dragEnterEvent(self, event: QDragEnterEvent) -> None:
        if drops.commands(_paths(event.mimeData())):
            event.acceptProposedAction()
            self.welcome.show_drop(over=True)

    def dragLeaveEvent(self, event: QDragLeaveEvent) -> None:
        self.welcome.show_drop(over=False)

    def dropEvent(self, event: QDropEvent) -> None:
        self.welcome.show_drop(over=False)
        event.acceptProposedAction()
        for command, path in drops.commands(_paths(event.mimeData())):
            self._run(command, path)

    def closeEvent(self, event: QCloseEvent) -> None:
        self._links.close()
        for part in (*self._parts(), self.inspector):
            part.close()
        super().closeEvent(event)


def window_icon() -> QIcon:
    return QIcon(str(asset("icons") / "klscope.png"))


def _paths(data: QMimeData) -> list[str]:
    return [url.toLocalFile() for url in data.urls() if url.isLocalFile()]


_HORIZONTAL = Qt.Orientation.Horizontal
