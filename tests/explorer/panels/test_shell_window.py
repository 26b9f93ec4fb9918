"""The window: pages, docks, rails, drops, notices, themes, and that nothing outlives it."""

from __future__ import annotations

import gc
import weakref

import pytest
from PySide6.QtCore import QMimeData, QPointF, Qt, QUrl
from PySide6.QtGui import QDropEvent
from PySide6.QtWidgets import (
    QAbstractButton,
    QApplication,
    QLabel,
    QPushButton,
    QToolButton,
    QWidget,
)

from compute.core.errors import InputError
from compute.core.tables import Checkpoint, Listing
from compute.core.trust import WHAT_IT_MEANS
from explorer import theme
from explorer.panels.dialogs import ConsentDialog, KeysDialog, LogDialog
from explorer.panels.shell import Shell, layout
from explorer.panels.shell.drops import commands
from explorer.state.app import AppState
from explorer.state.library import Untrusted
from explorer.theme.tokens import DARK, LIGHT


@pytest.fixture
def state() -> AppState:
    return AppState()


@pytest.fixture
def shell(qtbot, qapp, state):
    theme.apply(qapp, DARK)
    made = Shell(state, DARK)
    qtbot.addWidget(made)
    made.show()
    yield made
    qapp.setStyleSheet("")


def asked_of(shell: Shell) -> list[tuple[str, object]]:
    asked: list[tuple[str, object]] = []
    shell.command.connect(lambda c, a: asked.append((c, a)))
    return asked


def test_that_the_page_follows_the_state(shell, state) -> None:
    assert shell.welcome.isVisible()
    assert not shell.library.isVisible()
    state.shell.page = "project"
    assert shell.library.isVisible()
    assert shell.inspector.isVisible()
    assert shell.centre.isVisible()


def test_that_the_map_has_the_keyboard_when_a_project_is_shown(shell, state) -> None:
    view = QWidget()
    view.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
    shell.set_map(view)
    assert shell.focusWidget() is not view
    state.shell.page = "project"
    assert shell.focusWidget() is view


def test_that_parts_have_the_sizes_of_the_look(shell, state) -> None:
    state.shell.page = "project"
    shell.resize(1600, 1000)
    QApplication.sendPostedEvents()
    assert shell.top.height() == 40
    assert shell.status.height() == 28
    assert shell.centre.bar.height() == 44
    assert shell.timeline.height() == 104
    assert (shell._left.width(), shell._right.width()) == (272, 320)


@pytest.mark.parametrize(
    ("size", "rails"),
    [((1600, 1000), (False, False)), ((1300, 900), (False, True)), ((1100, 700), (True, True))],
)
def test_that_docks_become_rails_where_there_is_no_room(shell, state, size, rails) -> None:
    state.shell.page = "project"
    shell.resize(*size)
    assert (shell._left.is_rail, shell._right.is_rail) == rails
    assert shell.centre.width() >= layout.CENTRE


def test_that_a_rail_opens_and_a_panel_collapses(shell, state) -> None:
    state.shell.page = "project"
    shell.resize(1100, 800)
    shell.find()
    assert not shell._left.is_rail
    shell._left.set_rail(rail=True)
    assert shell._left.is_rail
    assert shell._left.maximumWidth() == layout.RAIL


def test_that_the_layout_is_remembered(shell, state, qtbot) -> None:
    state.shell.page = "project"
    shell.resize(1600, 1000)
    shell._widen(shell._left, 350)
    words = shell.layout_state()
    other = Shell(AppState(), DARK)
    qtbot.addWidget(other)
    other.restore(words)
    assert other._left.wide == 350
    for nonsense in ("", "[]", "{}", '{"geometry": 1, "library": "x", "inspector": 2}'):
        other.restore(nonsense)


def test_that_a_dropped_project_or_folder_is_a_command(shell, tmp_path) -> None:
    asked = asked_of(shell)
    project = tmp_path / "run.h5"
    project.touch()
    data = QMimeData()
    data.setUrls([QUrl.fromLocalFile(str(p)) for p in (tmp_path, project)])
    button, keys = Qt.MouseButton.LeftButton, Qt.KeyboardModifier.NoModifier
    shell.dropEvent(QDropEvent(QPointF(), Qt.DropAction.CopyAction, data, button, keys))
    assert asked == [("project.open", str(project)), ("library.add", str(tmp_path))]
    assert commands([str(tmp_path / "picture.png")]) == ()


def test_that_notices_stack_and_go(shell) -> None:
    asked = asked_of(shell)
    for n in range(5):
        shell.notify(f"Message {n}.", "danger")
    shell.notify("Message 4.", "danger")
    assert [c.message for c in shell._notices.cards] == ["Message 2.", "Message 3.", "Message 4."]
    tops = [c.y() for c in shell._notices.cards]
    assert tops == sorted(tops)
    shell.notify("Left out.", "warn", ("Show both", "library.add", "/x"))
    shell._notices.cards[-1].acted.emit()
    assert asked == [("library.add", "/x")]
    assert [c.message for c in shell._notices.cards] == ["Message 3.", "Message 4."]


def test_that_a_surprise_is_one_sentence_and_a_trace_in_the_log(shell, capsys) -> None:
    try:
        raise ValueError("odd\nthing")
    except ValueError as e:
        shell.surprise(type(e), e, e.__traceback__)
    assert shell._notices.cards[-1].message.startswith("Something unexpected happened (ValueError")
    assert "Traceback" in capsys.readouterr().err
    known = InputError("the folder is empty")
    shell.surprise(type(known), known, None)
    assert shell._notices.cards[-1].message == "The folder is empty." or "empty" in (
        shell._notices.cards[-1].message
    )


def test_that_a_problem_has_a_card_and_an_action(shell, state) -> None:
    state.shell.page = "project"
    asked = asked_of(shell)
    slot = shell.centre.slot
    state.shell.problem = "The file is of a newer version."
    assert slot._problem.isVisible()
    slot._problem.findChild(QAbstractButton).click()
    assert asked == [("project.open", None)]
    state.shell.problem = ""
    assert not slot._problem.isVisible()


def test_that_an_empty_map_says_what_to_do(shell, state) -> None:
    state.shell.page = "project"
    slot = shell.centre.slot
    assert slot._empty.isVisible()
    assert slot._actions.isVisible()
    state.library.listings = (Listing("/r", "r", (Checkpoint("/r/a", "a"),)),)
    assert not slot._actions.isVisible()
    state.shell.n_entries = 5
    assert not slot._empty.isVisible()


def test_that_the_map_fills_its_slot(shell, state) -> None:
    state.shell.page, state.shell.n_entries = "project", 5
    late = QWidget()
    shell.set_map(late)
    shell.resize(1500, 900)
    QApplication.sendPostedEvents()
    assert late.isVisible()
    assert late.size() == shell.centre.slot.size()
    late.close()
    assert shell.centre.slot._map is None


def test_that_another_theme_reaches_every_part(shell, state, qapp) -> None:
    state.shell.page = "project"
    theme.apply(qapp, LIGHT)
    shell.set_tokens(LIGHT)
    QApplication.sendPostedEvents()
    picture = shell.grab().toImage()
    at = shell.library.mapTo(shell, shell.library.rect().center())
    assert picture.pixelColor(at).name().upper() == LIGHT.panel
    assert shell.timeline.scrub.tokens is LIGHT


def test_that_icon_buttons_have_a_name_and_a_tooltip(shell) -> None:
    for button in shell.findChildren(QToolButton):
        if not button.text() and button.objectName() != "qt_menubar_ext_button":
            assert button.accessibleName(), button
            assert button.toolTip(), button


def test_that_the_sheet_of_keys_and_a_log_open_and_die(shell, qtbot) -> None:
    shell.show_keys({"File": (("Ctrl+O", "Open a project..."), ("palette", "Open the example"))})
    shell.show_log("line 1\nline 2")
    for kind in (KeysDialog, LogDialog):
        dialog = shell.findChild(kind)
        assert dialog.isVisible()
        dialog.close()
    qtbot.waitUntil(
        lambda: shell.findChild(LogDialog) is None and shell.findChild(KeysDialog) is None
    )


def test_that_nothing_outlives_the_window(qapp, state) -> None:
    made = Shell(state, DARK)
    parts = [weakref.ref(w) for w in made.findChildren(QWidget)]
    made.show()
    made.close()
    made.deleteLater()
    del made
    qapp.sendPostedEvents(None, 52)
    gc.collect()
    state.shell.page = "project"
    state.filter.query = "x"
    state.jobs.open = True
    assert [p() for p in parts if p() is not None] == []


def test_that_a_map_over_the_first_texts_says_so_above_and_below(shell, state) -> None:
    s = state.shell
    s.page, s.project, s.n_texts, s.n_total, s.n_entries = "project", "/x.h5", 500, 10_000, 30
    s.sample, s.n_partial, s.provisional = "first 500 of 10,000 texts", 4, True
    s.cautions = ("The BOS rule of 1 of 30 entries is not known.",)
    shell.status.refresh()
    assert shell.status._counts.text().startswith("30 entries · first 500 of 10,000 texts")
    assert "errors are common to all pairs" in shell.status._counts.toolTip()
    chip = shell.top._recipe
    assert chip.text() == "clip2 · first 500 of 10,000 texts · provisional"
    for words in ("over the first 500", "4 entries are only partly scored", "is not known"):
        assert words in chip.toolTip()
    s.sample, s.n_partial, s.n_texts, s.cautions = "10,000 texts", 0, 10_000, ()
    shell.status.refresh()
    assert shell.status._counts.toolTip() == ""
    assert "partly" not in chip.toolTip()


@pytest.mark.parametrize(("press", "allowed"), [("Run its code", True), ("Leave it out", False)])
def test_that_consent_is_asked_for_one_model_and_never_by_default(
    shell, qtbot, press: str, allowed: bool
) -> None:
    answers: list[bool] = []
    model = Untrusted("odd", ("/models/odd/step1", "/models/odd/step2"))
    shell.ask_consent(model, answers.append)
    (dialog,) = shell.findChildren(ConsentDialog)
    words = " ".join(w.text() for w in dialog.findChildren(QLabel))
    for part in ("odd brings along", WHAT_IT_MEANS, "/models/odd/step1 and 1 more of this run"):
        assert part in words
    buttons = {b.text(): b for b in dialog.findChildren(QPushButton)}
    assert buttons["Leave it out"].isDefault()
    assert not buttons["Run its code"].isDefault()
    buttons[press].click()
    qtbot.waitUntil(lambda: not shell.findChildren(ConsentDialog))
    assert answers == [allowed]


def test_that_escape_is_no_consent(shell, qtbot) -> None:
    answers: list[bool] = []
    shell.ask_consent(Untrusted("odd", ("/models/odd",)), answers.append)
    qtbot.keyClick(shell.findChildren(ConsentDialog)[0], Qt.Key.Key_Escape)
    qtbot.waitUntil(lambda: answers == [False])


def test_that_presenting_shows_only_the_stage_and_other_commands_end_it(shell, state) -> None:
    state.shell.page = "project"
    asked = asked_of(shell)
    state.shell.presenting = True
    hidden = (shell.top, shell.status, shell.library, shell.inspector, shell.timeline,
              shell.centre.bar)  # fmt: skip
    stage = (shell.centre.head, shell.centre.ladder, shell.centre.foot)
    assert all(part.isVisible() for part in stage)
    assert not any(part.isVisible() for part in hidden)
    shell.run("timeline.play", None)
    shell.run("library.add", None)
    assert asked == [("timeline.play", None), ("present.leave", None), ("library.add", None)]
    state.shell.presenting = False
    assert not any(part.isVisible() for part in stage)
    assert all(part.isVisible() for part in hidden)


def test_that_the_button_to_present_says_why_it_cannot(shell, state) -> None:
    button = shell.top._present
    assert not button.isVisible()
    state.shell.page = "project"
    assert not button.isEnabled()
    assert button.toolTip() == "The map is empty."
    state.shell.n_entries = 2
    asked = asked_of(shell)
    button.click()
    assert asked == [("present.start", None)]
