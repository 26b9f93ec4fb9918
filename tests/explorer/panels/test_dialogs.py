"""Preferences, notices, this computer, and the guided tour."""

from __future__ import annotations

import pytest
from PySide6.QtCore import Qt
from PySide6.QtGui import QGuiApplication
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QFrame, QWidget

from explorer.panels.dialogs import DoctorDialog, NameDialog, NoticesDialog, PreferencesDialog
from explorer.panels.dialogs.doctor import rows
from explorer.panels.parts import PushButton
from explorer.panels.tour import STOPS, Guide
from explorer.panels.tour.spec import EDGE, Box, place
from explorer.state import notices
from explorer.state.app import AppState
from explorer.state.notices import Act, Notice
from explorer.theme.tokens import DARK


@pytest.fixture
def window(qtbot):
    made = QWidget()
    made.resize(1100, 700)
    qtbot.addWidget(made)
    made.show()
    return made


@pytest.fixture
def state() -> AppState:
    return AppState()


@pytest.fixture
def preferences(window, state):
    dialog = PreferencesDialog(state.preferences, state.shell, state.new_job, DARK, window)
    dialog.show()
    yield dialog
    dialog.close()


def test_that_preferences_change_the_state_at_once(preferences, state) -> None:
    preferences.theme.button("light").click()
    preferences.checks["still"].click()
    preferences.device.chosen.emit("cpu")
    assert state.shell.theme == "light"
    assert state.preferences.still
    assert state.preferences.device == "cpu"


def test_that_another_size_says_when_it_is_taken_up(preferences, state) -> None:
    assert not preferences._note.isVisible()
    preferences.scale.chosen.emit("150")
    assert state.preferences.scale == 150
    assert "next time" in preferences._note.text()
    assert preferences._note.isVisible()
    preferences.scale.chosen.emit("100")
    assert not preferences._note.isVisible()


def test_that_preferences_show_a_change_from_elsewhere(preferences, state) -> None:
    state.shell.theme, state.preferences.reopen = "presenter", True
    assert preferences.theme.button("presenter").isChecked()
    assert preferences.checks["reopen"].isChecked()


def test_that_a_name_is_taken_by_enter_and_none_by_escape(window, qtbot) -> None:
    given: list[str] = []
    for keys in ("  late ones ", "never"):
        dialog = NameDialog("Save the selection", "Selection 1", "Save", DARK, window)
        dialog.named.connect(given.append)
        dialog.show()
        QTest.keyClicks(dialog.field, keys)
        last = Qt.Key.Key_Escape if keys == "never" else Qt.Key.Key_Return
        QTest.keyClick(dialog.field, last)
    assert given == ["late ones"]


def test_that_an_empty_name_cannot_be_kept(window, qtbot) -> None:
    dialog = NameDialog("Save the selection", "Selection 1", "Save", DARK, window)
    given: list[str] = []
    dialog.named.connect(given.append)
    dialog.show()
    dialog.field.setText("  ")
    QTest.keyClick(dialog.field, Qt.Key.Key_Return)
    assert not given
    assert dialog.isVisible()
    dialog.close()


def test_that_notices_are_listed_newest_first_with_what_can_be_done(window, state, qtbot) -> None:
    notices.add(state.notices, Notice("First.", "ok"))
    notices.add(state.notices, Notice("Second.", "danger", Act("Show the jobs", "jobs.show")))
    assert state.notices.unseen == 1
    dialog = NoticesDialog(state.notices, DARK, window)
    dialog.show()
    assert state.notices.unseen == 0
    assert [n.message for n in state.notices.items] == ["First.", "Second."]
    words = [label.text() for row in dialog._rows for label in row.findChildren(QFrame)
             if label.property("role") == "body"]  # fmt: skip
    assert words == ["Second.", "First."]
    button = next(b for b in dialog.findChildren(PushButton) if b.text() == "Show the jobs")
    with qtbot.waitSignal(dialog.acted) as acted:
        button.click()
    assert acted.args == ["jobs.show", None]


def test_that_an_empty_list_says_what_is_listed_there(window, state) -> None:
    notices.add(state.notices, Notice("One."))
    dialog = NoticesDialog(state.notices, DARK, window)
    notices.clear(state.notices)
    assert len(dialog._rows) == 1
    dialog.close()


REPORT = {
    "klscope": "1.0",
    "libraries": {"torch": "2.13.0", "openTSNE": ""},
    "torch": {"auto": ["cpu"], "gpus": [], "mps": False, "cpu": {"memory": 25276518400}},
    "problems": ["openTSNE is not installed"],
}


def test_that_a_report_becomes_rows() -> None:
    assert rows(REPORT) == (
        ("klscope", "1.0"),
        ("torch", "2.13.0"),
        ("openTSNE", "none"),
        ("torch, auto", "cpu"),
        ("torch, gpus", "none"),
        ("torch, mps", "no"),
        ("torch, cpu, memory", "23.5 GiB"),
    )


def test_that_the_report_can_be_copied_and_names_the_problems(window, qapp) -> None:
    dialog = DoctorDialog(DARK, window)
    assert not dialog._copy.isEnabled()
    dialog.show_report(REPORT)
    assert dialog._words.text() == "openTSNE is not installed."
    dialog._copy.click()
    assert "torch, auto\tcpu" in QGuiApplication.clipboard().text()
    dialog.close()


@pytest.fixture
def guide(window, qtbot):
    parts = {stop.part: QFrame(window) for stop in STOPS}
    for i, part in enumerate(parts.values()):
        part.setGeometry(100 * i, 60, 90, 200)
    made = Guide(parts, DARK, window)
    yield made
    if made.isVisible():
        made.end()


def test_that_the_tour_goes_on_and_back_by_keys(guide, qtbot) -> None:
    for key, at in ((Qt.Key.Key_Right, 1), (Qt.Key.Key_Return, 2), (Qt.Key.Key_Left, 1)):
        qtbot.keyClick(guide, key)
        assert guide.stop is STOPS[at]
    for _ in STOPS[2:]:
        qtbot.keyClick(guide, Qt.Key.Key_Right)
    assert guide.stop is STOPS[-1]
    with qtbot.waitSignal(guide.ended):
        qtbot.keyClick(guide, Qt.Key.Key_Right)


def test_that_escape_ends_the_tour(guide, qtbot) -> None:
    with qtbot.waitSignal(guide.ended):
        qtbot.keyClick(guide, Qt.Key.Key_Escape)
    assert not guide.isVisible()


@pytest.mark.parametrize("part", [
    Box(0, 40, 272, 700), Box(1280, 40, 320, 800), Box(272, 120, 1008, 600),
    Box(272, 760, 1008, 104), Box(590, 6, 420, 28), Box(0, 0, 1600, 1000),
])  # fmt: skip
def test_that_a_card_of_the_tour_is_inside_and_beside_its_part(part: Box) -> None:
    x, y = place(part, (340, 200), (1600, 1000))
    assert EDGE <= x <= 1600 - 340 - EDGE
    assert EDGE <= y <= 1000 - 200 - EDGE
    beside = x >= part.x + part.width or x + 340 <= part.x
    above = y >= part.y + part.height or y + 200 <= part.y
    assert beside or above or part.width > 900


def test_that_the_tour_takes_about_a_minute() -> None:
    """At 240 words a minute, and not more than seven stops."""
    words = sum(len(f"{s.title} {s.words}".split()) for s in STOPS)
    assert len(STOPS) <= 7
    assert 30 <= 60 * words / 240 <= 75
