"""Rules for groups of pairs: what they say and what they give."""

from __future__ import annotations

import contextlib
import itertools

import pytest
from hypothesis import given
from hypothesis import strategies as st

from compute.analysis.pairrules import Clause, PairRule, pairs_of, parse_rule
from compute.core.errors import InputError, UsageError
from compute.core.tables import Entry
from tests.compute.made_suite import made_suite


@pytest.fixture(scope="module")
def entries() -> tuple[Entry, ...]:
    return made_suite(8).entries


@pytest.mark.parametrize(
    ("text", "clauses"),
    [
        ("size = same, seed !=", (("size", "=", "same"), ("seed", "!=", ""))),
        ("seed ≠ and step ≥ 1,200", (("seed", "!=", ""), ("step", ">=", "1,200"))),
        ("seed differs; step>=1k", (("seed", "!=", ""), ("step", ">=", "1k"))),
        ("Relation = Fine-Tune-Of", (("relation", "=", "fine-tune-of"),)),
        ("family = Llama-2 | Opt", (("family", "=", "Llama-2 | Opt"),)),
        ("size = different", (("size", "!=", ""),)),
        ('tag = "a b"\nlayer = next', (("tag", "=", "a b"), ("layer", "=", "next"))),
    ],
)
def test_that_a_rule_says_what_was_typed(text: str, clauses: tuple[tuple[str, ...], ...]) -> None:
    assert parse_rule(text) == PairRule(tuple(Clause(*c) for c in clauses))


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("", "empty"),
        ("sizes = same", "Did you mean size"),
        ("colour = red", "There are step"),
        ("step", "no condition"),
        ("step >= soon", "such as 1,200"),
        ("step =", "without a value"),
        ("family > llama", "no order"),
        ("relation = sister-of", "fine-tune-of"),
        ("relation != fine-tune-of", "A relation is one of"),
        ("variant = 8-bit", "relation = quantized-from"),
        ("relation = layer-of, step = next", "not by both"),
        ("seed = next", "seed = same"),
        ("variant >= 4-bit", "NF4"),
    ],
)
def test_that_a_rule_that_makes_no_sense_is_refused_in_words(text: str, said: str) -> None:
    with pytest.raises(UsageError, match=said):
        parse_rule(text)


@given(st.text(max_size=40))
def test_that_any_text_is_a_rule_or_a_usage_error(text: str) -> None:
    with contextlib.suppress(UsageError):
        parse_rule(text)


@pytest.mark.parametrize(
    "text",
    ["size = same, seed !=, step = same, step >= 1,200", "step ≥ 1.5k, seed differs, size = same"],
)
def test_that_the_pairs_of_a_rule_are_those_of_a_plain_loop(
    entries: tuple[Entry, ...], text: str
) -> None:
    low = 1200 if "1,200" in text else 1500
    expected = {
        (a.id, b.id)
        for a, b in itertools.combinations(entries, 2)
        if a.size and a.size == b.size and a.seed >= 0 and b.seed >= 0 and a.seed != b.seed
        and a.step >= low and b.step >= low
        and (a.step == b.step or "step = same" not in text)
    }  # fmt: skip
    found = pairs_of(entries, parse_rule(text))
    assert len(found) == len(set(found))
    assert set(found) == expected


def test_that_a_rule_in_words_reads_back_as_itself() -> None:
    rule = parse_rule("size = same, seed !=, step >= 700, family != a|b, relation = quantized-from")
    assert parse_rule(str(rule)) == rule


def test_that_pairs_of_a_relation_hold_the_parent_first(entries: tuple[Entry, ...]) -> None:
    by_id = {e.id: e for e in entries}
    expected = {
        (e.parent, e.id)
        for e in entries
        if e.relation == "fine-tune-of" and not e.other_parents and e.parent in by_id
    }
    assert set(pairs_of(entries, parse_rule("relation = fine-tune-of"))) == expected
    only = pairs_of(entries, parse_rule("relation = fine-tune-of, family = bee"))
    assert set(only) == {p for p in expected if p[0].startswith("bee")}


@pytest.mark.parametrize("kind", ["nf4", "4-bit", "null", "8-bit", "int8"])
def test_that_variants_are_found_by_kind_and_by_type(entries: tuple[Entry, ...], kind: str) -> None:
    ending = {"nf4": "nf4", "4-bit": "nf4", "null": "none", "8-bit": "8bit", "int8": "-"}[kind]
    rule = parse_rule(f"relation = quantized-from, variant = {kind}")
    expected = {(e.parent, e.id) for e in entries if e.id.endswith(f"/{ending}")}
    assert set(pairs_of(entries, rule)) == expected


def test_that_next_layers_and_next_steps_bridge_no_gap(entries: tuple[Entry, ...]) -> None:
    layers = pairs_of(entries, parse_rule("layer = next"))
    assert ("bee/base-1/layer3", "bee/base-1/layer4") in layers
    assert not {pair for pair in layers if pair[0] == "bee/base-1/layer4"}
    steps = pairs_of(entries, parse_rule("step = next, run = s-seed0"))
    assert ("s-seed0/step1300", "s-seed0/step1400") in steps
    assert not {pair for pair in steps if pair[0] == "s-seed0/step1400"}
    assert not {pair for pair in steps if pair[0] == "s-seed0/step4"}


def test_that_the_last_step_is_the_last_that_all_chosen_runs_have() -> None:
    entries = [
        Entry(f"{run}/{step}", run=run, step=step, size=run, seed=0)
        for run, steps in {"a": (1, 2, 3), "b": (1, 2), "c": (2, 9)}.items()
        for step in steps
    ]
    found = pairs_of(entries, parse_rule("size differs, step = last"))
    assert found == (("a/2", "b/2"), ("a/2", "c/2"), ("b/2", "c/2"))


def test_that_too_many_pairs_are_refused_with_their_number(entries: tuple[Entry, ...]) -> None:
    with pytest.raises(InputError, match="pairs, more than 10"):
        pairs_of(entries, parse_rule("family = same"), most=10)
    with pytest.raises(InputError, match="Add a condition"):
        pairs_of(entries, parse_rule("family differs"), most=10)


def test_that_unknown_values_satisfy_no_clause() -> None:
    entries = (Entry("a"), Entry("b"), Entry("c", seed=1), Entry("d", seed=2))
    assert pairs_of(entries, parse_rule("seed differs")) == (("c", "d"),)
    assert pairs_of(entries, parse_rule("family = same")) == ()
    assert pairs_of(entries, parse_rule("step < 5")) == ()
    assert pairs_of(entries[:1], parse_rule("quantization = none")) == ()
