"""The first page: what its cards ask for, recent files, and the example in motion."""

from __future__ import annotations

import math
from datetime import datetime, timedelta

import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QLabel, QPushButton, QWidget

from compute.core.tables import Entry
from explorer.panels.parts import dress
from explorer.panels.shell.drops import commands
from explorer.panels.welcome import Welcome, spec
from explorer.panels.welcome.recent import RecentRow
from explorer.state.app import ShellState
from explorer.state.map import MapTables, TimelineState
from explorer.theme.tokens import THEMES

TABLES = MapTables(
    tuple(Entry(f"{r}/{s}", run=r, step=s) for r in "ab" for s in range(0, 1201, 100))
)


@pytest.fixture
def asked() -> list[tuple[str, object]]:
    return []


@pytest.fixture
def shell() -> ShellState:
    return ShellState()


@pytest.fixture
def page(qtbot, asked, shell):
    made = Welcome(shell)
    qtbot.addWidget(made)
    dress(made, THEMES["light"])
    made.command.connect(lambda what, argument: asked.append((what, argument)))
    made.resize(1600, 932)
    made.show()
    qtbot.waitExposed(made)
    yield made
    made.close()


def rows(page: Welcome) -> list[RecentRow]:
    return [row for row in page.recent.findChildren(RecentRow) if row.isVisible()]


def test_that_every_card_asks_for_its_command(page, qtbot, asked) -> None:
    buttons = [
        b for b in page.findChildren(QPushButton) if b.text() in ("Start", "Check everything")
    ]
    for card in (*page.cards, *buttons):
        qtbot.mouseClick(card, Qt.MouseButton.LeftButton)
    assert asked == [
        ("project.example", None), ("library.add", None), ("project.open", None),
        ("help.tour", None), ("suite.grow", None), ("help.doctor", None),
    ]  # fmt: skip


def test_that_enter_opens_the_example(page, qtbot, asked) -> None:
    qtbot.keyClick(page, Qt.Key.Key_Return)
    assert asked == [("project.example", None)]


def test_that_cards_are_reached_by_keyboard(page) -> None:
    for card in page.cards:
        assert card.focusPolicy() & Qt.FocusPolicy.TabFocus
        assert card.accessibleName()


def test_that_recent_projects_open_and_lost_ones_are_looked_for(
    page, qtbot, asked, shell, tmp_path
) -> None:
    assert page.recent.isHidden()
    here = tmp_path / "mine.h5"
    here.touch()
    shell.recent = (str(here), str(tmp_path / "gone.h5"))
    qtbot.wait(30)  # laid out
    found, lost = rows(page)
    assert "The file has moved." in lost.accessibleName()
    qtbot.mouseClick(found, Qt.MouseButton.LeftButton)
    qtbot.mouseClick(lost, Qt.MouseButton.LeftButton)
    assert asked == [("project.open", str(here)), ("project.open", None)]


def test_that_a_changed_list_leaves_no_rows_behind(page, shell, qtbot) -> None:
    shell.recent = ("/nowhere/a.h5", "/nowhere/b.h5")
    shell.recent = ("/nowhere/c.h5",)
    qtbot.wait(30)
    assert [row.accessibleName()[0] for row in rows(page)] == ["c"]


@pytest.mark.parametrize(
    ("ago", "words"),
    [
        (timedelta(hours=2), "today, 12:02"),
        (timedelta(days=1), "yesterday, 14:02"),
        (timedelta(days=4), "Tuesday"),
        (timedelta(days=8), "1 week ago"),
        (timedelta(days=21), "3 weeks ago"),
        (timedelta(days=190), "in May"),
        (timedelta(days=555), "May 2025"),
    ],
)
def test_that_dates_read_as_people_say_them(ago: timedelta, words: str) -> None:
    now = datetime(2026, 11, 21, 14, 2)
    assert spec.when(now - ago, now) == words


def test_that_drops_are_one_project_at_most_and_any_number_of_folders(tmp_path) -> None:
    found = commands([str(tmp_path), "/x/a.h5", "/x/b.h5", "/x/a.png"])
    assert found == (("project.open", "/x/a.h5"), ("library.add", str(tmp_path)))
    assert commands(["/x/a.png"]) == ()


def test_that_the_preview_plays_the_example_and_lets_it_go(page, qtbot) -> None:
    timeline, widget = TimelineState(), QWidget()
    page.set_preview(widget, timeline, TABLES)
    assert page.preview.isAncestorOf(widget)
    assert timeline.at < 1200
    qtbot.waitUntil(lambda: timeline.at > 0, timeout=2000)
    words = " ".join(w.text() for w in page.preview.findChildren(QLabel))
    assert "From step 0 to 1,200." in words
    page.grab()
    page.set_preview(None)
    assert not page.preview.isAncestorOf(widget)
    assert not page.preview._clock.isActive()
    widget.deleteLater()


def test_that_the_preview_ends_at_the_end(page) -> None:
    timeline, widget = TimelineState(), QWidget()
    page.set_preview(widget, timeline, TABLES)
    page.preview._play_from(0.9999)
    page.preview._then -= 1.0
    page.preview._frame()
    assert timeline.at == math.inf
    page.set_preview(None)
    widget.deleteLater()


def test_that_it_says_what_this_computer_is(page) -> None:
    page.set_machine("2 cores, no GPU.")
    assert "2 cores, no GPU." in [w.text() for w in page.findChildren(QLabel)]


def test_that_everything_fits_the_smallest_window(page, shell, qtbot) -> None:
    shell.recent = tuple(f"/nowhere/{i}.h5" for i in range(8))
    page.resize(1100, 632)
    qtbot.wait(30)
    for tokens in THEMES.values():
        dress(page, tokens)
        page.grab()
    for widget in (*page.cards, *rows(page), page._drop):
        corner = widget.mapTo(page, widget.rect().bottomRight())
        assert page.rect().contains(corner), widget


def test_that_a_closed_page_hears_nothing_more(page, shell) -> None:
    page.close()
    shell.recent = ("/nowhere/a.h5",)
    assert page.recent.isHidden()


def test_that_the_example_stands_still_while_a_project_is_read(page, qtbot) -> None:
    timeline, widget = TimelineState(), QWidget()
    page.set_preview(widget, timeline, TABLES)
    qtbot.waitUntil(lambda: timeline.at > 0, timeout=2000)
    page._state.opening = "/a/project.h5"
    assert not page.preview._clock.isActive()
    page.set_preview(None)
    widget.deleteLater()
