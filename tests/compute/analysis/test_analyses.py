"""Who belongs to an analysis, and the recipe it gets."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from compute.analysis.analyses import NAMES, analysis_of
from compute.core.errors import InputError, UsageError
from compute.core.tables import Entry, Recipe
from compute.geometry import prepare
from tests.compute.analysis.made_runs import (
    FIVE_SIZES,
    SEEDS,
    TWELVE,
    changed,
    project,
    with_entries,
    with_recipe,
)


def _runs(snapshot, name):
    by_id = {e.id: e for e in snapshot.entries}
    return list(dict.fromkeys(by_id[i].run for i in analysis_of(snapshot, name).ids))


def test_that_sizes_have_one_run_each_and_seeds_are_those_of_one_size() -> None:
    snapshot = project(TWELVE)
    assert _runs(snapshot, "sizes") == list(FIVE_SIZES)
    assert _runs(snapshot, "seeds") == list(SEEDS)
    assert _runs(snapshot, "pretraining") == list(TWELVE)


def test_that_of_seeds_alone_the_lowest_stands_for_the_size_and_then_the_longest() -> None:
    runs = {f"r{k}": {"family": "f", "size": "s", "seed": seed} for k, seed in enumerate([2, 1, 1])}
    snapshot = project(runs)
    entries = tuple(
        e.with_(run="other", step=e.step) if e.run == "r1" and e.step > 5000 else e
        for e in snapshot.entries
    )
    assert _runs(snapshot, "sizes") == ["r1"]
    assert _runs(replace(snapshot, entries=entries), "sizes") == ["r2"]


def _zoo():
    snapshot = project({"p-1B": {"family": "p", "size": "1B"}}, n_steps=3)
    return with_entries(
        snapshot,
        Entry("base"),
        Entry("tuned", parent="base", relation="fine-tune-of"),
        Entry("stranger", parent="elsewhere", relation="fine-tune-of"),
        Entry("merge", parent="base", other_parents=("tuned",), relation="merge-of"),
        Entry("base-8bit", parent="base", relation="quantized-from", quantization="8bit"),
        Entry("lost-8bit", parent="elsewhere", relation="quantized-from", quantization="8bit"),
        Entry("base-layer0", parent="base", relation="layer-of", layer=0),
        Entry("base-layer1", parent="base", relation="layer-of", layer=1),
    )


@pytest.mark.parametrize(
    ("name", "ids"),
    [
        ("models", ["p-1B/step2000", "base", "tuned", "stranger", "merge"]),
        ("quantization", ["base", "base-8bit"]),
        ("fine-tuning", ["base", "tuned"]),
        ("layers", ["base-layer0", "base-layer1"]),
    ],
)
def test_that_models_variants_children_and_layers_are_found_from_the_table(name, ids) -> None:
    found = analysis_of(_zoo(), name)
    assert list(found.ids) == ids
    assert found.recipe.name == ("raw" if name == "layers" else "clip2")
    assert found.title == NAMES[name]


def test_that_everything_is_everything_that_is_scored_by_the_main_rule() -> None:
    zoo = _zoo()
    entries = tuple(
        e.with_(bos="prepend") if e.id == "merge" else
        e.with_(status="planned") if e.id == "stranger" else e.with_(bos="tokenizer")
        for e in zoo.entries
    )  # fmt: skip
    found = analysis_of(replace(zoo, entries=entries), "everything")
    assert set(found.ids) == {e.id for e in zoo.entries} - {"merge", "stranger"}
    assert [item.id for item in found.left_out] == ["merge"]
    last = tuple(e.with_(status="planned") if e.id == "p-1B/step2000" else e for e in zoo.entries)
    assert analysis_of(replace(zoo, entries=last), "models").ids[0] == "p-1B/step1000"


@pytest.mark.parametrize("name", NAMES)
def test_that_what_a_project_lacks_is_said_in_a_sentence(name) -> None:
    empty = replace(_zoo(), entries=(), loglik=np.empty((0, 200), np.float32))
    with pytest.raises(InputError, match="no entry has been scored yet"):
        analysis_of(empty, name)
    only = with_entries(empty, Entry("x"))
    if name not in ("models", "everything"):
        with pytest.raises(InputError) as refused:
            analysis_of(only, name)
        assert refused.value.message.startswith(f"Choosing the entries of the analysis {name!r}: n")
    with pytest.raises(UsageError, match="There is no analysis 'x'"):
        analysis_of(only, "x")
    with pytest.raises(UsageError, match="no recipe 'x'"):
        analysis_of(only, "models", recipe="x")


def _planted():
    """Twelve runs with a spike, an outlier seed and six wild texts."""

    def plant(loglik, row_of):
        rng = np.random.default_rng(9)
        n = loglik.shape[1]
        loglik[:, :6] += rng.normal(0, 40, (len(loglik), 6)).astype(np.float32)
        loglik[row_of["p-1B/step7000"]] += rng.normal(-40, 30, n).astype(np.float32)
        rows = [row_of[f"p-410M-seed3/step{t * 1000}"] for t in range(16)]
        loglik[rows] += rng.normal(0, 60, n).astype(np.float32)

    return changed(project(TWELVE), plant)


@pytest.mark.parametrize(
    ("name", "out"),
    [
        ("sizes", {"p-1B/step7000"}),
        ("seeds", {f"p-410M-seed3/step{t * 1000}" for t in range(16)}),
        ("pretraining", {"p-1B/step7000"} | {f"p-410M-seed3/step{t * 1000}" for t in range(16)}),
    ],
)
def test_that_recipes_of_pretraining_exclude_then_clip_then_drop_over_their_own_rows(
    name, out
) -> None:
    snapshot = _planted()
    found = analysis_of(snapshot, name)
    assert set(found.recipe.excluded) == out <= set(found.ids)
    assert all(found.recipe.reasons)
    kept = [snapshot.row_of[i] for i in found.ids if i not in out]
    tau = np.quantile(snapshot.loglik[kept].astype(float), 0.02)
    assert found.recipe.tau == pytest.approx(tau, rel=1e-12)
    clipped = np.maximum(snapshot.loglik.astype(float), tau)
    at = {(snapshot.entries[k].run, snapshot.entries[k].step): clipped[k] for k in kept}
    d = [
        abs(at[run, step + 1000] - row)
        for (run, step), row in at.items()
        if step >= 2000 and (run, step + 1000) in at
    ]
    top = np.argsort(-np.max(d, axis=0), kind="stable")[:6]
    assert set(found.recipe.dropped_texts) == {f"t{k}" for k in top}
    rows = prepare(snapshot, found.recipe, found.ids)
    assert rows.provisional
    assert (len(rows.ids), rows.n_texts) == (len(kept), 194)
    given = analysis_of(snapshot, name, n_drop=0, recipe="raw").recipe
    assert (given.dropped_texts, given.clip_quantile) == ((), 0)


def test_that_the_stored_recipe_is_used_unless_something_else_is_asked_for() -> None:
    snapshot = project(TWELVE)
    made = analysis_of(snapshot, "sizes").recipe
    stored = with_recipe(snapshot, replace(made, version=1))
    assert analysis_of(stored, "sizes").recipe.version == 1
    assert not prepare(stored, stored.recipes["pretraining-sizes"]).provisional
    assert analysis_of(stored, "sizes", n_drop=2).recipe.version == 0
    by_hand = with_recipe(snapshot, Recipe("pretraining-sizes", excluded=("p-1B/step7000",)))
    assert analysis_of(by_hand, "sizes").recipe == by_hand.recipes["pretraining-sizes"]
    assert analysis_of(by_hand, "sizes", after=5000).recipe.version == 0


def test_that_a_recipe_that_would_leave_nothing_is_refused() -> None:
    snapshot = project(TWELVE)
    with pytest.raises(InputError, match="300 outlier texts cannot be dropped of 200"):
        analysis_of(snapshot, "sizes", n_drop=300)
    out = tuple(e.id for e in snapshot.entries if e.run in FIVE_SIZES)
    nothing = with_recipe(snapshot, Recipe("nothing", 0.02, excluded=out))
    with pytest.raises(InputError, match="excludes every entry that was asked for"):
        analysis_of(nothing, "sizes", recipe="nothing")
