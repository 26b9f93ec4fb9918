"""The inspector: what it says about an entry, and what a press on a neighbour does."""

from __future__ import annotations

import math
from dataclasses import replace

import pytest
from PySide6.QtCore import QEvent, Qt
from PySide6.QtGui import QFocusEvent, QGuiApplication
from PySide6.QtWidgets import QLabel

from compute.core.numbers import THIN
from compute.core.tables import Entry
from explorer.panels.inspector import Inspector, spec
from explorer.panels.inspector.near import NearRow
from explorer.panels.parts import IconButton, PushButton, dress
from explorer.state.library import LibraryState
from explorer.state.many import Many, Pairs, sentence
from explorer.state.map import InspectorModel, Neighbour, SelectionState
from explorer.state.selection import choose, select
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


# ---------------------------------------------------------------- edits


def asked(panel: Inspector) -> list[tuple[str, object]]:
    found: list[tuple[str, object]] = []
    panel.command.connect(lambda command, argument: found.append((command, argument)))
    return found


def test_that_a_fact_is_changed_in_its_place(panel, qtbot) -> None:
    panel.show_model(model())
    commands, field = asked(panel), panel._card.fields["tokens_seen"]
    qtbot.keyClick(field._words, Qt.Key.Key_F2)
    assert field._edit.text() == "1,740,800"
    field._edit.setText("1.8M")
    qtbot.keyClick(field._edit, Qt.Key.Key_Return)
    assert commands == [("entry.edit", (ENTRY.id, {"tokens_seen": 1_800_000}))]
    assert not field.is_open


def test_that_bad_input_is_said_and_stays_open_until_esc(panel, qtbot) -> None:
    panel.show_model(model())
    commands, field = asked(panel), panel._card.fields["step"]
    qtbot.keyClick(field._words, Qt.Key.Key_Return)
    field._edit.setText("late")
    qtbot.keyClick(field._edit, Qt.Key.Key_Return)
    assert field.is_open
    assert "'late' is not a whole number" in seen(panel)
    qtbot.keyClick(field._edit, Qt.Key.Key_Escape)
    assert not field.is_open
    assert "'late'" not in seen(panel)
    assert commands == []


def test_that_going_elsewhere_keeps_what_was_typed_and_esc_does_not(panel, qtbot) -> None:
    panel.show_model(model())
    commands, field = asked(panel), panel._card.fields["family"]
    for escaped in (True, False):
        panel.edit("family")
        field._edit.setText("llama")
        if escaped:
            qtbot.keyClick(field._edit, Qt.Key.Key_Escape)
        QGuiApplication.sendEvent(field._edit, QFocusEvent(QEvent.Type.FocusOut))
    assert commands == [("entry.edit", (ENTRY.id, {"family": "llama"}))]


def test_that_another_entry_closes_what_was_being_typed(panel, qtbot) -> None:
    panel.show_model(model())
    commands, field = asked(panel), panel._card.fields["label"]
    panel.edit("label")
    field._edit.setText("half a na")
    panel.show_model(model(OTHER))
    assert not field.is_open
    assert commands == []
    assert "b step 850" in seen(panel)


# ---------------------------------------------------------------- many


RUN = tuple(
    ENTRY.with_(id=f"{run}/step{k}", label=f"{run} step {k}", run=run, step=k)
    for run in "ab"
    for k in (850, 900, 950)
)


@pytest.fixture
def many(qtbot):
    """(panel, selection) with six entries of two runs selected."""
    selection = SelectionState()
    made = Inspector(LibraryState(entries=RUN), selection)
    qtbot.addWidget(made)
    dress(made, THEMES["light"])
    made.resize(320, 740)
    made.show()
    choose(selection, [e.id for e in RUN])
    yield made, selection
    made.close()


def test_that_many_entries_are_shown_by_run_at_once(many) -> None:
    panel, selection = many
    words = seen(panel)
    assert "6 entries selected" in words
    assert f"3 steps, 850{THIN}–{THIN}950" in words
    assert "Nearest" not in words
    choose(selection, [RUN[0].id, RUN[4].id])
    assert "step 850 | b | step 900" in seen(panel)
    select(selection, "")
    assert "Select a model" in seen(panel)


def test_that_the_pairs_inside_stand_on_the_ladder_with_a_sentence(many) -> None:
    panel, selection = many
    pairs = (Pairs("two runs", 1.2, 1.1, 1.3, 9), Pairs("same run", 0.12, 0.1, 0.2, 6))
    found = Many(selection.chosen, 6, pairs, 6, n_texts=128, recipe="clip2")
    panel.show_many(found)
    assert "Medians over 15 pairs; bars are quartiles." in seen(panel)
    assert "Two runs are 10 times as far apart as steps of one run." in seen(panel)
    places = panel._many._ladder.layout_now().places
    assert [(p.name, p.token) for p in places] == [("two runs", "text"), ("same run", "accent")]
    assert "N = 128 texts, recipe clip2" in panel._many._words.toolTip()
    panel.show_many(replace(found, ids=frozenset({"x"}), pairs=()))
    assert "Medians over 15 pairs" in seen(panel)  # not of what is selected


def test_that_the_sentence_names_what_is_left_out() -> None:
    one = (Pairs("same run", 0.5, 0.4, 0.6, 3),)
    assert "1 without distances is left out." in sentence(Many(frozenset("abcd"), 4, one, 3))
    assert "3 pairs of 1,000 entries, evenly chosen" in sentence(
        Many(frozenset(), 5000, one, 1000, thinned=True)
    )
    assert sentence(Many(frozenset(), 2)) == "No two of these have distances to each other."


def test_that_the_buttons_of_many_send_commands(many, qtbot) -> None:
    panel, _ = many
    commands = asked(panel)
    for button in panel._many.findChildren(PushButton):
        qtbot.mouseClick(button, Qt.MouseButton.LeftButton)
        assert button.accessibleName()
    assert [c for c, _ in commands] == [
        "selection.save", "selection.isolate", "selection.hide", "selection.export",
    ]  # fmt: skip


def test_that_parents_and_what_a_source_said_are_among_the_facts() -> None:
    entry = ENTRY.with_(
        parent="p0", other_parents=("p1", "p2", "p3", "p4", "p5"), relation="merge-of",
        metadata=(("downloads", "12"), ("note", "x\n" * 500)),
    )  # fmt: skip
    facts = dict(spec.facts(model(entry)))
    assert facts["Merge of"] == "p0, p1, p2, p3 and 2 more"
    assert facts["downloads"] == "12"
    assert len(facts["note"]) == 120
    assert "Layer of" in dict(spec.facts(model(ENTRY.with_(parent="a", relation="layer-of"))))
