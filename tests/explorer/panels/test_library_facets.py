"""The library's families, facets, many selected rows, menus of rows, named selections."""

from __future__ import annotations

import pytest
from PySide6.QtCore import QModelIndex, QPoint, QRectF, Qt
from PySide6.QtGui import QAction
from PySide6.QtTest import QAbstractItemModelTester
from PySide6.QtWidgets import QLineEdit, QMenu

from compute.core.tables import Entry
from explorer.panels.library import Library, facets, spec
from explorer.panels.library.chips import _Chip, _Span
from explorer.panels.library.delegate import HEIGHT, box_rect, face
from explorer.panels.library.groups import Group, runs_in, size_name, tree
from explorer.panels.library.menu import RowMenu
from explorer.panels.library.selections import _Line
from explorer.panels.parts import dress
from explorer.state.filter import FilterState
from explorer.state.library import LibraryState, layers_beside, leaves
from explorer.state.map import SelectionState
from explorer.state.query import Term, parse, text_of
from explorer.state.selection import choose, remember, select
from explorer.theme.tokens import DARK

RUNS = {"s-seed0": ("mini", 460_000), "s-seed1": ("mini", 460_000), "xs": ("mini", 280_000),
        "big": ("other", 10**9)}  # fmt: skip


def entries() -> tuple[Entry, ...]:
    return tuple(
        Entry(f"{run}/step{k}", f"{run} step {k}", family, run, k, n_params=n, status="done",
              size=run[:2].strip("-"), tags=("late",) if k > 20 else ())
        for run, (family, n) in RUNS.items()
        for k in (0, 10, 20, 30)
    )  # fmt: skip


@pytest.fixture
def library() -> LibraryState:
    return LibraryState(entries=entries())


@pytest.fixture
def selection() -> SelectionState:
    return SelectionState()


@pytest.fixture
def filtered() -> FilterState:
    return FilterState()


@pytest.fixture
def panel(qtbot, library, selection, filtered):
    made = Library(library, selection, filtered)
    qtbot.addWidget(made)
    dress(made, DARK)
    made.resize(272, 760)
    tester = QAbstractItemModelTester(
        made.tree.rows, QAbstractItemModelTester.FailureReportingMode.Warning
    )
    made.show()
    yield made
    made.close()
    del tester


def index_of(panel: Library, *path: int) -> QModelIndex:
    index = QModelIndex()
    for row in path:
        index = panel.tree.rows.index(row, 0, index)
    return index


def shape(panel: Library, index: QModelIndex | None = None) -> list[object]:
    rows, index = panel.tree.rows, index or QModelIndex()
    found = []
    for i in range(rows.rowCount(index)):
        child = rows.index(i, 0, index)
        found.append((rows.data(child), shape(panel, child)) if rows.rowCount(child) else
                     rows.data(child))  # fmt: skip
    return found


def press(qtbot, panel: Library, index: QModelIndex, x: float = 150, *more) -> None:
    rect = panel.tree.visualRect(index)
    at = QPoint(round(x), rect.center().y())
    qtbot.mouseClick(panel.tree.viewport(), Qt.MouseButton.LeftButton, *more, pos=at)


STEPS = ["step 0", "step 10", "step 20", "step 30"]
S0, S1, XS = (0, 1, 0), (0, 1, 1), (0, 0, 0)
"""Paths of runs: family mini, its sizes, their runs. The other family has one size: no level."""


def test_that_families_sizes_and_runs_are_levels_where_they_say_something(panel) -> None:
    mini = [
        ("xs · 0.28M", [("xs", STEPS)]),
        ("s · 0.46M", [("s-seed0", STEPS), ("s-seed1", STEPS)]),
    ]
    assert shape(panel) == [("mini", mini), ("other", [("big", STEPS)])]
    assert panel.tree.isExpanded(index_of(panel, 0, 1))
    assert not panel.tree.isExpanded(index_of(panel, *S0))
    assert size_name(70_000_000, "70m") == "70M"
    assert size_name(-1, "") == "size unknown"


def test_that_a_box_is_tristate_at_every_level(panel, library, qtbot) -> None:
    rows = panel.tree.rows
    family = index_of(panel, 0)
    press(qtbot, panel, index_of(panel, 0, 1), box_rect(QRectF(0, 0, 272, HEIGHT), 1).center().x())
    panel.refresh()
    assert {k.partition("/")[0] for k in library.unticked} == {"s-seed0", "s-seed1"}
    ticks = [rows.ticked(index_of(panel, *p)) for p in ((0,), (0, 0), (0, 1), S0)]
    assert ticks == [spec.SOME, spec.ALL, spec.NONE, spec.NONE]
    press(qtbot, panel, family, box_rect(QRectF(0, 0, 272, HEIGHT), 0).center().x())
    assert not library.unticked


def test_that_groups_stay_the_same_rows_when_one_entry_changes(panel, library) -> None:
    before = panel.tree.rows.row_at(index_of(panel, 1))
    inserted = []
    panel.tree.rows.rowsInserted.connect(lambda *_: inserted.append(1))
    library.entries = (library.entries[0].with_(status="partial"), *library.entries[1:])
    panel.refresh()
    assert panel.tree.rows.row_at(index_of(panel, 1)) is before
    assert not inserted
    library.entries = (*library.entries, Entry("n/step1", "n step 1", "new", "n", 1))
    panel.refresh()
    assert isinstance(panel.tree.rows.row_at(index_of(panel, 1)), Group)
    assert shape(panel)[1] == ("new", [("n", ["step 1"])])


def test_that_clicks_with_modifiers_select_many(panel, selection, qtbot) -> None:
    panel.tree.expand(index_of(panel, *S0))
    press(qtbot, panel, index_of(panel, *S0, 1))
    assert selection.chosen == {"s-seed0/step10"}
    press(qtbot, panel, index_of(panel, *S0, 3), 150, Qt.KeyboardModifier.ShiftModifier)
    assert selection.chosen == {f"s-seed0/step{k}" for k in (10, 20, 30)}
    press(qtbot, panel, index_of(panel, *S0, 2), 150, Qt.KeyboardModifier.ControlModifier)
    press(qtbot, panel, index_of(panel, *XS), 150, Qt.KeyboardModifier.ControlModifier)
    assert selection.chosen == {"s-seed0/step10", "s-seed0/step30"} | {
        f"xs/step{k}" for k in (0, 10, 20, 30)
    }
    assert panel.tree.rows.is_chosen(index_of(panel, *XS))
    press(qtbot, panel, index_of(panel, 1))
    assert selection.chosen == {f"big/step{k}" for k in (0, 10, 20, 30)}
    assert selection.selected == "big/step30"


def test_that_a_selection_from_elsewhere_lights_rows_and_comes_in_sight(panel, selection) -> None:
    choose(selection, ["s-seed1/step20", "big/step0"])
    rows = panel.tree.rows
    assert rows.is_chosen(index_of(panel, *S1, 2))
    assert not rows.is_chosen(index_of(panel, *S1))
    assert panel.tree.isExpanded(index_of(panel, *S1))
    assert rows.data(panel.tree.currentIndex()) == "step 20"
    assert face(rows, index_of(panel, *S1, 2), opened=False).status is not None


def test_that_arrow_keys_select_and_enter_opens(panel, selection, qtbot) -> None:
    panel.tree.setCurrentIndex(index_of(panel, *S0))
    qtbot.keyClick(panel.tree, Qt.Key.Key_Return)
    qtbot.keyClick(panel.tree, Qt.Key.Key_Down)
    assert selection.chosen == {"s-seed0/step0"}
    qtbot.keyClick(panel.tree, Qt.Key.Key_Down, Qt.KeyboardModifier.ShiftModifier)
    assert selection.chosen == {"s-seed0/step0", "s-seed0/step10"}


def test_that_enter_in_the_search_selects_what_is_found(panel, selection, filtered, qtbot) -> None:
    qtbot.keyClicks(panel.search, "/seed[01] step 10$/")
    panel.refresh()
    assert panel.search._count.text() == "2 found"
    qtbot.keyClick(panel.search, Qt.Key.Key_Return)
    assert selection.chosen == {"s-seed0/step10", "s-seed1/step10"}
    filtered.query = "/(/"
    panel.refresh()
    assert "is not a regular expression" in panel._problem.text()
    assert not panel._problem.isHidden()


def test_that_a_facet_narrows_the_tree_and_its_chip_removes_it(panel, filtered, qtbot) -> None:
    assert [c.text() for c in chips(panel)] == ["family", "size", "step"]
    filtered.terms = (Term("step", "<=", "10"), Term("family", "=", "mini"))
    panel.refresh()
    assert shape(panel)[0][0] == "mini"
    assert len(shape(panel)) == 1
    on = [c for c in chips(panel) if c.property("role") == "chip-on"]
    assert [c.text() for c in on] == ["step ≤ 10", "family:mini"]
    qtbot.mouseClick(on[0], Qt.MouseButton.LeftButton)
    assert filtered.terms == (Term("family", "=", "mini"),)
    filtered.terms = (Term("step", ">", "900"),)
    panel.refresh()
    assert panel._card._words.text() == "No entry matches 'step > 900'."
    panel._card_command()
    assert filtered.terms == ()


def chips(panel: Library) -> list[_Chip]:
    return [c for c in panel.chips.findChildren(_Chip) if not c.isHidden()]


def test_that_ticking_values_in_a_facets_menu_makes_its_term(panel, filtered, qtbot) -> None:
    menu = panel.chips.menu("tag", panel)
    (late,) = [a for a in menu.actions() if a.data() == "late"]
    assert late.text() == "late\t4"
    late.trigger()
    assert filtered.terms == (Term("tag", "=", "late"),)
    late.trigger()
    assert filtered.terms == ()
    menu.deleteLater()


def test_that_a_range_is_typed_and_what_is_none_is_said(panel, filtered, qtbot) -> None:
    menu = panel.chips.menu("step", panel)
    span = menu.findChild(_Span)
    low, high = span.findChildren(QLineEdit)
    for typed, sentence in (("soon", "'soon' is not a number"), ("9,000", "is more than 20")):
        low.setText(typed)
        high.setText("20")
        qtbot.keyClick(high, Qt.Key.Key_Return)
        assert sentence in span._problem.text()
        assert filtered.terms == ()
    low.setText("")
    qtbot.keyClick(high, Qt.Key.Key_Return)
    assert filtered.terms == (Term("step", "<=", "20"),)
    menu.deleteLater()


@pytest.mark.parametrize("field", ["size", "step"])
def test_that_a_chip_of_numbers_is_understood_by_the_search(field) -> None:
    (low, high) = facets.with_span((), field, "460000", "1.2M")
    assert (low, high) == (Term(field, ">=", "460000"), Term(field, "<=", "1200000"))
    assert parse(text_of(low)).terms[0].value.replace(",", "") == "460000"
    assert facets.span(field, (low, high)) == ("460000", "1200000")
    assert facets.chip(low) == ("size ≥ 0.46M" if field == "size" else "step ≥ 460,000")


def test_that_the_funnel_lists_every_facet_with_a_choice(panel) -> None:
    menu = panel.chips.all_menus(panel)
    named = [a.text() for a in menu.actions() if a.menu() is not None]
    assert named == ["Family", "Size", "Step", "Tags"]
    menu.deleteLater()


def test_that_what_is_set_aside_says_so_in_its_row(panel, filtered) -> None:
    filtered.hidden = frozenset({"xs/step0"})
    filtered.greyed = frozenset(f"big/step{k}" for k in (0, 10, 20, 30))
    panel.refresh()
    rows = panel.tree.rows
    hidden = face(rows, index_of(panel, *XS, 0), opened=False)
    assert (hidden.token, hidden.status) == ("text3", spec.HIDDEN)
    assert face(rows, index_of(panel, *XS), opened=False).token == "text"
    assert face(rows, index_of(panel, 1), opened=False).token == "text3"
    assert face(rows, index_of(panel, 1, 0, 0), opened=False).status == spec.GREYED


def test_that_the_menu_of_a_row_is_about_the_row(panel, selection, filtered, library) -> None:
    panel._menu(index_of(panel, *S0, 1), QPoint(0, 0))
    menu = panel.findChild(RowMenu)
    named = {a.text(): a for a in menu.actions() if a.text()}
    named["Select run s-seed0"].trigger()
    assert len(selection.chosen) == 4
    named["Hide"].trigger()
    assert filtered.hidden == {"s-seed0/step10"}
    named["Show only this"].trigger()
    assert len(filtered.hidden) == len(library.entries) - 1
    menu.close()


def test_that_named_selections_are_recalled_renamed_and_deleted(panel, selection, qtbot) -> None:
    assert panel.selections.isHidden()
    choose(selection, ["xs/step0", "big/step0"])
    remember(selection, "first ones")
    select(selection, "")
    (line,) = panel.selections.findChildren(_Line)
    qtbot.keyClick(line, Qt.Key.Key_Return)
    assert selection.chosen == {"xs/step0", "big/step0"}
    assert line.property("on") == "true"
    qtbot.keyClick(line, Qt.Key.Key_F2)
    qtbot.keyClicks(line._edit, "the start")
    qtbot.keyClick(line._edit, Qt.Key.Key_Return)
    assert [n.name for n in selection.named] == ["the start"]
    qtbot.mouseClick(line._gone, Qt.MouseButton.LeftButton)
    assert selection.named == ()
    assert panel.selections.isHidden()


def test_that_the_panel_names_every_control(panel) -> None:
    for action in panel.findChildren(QAction):
        assert action.text() or action.isSeparator() or isinstance(action.parent(), QMenu)
    for chip in chips(panel):
        assert chip.accessibleName()
        assert chip.toolTip()


def test_that_the_layers_of_a_model_are_one_shut_row_below_it(qtbot, filtered) -> None:
    models = [Entry(f"m{k}", f"m{k}", "mini", status="done") for k in (1, 2)]
    layers = [
        Entry(f"m1/layer{k}", f"m1 layer {k}", "mini", layer=k, parent="m1", relation="layer-of",
              status="done")
        for k in range(12)
    ]  # fmt: skip
    library = LibraryState(entries=(*models, *layers))
    library.unticked = layers_beside(library.entries)
    made = Library(library, SelectionState(), filtered)
    qtbot.addWidget(made)
    dress(made, DARK)
    made.show()
    rows = made.tree.rows
    family = rows.index(0, 0)
    names = [rows.data(rows.index(k, 0, family)) for k in range(rows.rowCount(family))]
    assert names == ["m1", "Layers", "m2"]
    group = rows.index(1, 0, family)
    assert rows.row_at(group).count == "12 layers"
    assert rows.row_at(group).ticked == spec.NONE
    assert made.tree.isExpanded(family)
    assert not made.tree.isExpanded(group)
    assert rows.rowCount(group) == 12
    assert [rows.data(rows.index(k, 0, group)) for k in (1, 2, 10)] == [
        "m1 layer 1", "m1 layer 2", "m1 layer 10",
    ]  # fmt: skip
    made.close()


def variant(name: str, parent: str, relation: str = "fine-tune-of", **more: object) -> Entry:
    return Entry(name, name, "mini-tuned", parent=parent, relation=relation, status="done", **more)


def names_below(rows, index) -> list[str]:
    return [rows.data(rows.index(k, 0, index)) for k in range(rows.rowCount(index))]


def test_that_variants_of_a_model_are_one_shut_row_below_it(qtbot, filtered) -> None:
    run = [Entry(f"a/step{k}", f"a step {k}", "mini", "a", k, status="done") for k in (1, 2)]
    entries = (
        *run, Entry("b", "b", "mini", status="done"),
        variant("a-docs", "a/step2"), variant("a-docs-law", "a-docs"),
        variant("a nf4", "a/step2", "quantized-from"), variant("b lora", "b", "adapter-on"),
        variant("far", "not-here"),
    )  # fmt: skip
    made = Library(LibraryState(entries=entries), SelectionState(), filtered)
    qtbot.addWidget(made)
    dress(made, DARK)
    made.show()
    rows = made.tree.rows
    top = rows.index(0, 0)
    assert names_below(rows, top) == ["a", "Variants", "b", "b lora"]
    assert rows.row_at(top).count == "2 runs"
    group = rows.index(1, 0, top)
    assert rows.row_at(group).count == "3 variants"
    assert "Variants of a: 3 variants" in rows.data(group, Qt.ItemDataRole.ToolTipRole)
    assert names_below(rows, group) == ["a nf4", "a-docs", "a-docs-law"]
    assert not made.tree.isExpanded(group)
    assert names_below(rows, rows.index(1, 0)) == ["far"]
    made.close()


def test_that_declared_parents_that_go_round_in_a_circle_lose_no_row() -> None:
    entries = (variant("a", "b"), variant("b", "a"), variant("c", "c"), variant("d", "b"))
    found = tree(spec.rows(leaves(LibraryState(entries=entries)), spec.Seen(), {}))
    assert sorted(row.run for row in runs_in(found)) == ["a", "b", "c", "d"]


def test_that_layers_alone_are_all_ticked() -> None:
    layers = tuple(Entry(f"l{k}", layer=k) for k in range(3))
    assert layers_beside(layers) == frozenset()
    assert layers_beside((*layers, Entry("m"))) == {"l0", "l1", "l2"}
