"""How the map is drawn: state to view and view to state."""

from __future__ import annotations

import pytest
from PySide6.QtWidgets import QCheckBox

from compute.core.tables import Entry
from explorer.panels.display import Display, spec
from explorer.panels.parts import dress
from explorer.state.library import LibraryState
from explorer.state.map import Colour, MapState
from explorer.theme.tokens import DARK

ENTRIES = (
    Entry("a", "one", family="x", run="r", step=1, n_params=10, tags=("lr=0.1",), status="done"),
    Entry("b", "two", family="y", run="r", step=2, n_params=20, tags=("lr=0.2",), status="done"),
)


@pytest.fixture
def state() -> MapState:
    return MapState()


@pytest.fixture
def panel(qtbot, state):
    library = LibraryState(entries=ENTRIES)
    made = Display(state, library)
    qtbot.addWidget(made)
    dress(made, DARK)
    made.show()
    yield made
    made.close()


def test_that_everything_known_of_the_entries_can_be_coloured_by(panel) -> None:
    keys = list(panel._colour._options)
    assert keys == ["run", "family", "step", "size", "bits", "trust", "tag:lr"]


def test_that_a_colour_is_chosen_and_shown(panel, state) -> None:
    state.colour = Colour("run", "linear", "tol:bright")
    panel._colour.chosen.emit("step")
    assert state.colour == Colour("step")
    assert panel._colour.text() == "step"
    assert not panel._fade.isEnabled()
    assert panel._popover._scale.isEnabled()
    panel._popover._scale.chosen.emit("log")
    panel._popover._palette.chosen.emit("bids:viridis")
    assert state.colour == Colour("step", "log", "bids:viridis")


def test_that_names_have_palettes_and_no_scale(panel, state) -> None:
    assert not panel._popover._scale.isEnabled()
    panel._popover._palette.chosen.emit("okabeito:okabeito")
    assert state.colour.palette == "okabeito:okabeito"


@pytest.mark.parametrize("row", spec.ROWS, ids=lambda row: row.field)
def test_that_every_row_sets_its_field_and_shows_it(panel, state, row) -> None:
    choice = panel._popover._rows[row.field]
    for value, words in row.words.items():
        choice.chosen.emit(str(value))
        assert getattr(state, row.field) == value
        assert choice.text() == words


@pytest.mark.parametrize("switch", spec.SWITCHES, ids=lambda switch: switch.field)
def test_that_every_switch_sets_its_field_and_shows_it(panel, state, switch) -> None:
    box: QCheckBox = panel._popover._switches[switch.field]
    before = getattr(state, switch.field)
    box.click()
    assert getattr(state, switch.field) is not before
    setattr(state, switch.field, before)
    assert box.isChecked() is before


def test_that_a_choice_no_entry_offers_any_more_keeps_its_name(panel, state) -> None:
    state.colour = Colour("tag:gone")
    assert panel._colour.text() == "gone"


def test_that_the_popover_opens_inside_the_screen(panel, qtbot) -> None:
    panel.open()
    popover = panel._popover
    assert popover.isVisible()
    assert popover.screen().availableGeometry().contains(popover.frameGeometry())
    popover.close()
