from __future__ import annotations

from collections.abc import Iterator

import pytest
from PySide6.QtCore import QPoint, Qt

from compute.core.tables import Checkpoint, Entry, Listing
from explorer.panels.library_delegate import BOX, LEAF_BOX, MARK, RUN_BOX, columns
from explorer.panels.library_model import Reading, Slot, runs_of, status_of, stretches, strip_of
from explorer.panels.library_panel import LibraryPanel
from explorer.state.library import Leaf, LibraryState
from explorer.state.map import SelectionState
from explorer.theme.tokens import DARK, LIGHT

CHECKED, PARTLY, UNCHECKED = (
    Qt.CheckState.Checked,
    Qt.CheckState.PartiallyChecked,
    Qt.CheckState.Unchecked,
)
_SCORED = (("a", 0), ("a", 100), ("a", 200), ("a", 300), ("b", 0), ("b", 100))


def entry(run: str, step: int) -> Entry:
    return Entry(f"{run}-{step}", f"{run} step {step}", run=run, step=step, status="done")


def checkpoint(run: str, step: int, **more: str) -> Checkpoint:
    return Checkpoint(f"/{run}/{step}", f"{run} step {step}", run=run, step=step, **more)


def two_runs() -> LibraryState:
    """Run a: 4 scored. Run b: 2 scored, 2 not."""
    both = tuple(checkpoint(run, step) for run in "ab" for step in range(0, 400, 100))
    scored = tuple(entry(run, step) for run, step in _SCORED)
    return LibraryState(listings=(Listing("/runs", "runs", both),), entries=scored)


class Bench:
    """A panel with its state, and what it asked for."""

    def __init__(self, qtbot, library: LibraryState) -> None:
        self.qtbot, self.library, self.selection = qtbot, library, SelectionState()
        self.panel = LibraryPanel(library, self.selection, DARK)
        self.asked: list[tuple[str, object]] = []
        self.panel.command.connect(lambda *said: self.asked.append(said))
        self.panel.resize(272, 600)
        self.panel.show()
        self.model, self.tree = self.panel.model, self.panel.tree

    def at(self, run: int, leaf: int | None = None):
        top = self.model.index(run, 0)
        return top if leaf is None else self.model.index(leaf, 0, top)

    def check(self, run: int, leaf: int | None = None) -> Qt.CheckState:
        return self.at(run, leaf).data(Qt.ItemDataRole.CheckStateRole)

    def click(self, index, x: float, button: Qt.MouseButton = Qt.MouseButton.LeftButton) -> None:
        where = QPoint(round(x), self.tree.visualRect(index).center().y())
        self.qtbot.mouseClick(self.tree.viewport(), button, pos=where)


@pytest.fixture
def bench(qtbot) -> Iterator[Bench]:
    made = Bench(qtbot, two_runs())
    yield made
    made.panel.close()
    made.panel.deleteLater()


@pytest.fixture
def empty(qtbot) -> Iterator[Bench]:
    made = Bench(qtbot, LibraryState())
    yield made
    made.panel.close()
    made.panel.deleteLater()


# -- pure


def leaf(status: str, fraction: float = 0.0, step: int = 1) -> Leaf:
    return Leaf(f"k{step}", "r", f"r {step}", step, status, fraction=fraction)


def test_that_a_strip_has_a_slot_for_each_leaf_until_there_is_no_room() -> None:
    assert strip_of([leaf("done"), leaf("not scored")], 30) == (Slot("done", 1.0), Slot("empty"))
    assert len(strip_of([leaf("done")] * 59, 30)) == 30


def test_that_a_slot_tells_failed_duplicate_and_scoring_apart() -> None:
    row = [leaf("failed"), leaf("duplicate"), leaf("scoring", 0.25), leaf("done")]
    assert [slot.kind for slot in strip_of(row, 4)] == ["failed", "duplicate", "scoring", "done"]
    assert strip_of([leaf("scoring", 0.5), leaf("done")], 1) == (Slot("scoring", 0.75),)


def test_that_an_unknown_run_gets_a_circle_without_a_colour() -> None:
    (run,) = runs_of([leaf("not scored")], "", {})
    assert (run.mark.colour, run.mark.shape) == (-1, "circle")


def test_that_every_status_has_a_word() -> None:
    words = {s: status_of(leaf(s, 0.37)).words for s in ("done", "failed", "queued", "duplicate")}
    assert words == {s: s for s in words}
    assert status_of(leaf("scoring", 0.37)).words == "37\u2009%"


def test_that_a_run_that_did_not_change_is_kept() -> None:
    state, reading = two_runs(), Reading()
    reading.read(state)
    before = runs_of(reading.leaves, "", reading.marks)
    state.progress = {"path:/b/200": 0.1}
    reading.read(state)
    after = runs_of(reading.leaves, "", reading.marks, before)
    assert after[0] is before[0]
    assert after[1] != before[1]


def test_that_moving_fractions_reads_as_a_full_reading_does() -> None:
    state, moving, fresh = two_runs(), Reading(), Reading()
    for fraction in (0.1, 0.6):
        state.progress = {"path:/b/200": fraction}
        moving.read(state)
    fresh.read(state)
    assert moving.leaves == fresh.leaves
    assert moving.n_to_score == fresh.n_to_score == 1


def test_that_long_names_shorten_the_strip_first() -> None:
    assert columns(272, 40, 20).strip == 90
    assert 42 <= columns(272, 90, 20).strip < 90
    assert columns(272, 400, 20).strip == 42


def test_that_neighbouring_rows_are_told_together() -> None:
    assert stretches([0, 1, 2, 7]) == [(0, 2), (7, 7)]


# -- state to view


def test_that_runs_are_rows_and_leaves_their_children(bench: Bench) -> None:
    assert [bench.at(i).data() for i in range(bench.model.rowCount())] == ["a", "b"]
    assert bench.model.rowCount(bench.at(1)) == 4
    assert bench.at(1, 2).data() == "step 200"


def test_that_progress_repaints_one_leaf_and_its_run(bench: Bench) -> None:
    bench.library.progress = {"path:/b/200": 0.1}
    bench.panel.refresh()
    told, resets = [], []
    bench.model.dataChanged.connect(lambda a, b: told.append((a.data(), b.data())))
    bench.model.modelReset.connect(lambda: resets.append(1))
    bench.library.progress = {"path:/b/200": 0.5}
    bench.panel.refresh()
    assert told == [("b", "b"), ("step 200", "step 200")]
    assert not resets


def test_that_a_leaf_that_becomes_an_entry_resets_nothing(bench: Bench) -> None:
    resets: list[int] = []
    bench.model.modelReset.connect(lambda: resets.append(1))
    bench.library.entries = (*bench.library.entries, entry("b", 200))
    bench.qtbot.waitUntil(lambda: bench.model.leaf_at(bench.at(1, 2)).status == "done")
    assert not resets


def test_that_new_rows_keep_what_was_open_and_where_it_was_scrolled(bench: Bench) -> None:
    many = tuple(checkpoint("c", step) for step in range(80))
    bench.library.listings = (*bench.library.listings, Listing("/more", "more", many))
    bench.panel.refresh()
    bench.tree.expand(bench.at(2))
    bench.tree.verticalScrollBar().setValue(300)
    bench.library.listings = (
        *bench.library.listings[:1],
        Listing("/more", "more", (*many, checkpoint("c", 99))),
    )
    bench.panel.refresh()
    assert bench.tree.isExpanded(bench.at(2))
    assert not bench.tree.isExpanded(bench.at(0))
    assert bench.tree.verticalScrollBar().value() == 300


def test_that_a_selection_from_elsewhere_opens_its_run(bench: Bench) -> None:
    bench.selection.selected = "b-100"
    assert bench.tree.isExpanded(bench.at(1))
    assert bench.tree.rows.selected == "b-100"
    assert bench.tree.viewport().rect().contains(bench.tree.visualRect(bench.at(1, 1)))


def test_that_a_selection_waits_for_its_row(bench: Bench) -> None:
    bench.selection.selected = "b-200"
    bench.library.entries = (*bench.library.entries, entry("b", 200))
    bench.panel.refresh()
    assert bench.tree.isExpanded(bench.at(1))


def test_that_some_ticks_are_a_half_tick(bench: Bench) -> None:
    bench.library.unticked = frozenset({"a-0"})
    bench.panel.refresh()
    assert (bench.check(0), bench.check(0, 0), bench.check(0, 1)) == (PARTLY, UNCHECKED, CHECKED)


def test_that_the_reason_of_a_failure_is_in_the_tooltip(bench: Bench) -> None:
    bad = checkpoint("z", 0, problem="Weights are a .bin file.")
    bench.library.listings = (Listing("/z", "z", (bad,)),)
    bench.panel.refresh()
    index = bench.model.find("path:/z/0")
    assert "Weights are a .bin file." in index.data(Qt.ItemDataRole.ToolTipRole)


def test_that_the_score_button_counts_what_is_ticked_and_not_scored(bench: Bench) -> None:
    assert bench.panel.score_button.text() == "Score 2..."
    bench.library.unticked = frozenset({"path:/b/200", "path:/b/300"})
    bench.panel.refresh()
    assert not bench.panel.score_button.isVisible()


def test_that_an_empty_library_offers_the_example(empty: Bench) -> None:
    assert empty.panel.empty.isVisible()
    empty.panel.empty.link.click()
    empty.panel.add_button.click()
    assert empty.asked == [("project.example", None), ("library.add", None)]


def test_that_looking_into_a_folder_is_said(empty: Bench) -> None:
    empty.library.looking_into = "/data/runs"
    empty.panel.refresh()
    assert empty.panel.looking.isVisible()
    assert empty.panel.looking.words.text() == "Looking into runs..."
    assert not empty.panel.empty.isVisible()
    empty.library.looking_into = ""
    empty.panel.refresh()
    assert empty.panel.empty.isVisible()


def test_that_a_filter_that_hides_all_can_be_cleared(bench: Bench) -> None:
    bench.library.query = "nothing like this"
    bench.panel.refresh()
    assert bench.panel.no_match.isVisible()
    bench.panel.no_match.link.click()
    assert bench.library.query == ""


def test_that_the_search_opens_runs_with_some_matches_and_closes_them_again(bench: Bench) -> None:
    bench.library.query = "step 300"
    bench.panel.refresh()
    assert bench.model.rowCount(bench.at(0)) == 1
    assert bench.tree.isExpanded(bench.at(0))
    bench.library.query = ""
    bench.panel.refresh()
    assert not bench.tree.isExpanded(bench.at(0))


def test_that_a_closed_panel_hears_nothing(bench: Bench) -> None:
    bench.panel.close()
    bench.library.query = "a"
    bench.selection.selected = "b-100"
    assert bench.tree.rows.selected == ""
    assert not bench.library.events.query._slots


# -- view to state


def test_that_a_click_on_a_scored_leaf_selects_its_entry(bench: Bench) -> None:
    bench.tree.expand(bench.at(1))
    bench.click(bench.at(1, 1), 110)
    assert bench.selection.selected == "b-100"
    bench.click(bench.at(1, 2), 110)
    assert bench.selection.selected == "b-100"


def test_that_a_box_flips_one_leaf(bench: Bench) -> None:
    bench.tree.expand(bench.at(0))
    bench.click(bench.at(0, 1), LEAF_BOX + BOX / 2)
    assert bench.library.unticked == {"a-100"}
    assert bench.selection.selected == ""


def test_that_the_box_of_a_run_flips_all_its_leaves(bench: Bench) -> None:
    bench.library.unticked = frozenset({"b-0"})
    bench.panel.refresh()
    bench.click(bench.at(1), RUN_BOX + BOX / 2)
    assert bench.library.unticked == frozenset()
    bench.panel.refresh()
    bench.click(bench.at(1), RUN_BOX + BOX / 2)
    assert bench.library.unticked == {"b-0", "b-100", "path:/b/200", "path:/b/300"}


def test_that_the_caret_opens_and_closes(bench: Bench) -> None:
    bench.click(bench.at(0), 12)
    assert bench.tree.isExpanded(bench.at(0))
    bench.click(bench.at(0), 12)
    assert not bench.tree.isExpanded(bench.at(0))


def test_that_space_flips_and_arrows_select(bench: Bench) -> None:
    bench.tree.expand(bench.at(0))
    bench.click(bench.at(0), MARK)
    bench.qtbot.keyClick(bench.tree, Qt.Key.Key_Down)
    assert bench.selection.selected == "a-0"
    bench.qtbot.keyClick(bench.tree, Qt.Key.Key_Space)
    assert bench.library.unticked == {"a-0"}


def test_that_typing_sets_the_query_and_escape_clears_it(bench: Bench) -> None:
    bench.qtbot.keyClicks(bench.panel.search, "300")
    assert bench.library.query == "300"
    bench.qtbot.keyClick(bench.panel.search, Qt.Key.Key_Escape)
    assert bench.library.query == ""


def test_that_the_menu_ticks_one_run_alone_and_removes_its_source(bench: Bench) -> None:
    menu = bench.panel.menu_of(bench.at(0))
    actions = {action.text(): action for action in menu.actions() if action.text()}
    actions["Tick only this run"].trigger()
    assert bench.library.unticked == {"b-0", "b-100", "path:/b/200", "path:/b/300"}
    actions["Remove runs"].trigger()
    assert bench.asked == [("library.remove-source", "/runs")]


def test_that_the_menu_of_a_scored_leaf_selects_it(bench: Bench) -> None:
    menu = bench.panel.menu_of(bench.at(0, 3))
    menu.actions()[0].trigger()
    assert bench.selection.selected == "a-300"


def test_that_it_can_be_painted_in_another_theme(bench: Bench) -> None:
    bench.tree.expand(bench.at(1))
    dark = bench.panel.grab().toImage()
    bench.panel.set_tokens(LIGHT)
    assert bench.panel.grab().toImage() != dark
