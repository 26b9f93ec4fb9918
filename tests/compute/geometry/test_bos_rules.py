"""Entries scored with different BOS rules are marked and never compared silently."""

from __future__ import annotations

from dataclasses import replace

import pytest

from compute.core.rules import WINDOWED, cautions, main_rule
from compute.core.tables import Entry, Recipe, Snapshot
from compute.geometry import kl_pair, prepare

RAW = Recipe("raw")


def ruled(snapshot: Snapshot, *rules: str) -> Snapshot:
    pairs = zip(snapshot.entries, rules, strict=True)
    return replace(snapshot, entries=tuple(e.with_(bos=rule) for e, rule in pairs))


@pytest.fixture
def mixed(make_snapshot) -> Snapshot:
    """Four entries with the tokenizer's rule and two with another."""
    rules = ("prepend", "tokenizer", "tokenizer", "tokenizer", "prepend", "tokenizer")
    return ruled(make_snapshot(), *rules)


def test_that_a_map_of_all_takes_the_most_frequent_rule_and_says_what_it_leaves_out(
    mixed: Snapshot,
) -> None:
    prepared = prepare(mixed, RAW)
    assert prepared.ids == ("e1", "e2", "e3", "e5")
    assert [item.id for item in prepared.left_out] == ["e0", "e4"]
    assert prepared.left_out[0].reason.startswith(
        "scored with another BOS rule (prepend) than most (tokenizer)"
    )
    assert prepared.cautions == ()
    others = prepare(mixed, RAW, hidden=("e1", "e2", "e3"))
    assert others.ids == ("e0", "e4")


def test_that_entries_of_two_rules_asked_for_by_name_are_compared_with_a_caution(
    mixed: Snapshot,
) -> None:
    prepared = prepare(mixed, RAW, ["e0", "e1", "e2"])
    assert prepared.ids == ("e0", "e1", "e2")
    (caution,) = prepared.cautions
    assert "different BOS rules: tokenizer (2), prepend (1)" in caution
    assert prepare(mixed, RAW, ["e0", "e4"]).cautions == ()


def test_that_a_pair_of_two_rules_carries_the_caution(mixed: Snapshot) -> None:
    assert "different BOS rules: prepend, tokenizer." in kl_pair(mixed, RAW, "e0", "e1").caution
    assert kl_pair(mixed, RAW, "e1", "e2").caution == ""


def test_that_the_rule_is_chosen_among_the_entries_that_can_be_used(mixed: Snapshot) -> None:
    entries = tuple(e.with_(status="planned") if e.bos == "tokenizer" else e for e in mixed.entries)
    assert prepare(replace(mixed, entries=entries), RAW).ids == ("e0", "e4")


def test_that_an_unknown_rule_takes_part_with_a_caution(make_snapshot) -> None:
    snapshot = ruled(make_snapshot(k=3), "", "tokenizer", "tokenizer")
    prepared = prepare(snapshot, RAW)
    assert len(prepared.ids) == 3
    assert prepared.cautions[0].startswith("The BOS rule of 1 of 3 entries is not known.")
    assert prepare(make_snapshot(k=3), RAW).cautions == ()


def test_that_long_texts_in_windows_beside_whole_ones_are_said() -> None:
    entries = [Entry("a", bos="tokenizer", tags=(WINDOWED,)), Entry("b", bos="tokenizer")]
    assert "1 of 2 entries scored texts longer than the context in windows" in cautions(entries)[0]
    assert cautions(entries[:1]) == ()


def test_that_the_main_rule_is_the_most_frequent_known_one_and_else_the_earlier() -> None:
    entries = [Entry("a"), Entry("b"), Entry("c", bos="prepend"), Entry("d", bos="tokenizer")]
    assert main_rule(entries) == "prepend"
    assert main_rule([*entries, Entry("e", bos="tokenizer")]) == "tokenizer"
    assert main_rule(entries[:2]) == ""
