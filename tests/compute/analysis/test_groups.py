"""The settings of the paper, found from a made-up model table with every kind of entry."""

from __future__ import annotations

import itertools
from collections import Counter

import numpy as np
import pytest

from compute.analysis.groups import (
    Group,
    Members,
    Pool,
    draw,
    own_group,
    pools_of,
    settings,
    union_of,
)
from compute.analysis.kinds import quantization_of
from compute.analysis.lineage import Descent, Nearest, generations, lineage_of, nearest_bases
from compute.analysis.pairrules import parse_rule
from compute.core.tables import Entry, Recipe, Snapshot
from compute.geometry import prepare
from tests.compute.made_suite import made_suite

SIZES = ("xs-seed0", "s-seed0", "m-seed0")


@pytest.fixture(scope="module")
def project() -> Snapshot:
    return made_suite(40)


def source_of(project: Snapshot, without: tuple[str, ...] = ()):
    """Every analysis holds everything it is about, less some that are not in use."""
    kept = {
        "sizes": lambda e: e.run in SIZES,
        "seeds": lambda e: e.run.startswith("s-"),
        "quantization": lambda e: not e.run and e.layer < 0,
        "fine-tuning": lambda e: not e.run and e.layer < 0 and not e.quantization,
        "layers": lambda e: e.layer >= 0,
        "everything": lambda e: True,
    }

    def source(name: str) -> Members:
        entries = tuple(e for e in project.entries if kept[name](e))
        return Members(entries, {e.id for e in entries} - set(without))

    return source


def by_id(groups: tuple[Group, ...]) -> dict[str, Group]:
    return {group.id: group for group in groups}


def test_that_the_settings_are_those_of_a_plain_loop(project: Snapshot) -> None:
    groups = by_id(settings(source_of(project)))
    steps = {(e.run, e.step): e.id for e in project.entries if e.run}
    after, last = 200, 2000
    expected: dict[str, set[tuple[str, str]]] = {
        "early": set(), "later": set(), "seed": set(), "size": set(), "8-bit": set(),
        "4-bit": set(), "null": set(), "fine-tune": set(), "layers": set(),
    }  # fmt: skip
    for run in SIZES:
        whole = [((run, s), (run, s + 100)) for s in range(after, last, 100)]
        there = [(steps[a], steps[b]) for a, b in whole if a in steps and b in steps]
        half = len(there) // 2
        expected["early"] |= {*there[:half]}
        expected["later"] |= {*there[-half:]}
    for a, b in itertools.combinations([f"s-seed{k}" for k in range(4)], 2):
        expected["seed"].add((f"{a}/step2000", f"{b}/step2000"))
    for a, b in itertools.combinations(SIZES, 2):
        expected["size"].add((f"{a}/step2000", f"{b}/step2000"))
    known = {e.id for e in project.entries}
    for e in project.entries:
        for kind, ending in (("8-bit", "8bit"), ("4-bit", "nf4"), ("null", "none")):
            if e.quantization == ending:
                expected[kind].add((e.parent, e.id))
        if e.relation == "fine-tune-of" and not e.other_parents and e.parent in known:
            expected["fine-tune"].add((e.parent, e.id))
        above = f"{e.parent}/layer{e.layer + 1}"
        if e.layer >= 0 and above in known:
            expected["layers"].add((e.id, above))
    for name, pairs in expected.items():
        found = groups[name].pairs
        assert len(found) == len(set(found)) == len(groups[name].parts)
        assert {frozenset(p) for p in found} == {frozenset(p) for p in pairs}, name
        assert not groups[name].reason


def test_that_an_excluded_checkpoint_takes_its_pairs_and_is_not_bridged(project: Snapshot) -> None:
    whole = by_id(settings(source_of(project)))["later"]
    part = by_id(settings(source_of(project, without=("m-seed0/step1700",))))["later"]
    assert set(whole.pairs) - set(part.pairs) == {
        ("m-seed0/step1600", "m-seed0/step1700"),
        ("m-seed0/step1700", "m-seed0/step1800"),
    }
    assert not {pair for pair in part.pairs if "m-seed0/step1700" in pair}
    assert "left out" in part.notes[0]


def test_that_merges_missing_parents_and_unused_models_are_dropped(project: Snapshot) -> None:
    group = by_id(settings(source_of(project, without=("bee/base-2",))))["fine-tune"]
    named = {name for pair in group.pairs for name in pair}
    assert not {n for n in named if n.endswith(("merge", "orphan"))}
    assert "bee/tune-2" not in named
    assert any("3 models left out: it merges" in note for note in group.notes)
    assert any("3 models left out: the declared parent" in note for note in group.notes)
    assert any("1 pair left out" in note for note in group.notes)


def test_that_same_type_draws_as_many_distinct_pairs_of_each_types_pool(project: Snapshot) -> None:
    groups = by_id(settings(source_of(project)))
    tuned, same, any_two = (groups[k] for k in ("fine-tune", "same-type", "random"))
    assert Counter(same.parts) == Counter(tuned.parts) == {"ant": 5, "bee": 5, "cat": 5}
    assert len(set(map(frozenset, same.pairs))) == len(same.pairs) == 15
    for family, (a, b) in zip(same.parts, same.pairs, strict=True):
        pool = {n for pair, f in zip(tuned.pairs, tuned.parts, strict=True) if f == family
                for n in pair}  # fmt: skip
        assert {a, b} <= pool
        assert a != b
    union = {name for pair in tuned.pairs for name in pair}
    assert len(set(map(frozenset, any_two.pairs))) == 15
    assert {name for pair in any_two.pairs for name in pair} <= union


def test_that_random_draws_are_the_same_for_the_same_seed_only(project: Snapshot) -> None:
    first, again = (by_id(settings(source_of(project), seed=7)) for _ in range(2))
    other = by_id(settings(source_of(project), seed=8))
    for name in ("same-type", "random"):
        assert first[name].pairs == again[name].pairs
        assert first[name].pairs != other[name].pairs


def test_that_every_pair_of_a_pool_can_be_drawn_once() -> None:
    ids = tuple("abcdef")
    assert sorted(map(sorted, draw(Pool("", ids, 99), 0))) == sorted(
        map(list, itertools.combinations(ids, 2))
    )
    assert draw(Pool("", ("a",), 3), 0) == ()
    counts = Counter(p for s in range(600) for p in draw(Pool("", ids, 5), s))
    assert len(counts) == 15
    assert min(counts.values()) > 140
    assert max(counts.values()) < 260


def test_that_pools_are_by_the_type_of_the_child() -> None:
    found = (Descent("a", "b", "x"), Descent("b", "c", "y"), Descent("a", "d", "x"))
    assert pools_of(found) == (Pool("x", ("a", "b", "d"), 2), Pool("y", ("b", "c"), 1))
    assert union_of(found) == Pool("", ("a", "b", "c", "d"), 3)


def test_that_the_type_of_a_descent_is_that_of_the_child() -> None:
    parent = Entry("p", family="llama-2")
    child = Entry("c", family="others", parent="p", relation="fine-tune-of")
    assert lineage_of([parent, child]).descents == (Descent("p", "c", "others"),)


def test_that_a_missing_null_control_is_said(project: Snapshot) -> None:
    entries = tuple(e for e in project.entries if e.quantization != "none")
    members = Members(entries, {e.id for e in entries})
    groups = by_id(settings(lambda _: members))
    assert "no null control" in groups["8-bit"].notes[0]
    assert groups["null"].reason
    assert not by_id(settings(source_of(project)))["8-bit"].notes
    assert "NF4 (12)" in groups["4-bit"].words


@pytest.mark.parametrize("n", [0, 1])
def test_that_groups_without_pairs_say_why(project: Snapshot, n: int) -> None:
    members = Members(project.entries[:n], {e.id for e in project.entries[:n]})
    for group in settings(lambda _: members):
        assert group.pairs == ()
        assert group.reason


def test_that_a_problem_of_the_analysis_is_the_reason() -> None:
    for group in settings(lambda _: Members(problem="nothing here")):
        assert group.reason == "nothing here"


def test_that_own_groups_keep_their_rule_and_leave_out_what_has_no_row(project: Snapshot) -> None:
    rule = parse_rule("size = same, seed differs, step = same, step >= 1900")
    group = own_group("Seeds", rule, source_of(project, without=("s-seed1/step2000",)))
    assert len(group.pairs) == 6 + 3
    assert group.rule is rule
    assert "3 pairs left out" in group.notes[0]


@pytest.mark.parametrize(
    ("recorded", "kind", "type"),
    [
        ("8bit", "8-bit", "type not recorded"),
        ("int8", "8-bit", "int8"),
        ("LLM.int8", "8-bit", "int8"),
        ("nf4", "4-bit", "NF4"),
        ("bnb-fp4", "4-bit", "FP4"),
        ("4-bit", "4-bit", "type not recorded"),
        ("Q4_K_M", "4-bit", "Q4_K_M"),
        ("gptq-4bit", "4-bit", "GPTQ"),
        ("none", "null", "unmodified"),
        ("", "null", "unmodified"),
        ("ternary", "other", "ternary"),
    ],
)
def test_that_the_kind_and_type_of_a_variant_are_read(recorded: str, kind: str, type: str) -> None:
    entry = Entry("v", relation="quantized-from", parent="m", quantization=recorded)
    found = quantization_of(entry)
    assert found is not None
    assert (found.kind, found.type) == (kind, type)


def test_that_metadata_gives_the_type_and_a_tag_the_control() -> None:
    entry = Entry("v", relation="quantized-from", parent="m", quantization="4bit")
    noted = quantization_of(entry.with_(metadata=(("quantization_type", "fp4"),)))
    assert noted is not None
    assert (noted.kind, noted.type) == ("4-bit", "FP4")
    tagged = quantization_of(entry.with_(tags=("null-control",)))
    assert tagged is not None
    assert tagged.kind == "null"
    assert quantization_of(Entry("m")) is None


def test_that_adapters_and_unsaid_relations_descend_too_but_nobody_from_itself() -> None:
    base = Entry("1", label="llama")
    child, unsaid = Entry("2", relation="adapter-on", parent="1"), Entry("3", parent="1")
    own = Entry("4", relation="fine-tune-of", parent="4")
    by_label = Entry("5", relation="fine-tune-of", parent="llama")
    merge = Entry("6", relation="merge-of", parent="1")
    found = lineage_of((base, child, unsaid, own, by_label, merge))
    assert found.descents == (Descent("1", "2", ""), Descent("1", "3", ""))
    assert found.orphans == ("4", "5")
    assert found.merges == ("6",)


def test_that_generations_count_from_the_base_and_stop_at_circles() -> None:
    found = [Descent("b", "c", ""), Descent("a", "b", ""), Descent("c", "d", "")]
    assert generations(found) == {"a": 1, "b": 2, "c": 3, "d": 4}
    circle = [Descent("x", "y", ""), Descent("y", "x", "")]
    assert generations([*found, *circle]) == {"a": 1, "b": 2, "c": 3, "d": 4}


def test_that_the_nearest_base_is_the_declared_one_unless_the_declaration_is_wrong(
    project: Snapshot,
) -> None:
    descents = list(lineage_of(project.entries).descents)
    rows = prepare(project, Recipe("raw"))
    assert not any(n.conflict for n in nearest_bases(rows, descents))
    wrong = [Descent("ant/base-1" if d.child == "ant/tune-0" else d.parent, d.child, d.type)
             for d in descents]  # fmt: skip
    bases = [e.id for e in project.entries if e.id.endswith(("base-0", "base-1"))]
    conflicts = [n for n in nearest_bases(rows, wrong, bases) if n.conflict]
    assert [(n.child, n.declared) for n in conflicts] == [("ant/tune-0", "ant/base-1")]
    assert np.isfinite([n.se for n in conflicts]).all()


@pytest.mark.parametrize(("nearest_kl", "conflict"), [(0.70, True), (0.73, False), (1.0, False)])
def test_that_a_base_is_nearer_by_two_errors_or_it_is_no_conflict(nearest_kl, conflict) -> None:
    # The error of the difference is at most hypot(0.1, 0.1) = 0.141.
    assert Nearest("c", "p", 1.0, 0.1, "q", nearest_kl, 0.1).conflict is conflict
    assert not Nearest("c", "p", 1.0, 0.1, "p", nearest_kl, 0.1).conflict
