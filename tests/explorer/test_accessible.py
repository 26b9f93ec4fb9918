"""Everything in the window has a name, says what it does, and is reached by keyboard."""

from __future__ import annotations

import re

import numpy as np
import pytest
from PySide6.QtCore import Qt
from PySide6.QtGui import QAccessible, QAction
from PySide6.QtTest import QTest
from PySide6.QtWidgets import (
    QAbstractButton,
    QAbstractItemView,
    QAbstractSlider,
    QApplication,
    QHeaderView,
    QLabel,
    QLineEdit,
    QMainWindow,
    QMenu,
    QMenuBar,
    QPlainTextEdit,
    QScrollBar,
    QWidget,
)

from compute.core.tables import Entry
from explorer.actions import ACTIONS, MENUS, keys
from explorer.actions.menus import Menus
from explorer.actions.registry import Registry, sheet
from explorer.canvas.widget import MapWidget
from explorer.panels.dialogs import (
    ConsentDialog,
    DoctorDialog,
    KeysDialog,
    LogDialog,
    NameDialog,
    NoticesDialog,
    PreferencesDialog,
)
from explorer.panels.palette import PaletteField
from explorer.panels.shell import Shell
from explorer.panels.tour import Guide
from explorer.state.app import AppState
from explorer.state.jobs import JobRow
from explorer.state.library import Untrusted
from explorer.state.map import MapTables
from explorer.state.notices import Act, Notice, add
from explorer.theme.tokens import DARK

CONTROLS = (QAbstractButton, QLineEdit, QAbstractItemView, QAbstractSlider, QPlainTextEdit)
OF_QT = (QScrollBar, QMenu, QMenuBar, QHeaderView)
KEY = re.compile(r"\(((?:Ctrl|Shift|Alt)\+[^)]+|F\d+|Esc|Space|Home|End|Left|Right|[A-Z0-9/?])\)$")


def controls(root: QWidget) -> list[QWidget]:
    """What can be pressed, typed into or gone to; parts that Qt makes for itself are left out."""
    found = root.findChildren(QWidget)
    return [
        w for w in found
        if (isinstance(w, CONTROLS) or w.focusPolicy() != Qt.FocusPolicy.NoFocus)
        and not isinstance(w, OF_QT) and not w.objectName().startswith("qt_")
        and w.metaObject().className() not in ("QTableCornerButton", "QComboBoxPrivateContainer")
    ]  # fmt: skip


def called(widget: QWidget) -> str:
    """What a screen reader calls it."""
    interface = QAccessible.queryAccessibleInterface(widget)
    return interface.text(QAccessible.Text.Name) if interface is not None else ""


def what(widget: QWidget) -> str:
    owner = widget.parentWidget()
    words = widget.text() if isinstance(widget, QAbstractButton) else ""
    return f"{type(widget).__name__} {words!r} in {type(owner).__name__}"


def nameless(root: QWidget) -> list[str]:
    return [what(w) for w in controls(root) if not called(w).strip()]


def silent(root: QWidget) -> list[str]:
    """Buttons without a tooltip."""
    return [what(w) for w in controls(root) if isinstance(w, QAbstractButton) and not w.toolTip()]


def wrong_keys(root: QWidget) -> list[str]:
    """Tooltips that name a key no command has."""
    larger = {a.larger[0] for a in ACTIONS if a.larger}
    known = {k.replace("Return", "Enter") for a in ACTIONS for k in a.keys} | larger | {"Esc"}
    tips = [w.toolTip() for w in root.findChildren(QWidget)]
    found = [(m.group(1), tip) for tip in tips if (m := KEY.search(tip))]
    return [tip for key, tip in found if key not in known]


def reached(window: QWidget) -> set[QWidget]:
    """What Tab comes to, from the first control on until it comes round."""
    seen: set[QWidget] = set()
    for _ in range(150):
        QTest.keyClick(QApplication.focusWidget() or window, Qt.Key.Key_Tab)
        now = QApplication.focusWidget()
        if now is None or now in seen:
            break
        seen.add(now)
    return seen


def out_of_reach(window: QWidget) -> list[str]:
    """Visible controls that can be used and that Tab does not come to.

    Buttons that exclude one another are one stop; the palette's field has keys of its own.
    """
    seen = reached(window)
    groups = {b.group() for b in seen if isinstance(b, QAbstractButton) and b.group()}
    return [
        what(w) for w in controls(window)
        if w.isVisible() and w.isEnabled() and w not in seen and not isinstance(w, PaletteField)
        and not (isinstance(w, QLabel) and w.focusPolicy() == Qt.FocusPolicy.ClickFocus)
        and not (isinstance(w, QAbstractButton) and w.group() in groups and w.group())
    ]  # fmt: skip


@pytest.fixture
def state() -> AppState:
    made = AppState()
    run = [Entry(id=f"a{i}", label=f"a step {i}", run="a", step=i, family="f") for i in range(8)]
    made.library.entries = tuple(run)
    made.library.n_texts = 100
    made.shell.n_entries, made.shell.n_texts, made.shell.project = 8, 100, "/x/mine.h5"
    made.jobs.rows = (JobRow("1", "Score a", status="running", total=9),
                      JobRow("2", "Score b", status="failed", message="No room."))  # fmt: skip
    made.jobs.open = True
    return made


@pytest.fixture
def shell(qtbot, state):
    made = Shell(state, DARK)
    made.menus = Menus(state, made.menu_bar, made.map_parts, made.run)
    made.map = MapWidget(state.map, state.selection, state.timeline, DARK)
    made.set_map(made.map)
    made.set_keys(keys())
    rows = np.arange(16, dtype=np.float32).reshape(8, 2)
    made.map.set_tables(MapTables(state.library.entries, rows, np.ones(8)))
    made.notify("The job failed.", "danger", ("Show the jobs", "jobs.show", None))
    made.resize(1600, 1000)
    made.show()
    made.activateWindow()
    qtbot.waitActive(made)
    yield made
    made.menus.close()
    made.map.close()
    made.close()
    made.deleteLater()


@pytest.mark.gl
@pytest.mark.parametrize("page", ["welcome", "project"])
def test_that_every_control_has_a_name_a_tooltip_and_a_place_in_the_tab_order(
    shell, state, page, qtbot
) -> None:
    state.shell.recent = ("/x/mine.h5", "/y/other.h5")
    state.shell.page = page
    state.new_job.visible = page == "project"
    shell.activateWindow()  # a window that begins to draw with OpenGL is made anew
    qtbot.waitActive(shell)
    assert nameless(shell) == []
    assert silent(shell) == []
    assert wrong_keys(shell) == []
    assert out_of_reach(shell) == []


@pytest.fixture
def dialogs(qtbot, state):
    window = QWidget()
    qtbot.addWidget(window)
    window.resize(1200, 800)
    add(state.notices, Notice("The job failed.", "danger", Act("Show the jobs", "jobs.show")))
    part = QWidget(window)
    return [
        ConsentDialog(Untrusted("m", ("/x/m",)), DARK, window),
        DoctorDialog(DARK, window),
        KeysDialog({"File": (("Ctrl+O", "Open"),)}, DARK, window),
        LogDialog("line", DARK, window),
        NameDialog("Save the selection", "Selection 1", "Save", DARK, window),
        NoticesDialog(state.notices, DARK, window),
        PreferencesDialog(state.preferences, state.shell, state.new_job, DARK, window),
        Guide(dict.fromkeys(("map", "timeline", "inspector", "library", "viewbar", "palette"),
                            part), DARK, window),
    ]  # fmt: skip


def test_that_every_control_of_the_dialogs_has_a_name_and_a_tooltip(dialogs) -> None:
    for dialog in dialogs:
        assert called(dialog) or dialog.windowTitle()
        assert (type(dialog).__name__, nameless(dialog), silent(dialog)) == (
            type(dialog).__name__, [], [],
        )  # fmt: skip


def test_that_every_command_is_in_the_sheet_and_reached_by_keyboard(qapp, state) -> None:
    registry = Registry(lambda _command, _argument: None)
    commands = registry.commands(state)
    listed = {title for rows in sheet(commands).values() for _, title in rows}
    registry.close()
    assert {c.id for c in commands} == {a.id for a in ACTIONS}
    assert {a.title for a in ACTIONS} <= listed
    window = QMainWindow()
    menus = Menus(state, window.menuBar(), (window,), lambda _command, _argument: None)
    bar = [entry for entry in window.menuBar().actions() if entry.menu()]
    assert [entry.text().replace("&", "") for entry in bar] == list(MENUS)
    assert len({_letter(entry.text()) for entry in bar}) == len(MENUS)
    inside = [e for menu in bar for e in _entries(menu.menu())]
    assert len(inside) == len(ACTIONS)
    assert all(_letter(entry.text()).isalnum() for entry in inside)
    menus.close()
    window.deleteLater()


def _entries(menu: QMenu) -> list[QAction]:
    """What a menu and the menus inside it hold."""
    here = [e for e in menu.actions() if not e.isSeparator()]
    return [found for e in here for found in (_entries(e.menu()) if e.menu() else [e])]


def _letter(title: str) -> str:
    """The underlined letter, which Alt or the open menu answers to."""
    return title.lower().partition("&")[2][:1]
