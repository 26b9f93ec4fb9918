"""The inspector: what it says about an entry, and what a press on a neighbour does."""

from __future__ import annotations

import math
from dataclasses import replace

import pytest
from PySide6.QtCore import Qt
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import QLabel

from compute.core.numbers import THIN
from compute.core.tables import Entry
from explorer.panels.inspector import Inspector, spec
from explorer.panels.inspector.near import NearRow
from explorer.panels.parts import IconButton, dress
from explorer.state.library import LibraryState
from explorer.state.map import InspectorModel, Neighbour, SelectionState
from explorer.theme.tokens import THEMES

ENTRY = Entry(
    "a/step850", "a step 850", run="a", step=850, tokens_seen=1_740_800, n_params=460_000,
    digest="9f3c61ab07e2" + "0" * 52, dtype="float32", bos="tokenizer", device="cpu",
    status="done",
)  # fmt: skip
OTHER = ENTRY.with_(id="b/step850", run="b", label="b step 850")
NEAR = Neighbour("b/step850", "b step 850", "b", 850, 0.129, 0.012)


def model(entry: Entry = ENTRY, *, provisional: bool = False) -> InspectorModel:
    return InspectorModel(entry, 1.7541, 128, "clip2", provisional, (NEAR,), (NEAR,))


@pytest.fixture
def selection() -> SelectionState:
    return SelectionState()


@pytest.fixture
def panel(qtbot, selection):
    made = Inspector(LibraryState(entries=(ENTRY, OTHER)), selection)
    qtbot.addWidget(made)
    dress(made, THEMES["dark"])
    made.resize(320, 740)
    made.show()
    yield made
    made.close()


def seen(panel: Inspector) -> str:
    """All the words that can be seen."""
    return " | ".join(w.text() for w in panel.findChildren(QLabel) if w.isVisible())


def rows(panel: Inspector) -> list[NearRow]:
    return [row for row in panel.findChildren(NearRow) if not row.isHidden()]


def test_that_it_says_what_to_do_while_nothing_is_selected(panel) -> None:
    before = seen(panel)
    assert "select" in before.lower()
    panel.show_model(model())
    assert "N = 128 texts" in seen(panel)
    panel.show_model(None)
    assert seen(panel) == before


def test_that_a_model_is_shown_with_all_its_facts(panel) -> None:
    panel.show_model(model())
    words = seen(panel)
    for fact in (
        "a, step 850", "Checkpoint of a 0.46M-parameter model.", "1,740,800", "1.754 bits/byte",
        "float32, CPU, BOS by tokenizer", "9f3c 61ab 07e2", "N = 128 texts",
    ):  # fmt: skip
        assert fact in words


def test_that_a_provisional_clip_value_is_said(panel) -> None:
    panel.show_model(model())
    assert "provisional" not in seen(panel).lower()
    panel.show_model(model(provisional=True))
    assert "provisional" in seen(panel).lower()


def test_that_neighbours_read_as_value_and_standard_error(panel) -> None:
    panel.show_model(model())
    (row,) = rows(panel)
    assert f"0.129{THIN}±{THIN}0.012" in row.accessibleName()
    for part in ("½ Var", "N = 128 texts", "clip2"):
        assert part in row.toolTip()


def test_that_a_click_on_a_neighbour_selects_it(panel, qtbot, selection) -> None:
    panel.show_model(model())
    qtbot.wait(30)  # laid out
    qtbot.mouseClick(rows(panel)[0], Qt.MouseButton.LeftButton)
    assert selection.selected == NEAR.id


def test_that_rows_are_used_again(panel) -> None:
    panel.show_model(model())
    before = rows(panel)
    panel.show_model(model(OTHER))
    assert rows(panel) == before
    assert "b, step 850" in seen(panel)


def test_that_clearing_the_selection_empties_it(panel, selection) -> None:
    selection.selected = ENTRY.id
    panel.show_model(model())
    selection.selected = ""
    assert "Nearest" not in seen(panel)


def test_that_the_digest_is_copied_whole(panel, qtbot) -> None:
    panel.show_model(model())
    qtbot.wait(30)
    copy = next(b for b in panel.findChildren(IconButton) if "digest" in b.accessibleName())
    qtbot.mouseClick(copy, Qt.MouseButton.LeftButton)
    assert QGuiApplication.clipboard().text() == ENTRY.digest


def test_that_it_paints_in_every_theme_at_its_least_width(panel) -> None:
    panel.resize(280, 500)
    panel.show_model(model(ENTRY.with_(noise_floor=1e-12), provisional=True))
    pictures = []
    for tokens in THEMES.values():
        dress(panel, tokens)
        pictures.append(panel.grab().toImage())
    assert pictures[0] != pictures[1] != pictures[2]


def test_that_a_closed_panel_hears_nothing_more(panel, selection) -> None:
    selection.selected = ENTRY.id
    panel.show_model(model())
    panel.close()
    selection.selected = ""
    assert panel.asked == ENTRY.id


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({}, "Checkpoint of a 0.46M-parameter model."),
        ({"n_params": 8_000_000}, "Checkpoint of an 8M-parameter model."),
        ({"n_params": 1_400_000_000}, "Checkpoint of a 1.4B-parameter model."),
        ({"n_params": -1}, ""),
    ],
)
def test_that_the_sentence_says_only_what_is_known(changes, words: str) -> None:
    assert spec.sentence(ENTRY.with_(**changes)) == words


def test_that_unknown_facts_are_left_out() -> None:
    assert spec.facts(InspectorModel(Entry("x"), math.nan, 10, "raw", False)) == ()
    assert spec.title(Entry("x", "gpt2")) == "gpt2"
    assert spec.short_digest("abcdef") == "abcd ef"


def test_that_old_values_turn_faint_until_the_next_entry_is_computed(
    panel, selection, qtbot
) -> None:
    panel.show_model(model())
    selection.selected = ENTRY.id
    selection.selected = OTHER.id
    assert not panel._stale
    qtbot.waitUntil(lambda: panel._stale, timeout=1000)
    panel.show_model(model(OTHER))
    assert not panel._stale


def test_that_numbers_over_the_first_texts_say_so_and_that_errors_are_common(panel) -> None:
    panel.show_model(
        replace(model(provisional=True), sample="first 128 of 2,000 texts", n_total=2000)
    )
    words = seen(panel)
    assert "N = 128 of 2,000 texts" in words
    assert "These errors are common to all pairs." in words
    assert "Provisional: over the first 128 of 2,000 texts until scoring ends." in words
    assert "errors are common to all pairs" in rows(panel)[0].toolTip()
    panel.show_model(model())
    assert "common" not in seen(panel)


def test_that_a_failed_entry_says_why(panel) -> None:
    failed = ENTRY.with_(status="failed", error="The weights file is cut short.")
    panel.show_model(InspectorModel(failed, math.nan, 0, "clip2", False))
    assert "The weights file is cut short." in seen(panel)
    assert "Nearest" not in seen(panel)
    panel.show_model(model())
    assert "cut short" not in seen(panel)


def test_that_the_way_an_entry_was_scored_is_said() -> None:
    entry = ENTRY.with_(
        bos="prepend", noise_floor=0.0123, n_scored=1990, tags=("long-texts-windowed",)
    )
    shown = InspectorModel(entry, 1.0, 1990, "raw", False, n_total=2000, rule="tokenizer")
    facts = dict(spec.facts(shown))
    assert facts["Scored as"] == "float32, CPU, BOS prepended"
    assert facts["Texts"] == "1,990 of 2,000 scored"
    assert facts["Noise floor"] == "0.012 bits/byte"
    assert "another BOS rule (prepend)" in spec.caution(shown)
    assert "in windows" in spec.caution(shown)
    assert spec.caution(model()) == ""
