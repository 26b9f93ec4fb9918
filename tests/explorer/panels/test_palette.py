"""Finding commands and entries by a few letters, with the keyboard alone."""

from __future__ import annotations

from time import process_time

import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QMainWindow, QTextEdit, QVBoxLayout, QWidget

from explorer.panels.palette import Item, PaletteField, Popup, match, spec

ENTRIES = [f"run{r:02d}-seed{r % 3} step {s:,}" for r in range(20) for s in range(0, 500_000, 1000)]


def titles(found: spec.Items, query: str) -> list[str]:
    return [item.title for item in found.search(query)]


@pytest.fixture(scope="module")
def some() -> spec.Items:
    return spec.items(
        [
            Item("Open a project...", "project.open", detail="File", keys="Ctrl+O"),
            Item("Play or pause", "timeline.play", detail="Timeline", why_not="The map is empty."),
            Item("s-seed0", "selection.go-run", "s-seed0", "run", also="go to"),
            Item("s-seed0 step 850", "selection.go", "a", also="go to"),
            Item("s-seed0 step 1,850", "selection.go", "b", also="go to"),
            Item("xs-seed0 step 850", "selection.go", "c", also="go to"),
        ]
    )


def test_that_every_word_has_to_be_found(some: spec.Items) -> None:
    assert titles(some, "go to s-seed0 step 850")[0] == "s-seed0 step 850"
    assert titles(some, "step 1850") == titles(some, "STEP 1,850") == ["s-seed0 step 1,850"]
    assert titles(some, "open nothing") == []


def test_that_starts_of_words_come_before_their_middles(some: spec.Items) -> None:
    found = titles(some, "s-seed0")
    assert found[:2] == ["s-seed0", "s-seed0 step 850"]
    assert found[-1] == "xs-seed0 step 850"


def test_that_scattered_letters_are_found_after_whole_pieces(some: spec.Items) -> None:
    assert titles(some, "opj") == ["Open a project..."]
    assert titles(some, "play")[0] == "Play or pause"


def test_that_nothing_typed_lists_what_can_be_used_in_its_order(some: spec.Items) -> None:
    assert titles(some, " ")[:2] == ["Open a project...", "s-seed0"]
    assert titles(some, " ")[-1] == "Play or pause"
    assert match.search([], "") == match.search([], "a") == ()


@pytest.mark.parametrize("query", ["e", "step 8", "go to run03 step 45000", "r3s45", "qqq"])
def test_that_ten_thousand_entries_take_less_than_a_frame(query: str) -> None:
    texts = [match.fold(f"{name} go to") for name in ENTRIES]
    times = []
    for _ in range(7):
        t0 = process_time()
        match.search(texts, query)
        times.append(process_time() - t0)
    assert len(texts) == 10_000
    assert min(times) < 0.016


class Window(QMainWindow):
    """A field, a list under it, and something else that can have the keyboard."""

    def __init__(self, some: spec.Items) -> None:
        super().__init__()
        self.field, self.other, middle = PaletteField(), QTextEdit(), QWidget()
        column = QVBoxLayout(middle)
        column.addWidget(self.field)
        column.addWidget(self.other)
        self.setCentralWidget(middle)
        self.resize(900, 600)
        self.list = Popup(self.field, self)
        self.list.wanted.connect(lambda: self.list.show_items(some))


@pytest.fixture
def window(qtbot, some):
    made = Window(some)
    qtbot.addWidget(made)
    made.show()
    made.activateWindow()
    qtbot.waitActive(made)
    made.other.setFocus()
    return made


def test_that_the_keyboard_alone_finds_and_chooses(window, qtbot) -> None:
    window.list.open()
    qtbot.keyClicks(window.field, "seed0 850")
    assert [item.argument for item in window.list.shown] == ["a", "c", "b"]
    qtbot.keyClick(window.field, Qt.Key.Key_Down)
    assert "2 of 3" in window.field.accessibleDescription()
    with qtbot.waitSignal(window.list.chosen) as chosen:
        qtbot.keyClick(window.field, Qt.Key.Key_Return)
    assert chosen.args == ["selection.go", "c"]
    assert not window.list.isVisible()
    assert window.field.text() == ""
    assert window.other.hasFocus()


def test_that_the_list_goes_round_and_pages_stop_at_its_ends(window, qtbot) -> None:
    window.list.open()
    qtbot.keyClick(window.field, Qt.Key.Key_Up)
    assert "6 of 6" in window.field.accessibleDescription()
    qtbot.keyClick(window.field, Qt.Key.Key_PageUp)
    assert "1 of 6" in window.field.accessibleDescription()
    qtbot.keyClick(window.field, Qt.Key.Key_Tab)
    assert "2 of 6" in window.field.accessibleDescription()


def test_that_a_line_that_cannot_be_used_says_why(window, qtbot) -> None:
    window.list.open()
    qtbot.keyClicks(window.field, "play")
    with qtbot.waitSignal(window.list.refused) as refused:
        qtbot.keyClick(window.field, Qt.Key.Key_Return)
    assert refused.args == ["Play or pause: The map is empty."]


def test_that_escape_and_a_click_elsewhere_close_it(window, qtbot) -> None:
    for leave in (
        lambda: qtbot.keyClick(window.field, Qt.Key.Key_Escape),
        lambda: window.other.setFocus(Qt.FocusReason.MouseFocusReason),
    ):
        window.list.open()
        assert window.list.isVisible()
        leave()
        assert not window.list.isVisible()
        assert window.other.hasFocus()


def test_that_the_list_stays_inside_a_small_window(window, qtbot) -> None:
    window.resize(420, 200)
    window.list.open()
    assert window.rect().contains(window.list.geometry())
    qtbot.keyClicks(window.field, "zzzz")
    assert window.list.shown == ()
    assert window.field.accessibleDescription().startswith("Nothing found")
