"""The library: rows from leaves, differences only, ticks and selection both ways."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from PySide6.QtCore import QPoint, QRectF, Qt
from PySide6.QtTest import QAbstractItemModelTester

from compute.core.tables import Checkpoint, Entry, Listing
from explorer.panels.library import Library, spec
from explorer.panels.library.delegate import HEIGHT, box_rect
from explorer.panels.library.shelf import Finder, Shelf, waiting
from explorer.panels.parts import dress
from explorer.state.filter import FilterState
from explorer.state.library import LibraryState, leaves, to_score
from explorer.state.map import SelectionState
from explorer.state.query import parse
from explorer.theme.tokens import DARK

STEPS = tuple(range(0, 100, 10))


def checkpoint(run: str, step: int, **more: str) -> Checkpoint:
    return Checkpoint(
        f"/runs/{run}/step{step}", f"{run} step {step}", run=run, step=step, source="/runs", **more
    )


def entry(run: str, step: int, status: str = "done", **more: str) -> Entry:
    return Entry(
        f"{run}/step{step}", f"{run} step {step}", run=run, step=step, status=status, **more
    )


def filled() -> LibraryState:
    state = LibraryState()
    both = tuple(checkpoint(run, s) for run in "ab" for s in STEPS)
    state.listings = (Listing("/runs", "runs", both),)
    state.entries = (*(entry("a", s) for s in STEPS), entry("b", 0, "failed", error="No."))
    return state


@pytest.fixture
def state() -> LibraryState:
    return filled()


@pytest.fixture
def selection() -> SelectionState:
    return SelectionState()


@pytest.fixture
def filtered() -> FilterState:
    return FilterState()


@pytest.fixture
def panel(qtbot, state, selection, filtered):
    made = Library(state, selection, filtered)
    qtbot.addWidget(made)
    dress(made, DARK)
    made.resize(272, 700)
    tester = QAbstractItemModelTester(
        made.tree.rows, QAbstractItemModelTester.FailureReportingMode.Warning
    )
    made.show()
    yield made
    del tester


def names(panel: Library) -> list[str]:
    rows = panel.tree.rows
    return [rows.data(rows.index(i, 0)) for i in range(rows.rowCount())]


def child(panel: Library, run: int, leaf: int):
    rows = panel.tree.rows
    return rows.index(leaf, 0, rows.index(run, 0))


def click(qtbot, panel: Library, index, x: float) -> None:
    rect = panel.tree.visualRect(index)
    at = QPoint(round(rect.left() + x), rect.center().y())
    qtbot.mouseClick(panel.tree.viewport(), Qt.MouseButton.LeftButton, pos=at)


# ---------------------------------------------------------------- pure


def test_that_a_run_says_how_much_of_it_is_done(state) -> None:
    a, b = spec.rows(leaves(state), spec.Seen(), {})
    assert (a.run, a.count, a.n_done) == ("a", "10", 10)
    assert (b.run, b.n_done, b.ticked) == ("b", 0, spec.ALL)
    assert b.strip[0].trouble == "failed"
    assert spec.summary(b) == "b, steps 0\u2009–\u200990: 1 failed, 9 not scored"


def test_that_the_search_looks_into_runs_and_steps(state) -> None:
    every, finder = leaves(state), Finder()

    def found(text: str) -> list[tuple[str, int, bool]]:
        keys = finder.found(every, parse(text))
        assert keys is not None
        seen = spec.Seen(shows=lambda leaf: leaf.key in keys)
        return [(r.run, len(r.leaves), r.part) for r in spec.rows(every, seen, {})]

    assert found("run:B") == [("b", 10, False)]
    assert found("step 30") == [("a", 1, True), ("b", 1, True)]
    assert found("/^a a step [78]0$/") == [("a", 2, True)]
    assert found("step>=80 a") == [("a", 2, True)]
    assert found("nothing") == []
    assert finder.found(every, parse(" ")) is None


@given(
    st.lists(st.sampled_from("abcdef"), unique=True),
    st.lists(st.sampled_from("abcdef"), unique=True),
)
def test_that_a_splice_turns_one_list_into_the_other(old: list[str], new: list[str]) -> None:
    cut = spec.splice(old, new)
    if cut is None:
        assert old == new
    else:
        fresh = new[cut.start : cut.start + cut.n_new]
        assert old[: cut.start] + fresh + old[cut.stop :] == new


@given(st.integers(1, 400), st.integers(0, 400))
def test_that_a_strip_shows_all_of_a_run_in_few_pieces(n: int, done: int) -> None:
    state = LibraryState(
        entries=tuple(entry("a", k, "done" if k < done else "planned") for k in range(n))
    )
    strip = spec.strip(leaves(state))
    assert len(strip) == min(n, spec.SLOTS)
    if n <= spec.SLOTS:
        assert sum(s.share for s in strip) == min(done, n)
    assert all(0 <= s.share <= 1 for s in strip)


def test_that_the_shelf_gives_what_the_state_says() -> None:
    state, shelf = filled(), Shelf()
    for progress in ({}, {"path:/runs/b/step10": 0.5}, {"a/step0": 0.9}):
        state.progress = progress
        state.queued = frozenset({"path:/runs/b/step20"})
        assert shelf.leaves(state) == leaves(state)
    assert waiting(leaves(state), frozenset()) == len(to_score(state))


def test_that_a_status_is_never_a_colour_alone(state) -> None:
    state.progress = {"path:/runs/b/step10": 0.36}
    shown = {spec.status(leaf).words for leaf in leaves(state)}
    assert shown == {"done", "failed", "36\u2009%", "not scored"}
    twin = LibraryState(
        listings=(Listing("/r", "r", (checkpoint("c", 8, duplicate_of="c step 4"),)),)
    )
    (leaf,) = leaves(twin)
    assert spec.status(leaf).words == "duplicate of step 4"


# ---------------------------------------------------------------- state to view


def test_that_runs_are_rows_and_checkpoints_their_children(panel) -> None:
    rows = panel.tree.rows
    assert names(panel) == ["a", "b"]
    assert rows.rowCount(rows.index(0, 0)) == 10
    assert rows.data(child(panel, 0, 3)) == "step 30"
    assert "No." in rows.data(child(panel, 1, 0), Qt.ItemDataRole.ToolTipRole)


def test_that_progress_touches_only_its_own_rows(panel, state) -> None:
    changed: list[tuple[int, int]] = []
    rows = panel.tree.rows
    rows.dataChanged.connect(lambda a, b: changed.append((a.row(), b.row())))
    rows.modelReset.connect(lambda: changed.append((-1, -1)))
    state.progress = {"path:/runs/b/step50": 0.5}
    panel.refresh()
    assert changed == [(5, 5), (1, 1)]


def test_that_new_entries_keep_what_is_open_and_selected(panel, state) -> None:
    tree = panel.tree
    tree.expand(tree.rows.index(0, 0))
    tree.setCurrentIndex(child(panel, 0, 4))
    state.entries = (*state.entries, entry("a", 95), entry("0first", 0))
    panel.refresh()
    assert names(panel) == ["0first", "a", "b"]
    assert tree.isExpanded(tree.rows.index(1, 0))
    assert tree.rows.data(tree.currentIndex()) == "step 40"
    state.entries = state.entries[:5]
    state.listings = ()
    panel.refresh()
    assert names(panel) == ["a"]


def test_that_a_selection_from_elsewhere_is_shown(panel, selection) -> None:
    selection.selected = "a/step70"
    tree = panel.tree
    assert tree.rows.data(tree.currentIndex()) == "step 70"
    assert tree.isExpanded(tree.rows.index(0, 0))
    selection.selected = ""
    assert not tree.selectionModel().hasSelection()


def test_that_a_search_filters_and_can_be_cleared(panel, filtered, qtbot) -> None:
    qtbot.keyClicks(panel.search, "step 30")
    assert filtered.query == "step 30"
    panel.refresh()
    assert panel.tree.isExpanded(panel.tree.rows.index(0, 0))
    filtered.query = "nowhere"
    panel.refresh()
    assert names(panel) == []
    assert panel.tree.isHidden()
    panel._card_command()
    assert filtered.query == ""
    assert panel.search.text() == ""


def test_that_rows_come_back_as_they_were_left(panel, filtered) -> None:
    tree = panel.tree
    panel.refresh()
    tree.expand(tree.rows.index(0, 0))
    for query in ("no such thing", "step = 10", ""):
        filtered.query = query
        panel.refresh()
    assert [tree.isExpanded(tree.rows.index(i, 0)) for i in range(2)] == [True, False]
    tree.open_all()
    panel.refresh()
    assert tree.isExpanded(tree.rows.index(1, 0))
    tree.close_runs()
    panel.refresh()
    assert not tree.isExpanded(tree.rows.index(0, 0))


def test_that_an_empty_library_says_what_to_do(qtbot) -> None:
    made = Library(LibraryState(), SelectionState(), FilterState())
    qtbot.addWidget(made)
    asked: list[tuple[str, object]] = []
    made.command.connect(lambda c, a: asked.append((c, a)))
    assert not made._card.isHidden()
    made._card_command()
    assert asked == [("library.add", None)]


def test_that_the_score_button_counts_what_waits(panel, state) -> None:
    assert panel._score.text() == "Score 10"
    state.unticked = frozenset(f"path:/runs/b/step{s}" for s in STEPS[1:]) | {"b/step0"}
    panel.refresh()
    assert panel._score.isHidden()


# ---------------------------------------------------------------- view to state


def test_that_a_box_unticks_its_leaf_and_the_run_shows_some(panel, state, qtbot) -> None:
    panel.tree.expand(panel.tree.rows.index(0, 0))
    box = box_rect(QRectF(0, 0, 272, HEIGHT), 1).center().x()
    click(qtbot, panel, child(panel, 0, 2), box)
    assert state.unticked == {"a/step20"}
    panel.refresh()
    assert panel.tree.rows.ticked(panel.tree.rows.index(0, 0)) == spec.SOME


def test_that_the_box_of_a_run_ticks_all_then_none(panel, state, qtbot) -> None:
    state.unticked = frozenset({"a/step20"})
    panel.refresh()
    box = box_rect(QRectF(0, 0, 272, HEIGHT), 0).center().x()
    click(qtbot, panel, panel.tree.rows.index(0, 0), box)
    assert state.unticked == frozenset()
    panel.refresh()
    click(qtbot, panel, panel.tree.rows.index(0, 0), box)
    assert state.unticked == {f"a/step{s}" for s in STEPS}


def test_that_space_ticks_and_a_caret_opens(panel, state, qtbot) -> None:
    first = panel.tree.rows.index(0, 0)
    click(qtbot, panel, first, 12)
    assert panel.tree.isExpanded(first)
    panel.tree.setCurrentIndex(child(panel, 0, 1))
    qtbot.keyClick(panel.tree, Qt.Key.Key_Space)
    assert state.unticked == {"a/step10"}


def test_that_a_pressed_row_is_selected_if_it_is_an_entry(panel, selection, qtbot) -> None:
    panel.tree.expandAll()
    click(qtbot, panel, child(panel, 0, 3), 120)
    assert selection.selected == "a/step30"
    click(qtbot, panel, child(panel, 1, 0), 120)
    assert selection.selected == "b/step0"  # failed: its card says why
    click(qtbot, panel, child(panel, 1, 3), 120)
    assert selection.selected == ""
    assert panel.tree.rows.data(panel.tree.currentIndex()) == "step 30"


def test_that_rows_paint_in_every_state(panel, state, qtbot) -> None:
    state.progress = {"path:/runs/b/step10": 0.4}
    state.queued = frozenset({"path:/runs/b/step20"})
    state.unticked = frozenset({"a/step20"})
    panel.refresh()
    panel.tree.expandAll()
    picture = panel.grab().toImage()
    point = panel.tree.viewport().mapTo(panel, QPoint(54, HEIGHT + 13))
    assert picture.pixelColor(point) != picture.pixelColor(2, point.y())


def test_that_a_closed_panel_no_longer_listens(panel, state) -> None:
    panel.close()
    state.entries = ()
    assert not panel._refresh.isActive()


def test_that_a_run_in_its_first_round_fills_the_lower_half_of_its_strip(state) -> None:
    state.n_texts, state.first_round = 2000, 500
    state.entries = tuple(
        entry("a", s, "done" if s < 50 else "partial", n_scored=500, n_prefix=500) for s in STEPS
    )
    (row, _) = spec.rows(leaves(state), spec.Seen(), {})
    assert [slot.share for slot in row.strip] == [1.0] * 5 + [0.0] * 5
    assert {slot.first for slot in row.strip} == {1.0}


def test_that_the_shelf_makes_leaves_anew_when_the_rule_or_the_texts_change(state) -> None:
    shelf = Shelf()
    shelf.leaves(state)
    state.entries = (entry("a", 0, bos="prepend"), entry("a", 10, "partial", n_scored=7))
    assert [leaf.detail for leaf in shelf.leaves(state)[:2]] == ["", "7"]
    state.n_texts, state.rule = 9, "tokenizer"
    found = shelf.leaves(state)
    assert found[0].caution
    assert found[1].detail == "7 of 9"
    assert spec.status(found[0]).words == "other BOS rule"
    assert "7 of 9 texts scored: not on the map" in spec.status(found[1]).tip
