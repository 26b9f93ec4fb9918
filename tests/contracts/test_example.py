"""The bundled example is the replica: what is in it, and what has to hold of it."""

from __future__ import annotations

from collections import Counter, defaultdict
from itertools import combinations

import numpy as np
import pytest

from compute import geometry, store
from compute.analysis.flags import flags_of
from compute.core.assets import asset
from compute.minisuite.replica import PLANS

PLAN = PLANS["replica"]
MEGABYTES = 15
TOGETHER = 50


@pytest.fixture(scope="module")
def project():
    return store.read(asset("example.h5"))


@pytest.fixture(scope="module")
def distances(project):
    """How a model was quantized ("" = null control) -> (KL, noise floor of its base)."""
    clip, by_id = project.recipes["clip2"], {e.id: e for e in project.entries}
    found = defaultdict(list)
    for entry in project.entries:
        if entry.relation == "quantized-from":
            kl = geometry.kl_pair(project, clip, entry.id, entry.parent).kl
            found[entry.quantization].append((kl, by_id[entry.parent].noise_floor))
    return found


def test_that_runs_are_those_of_the_plan_with_all_their_checkpoints(project) -> None:
    found = Counter(e.run for e in project.entries if e.is_checkpoint)
    assert found == {f"{size}-seed{seed}": len(PLAN.save_at) for size, seed in PLAN.runs}
    assert len({e.n_params for e in project.entries if e.is_checkpoint}) >= 4
    sizes = Counter(size for size, _ in PLAN.runs)
    assert max(sizes.values()) >= 6
    assert min(found.values()) >= 70


def test_that_variants_layers_weights_and_tokens_are_there(project) -> None:
    assert len(project.entries) == PLAN.n_entries
    assert {e.status for e in project.entries} == {"done"}
    kinds = Counter(e.relation for e in project.entries)
    assert kinds["fine-tune-of"] >= 6
    layered = {e.parent for e in project.entries if e.layer >= 0}
    assert len(layered) >= 8
    assert set(store.read_weights(asset("example.h5"))) == {e.run for e in project.entries} - {""}
    kept = {e.id for e in project.entries if store.has_tokens(asset("example.h5"), e.id)}
    assert kept == layered
    assert Counter(project.texts.domains) == dict(PLAN.domains)
    assert len(project.texts) >= 500


def test_that_the_file_is_small_and_names_no_machine(project) -> None:
    path = asset("example.h5")
    assert path.stat().st_size < MEGABYTES * 1e6
    every = [p for p in path.parent.rglob("*") if p.is_file()]
    assert sum(p.stat().st_size for p in every) < TOGETHER * 1e6
    sources = {e.source for e in project.entries}
    sources |= {w.source for w in store.read_weights(path).values()}
    assert not any(s.startswith(("/", "~")) or ":" in s for s in sources)


def test_that_null_controls_lie_below_the_noise_floor(distances) -> None:
    assert len(distances[""]) >= 8
    assert all(kl <= floor for kl, floor in distances[""])


def test_that_eight_bits_cost_less_than_four(distances) -> None:
    median = {how: np.median([kl for kl, _ in pairs]) for how, pairs in distances.items()}
    assert all(len(pairs) >= 8 for pairs in distances.values())
    assert 0 < median["int8"] < min(median["nf4"], median["fp4"])


def test_that_the_audits_find_what_was_done_on_purpose_and_nothing_else(project) -> None:
    weights = store.read_weights(asset("example.h5"))
    flags = flags_of(project, project.recipes["clip2"], weights=weights)
    copy, spike = (f"{PLAN.seed_size}-seed{s}" for s in (PLAN.copy_seed, PLAN.spike_seed))
    assert set(project.recipes["pretraining"].excluded) == {
        f"{copy}/step{PLAN.copy_at}", f"{spike}/step{PLAN.spike_at}",
    }  # fmt: skip
    assert {f.kind for f in flags} >= {"duplicate"}


def test_that_seeds_are_closer_than_sizes(project) -> None:
    clip = project.recipes["clip2"]
    ends = {e.run: e for e in project.entries if e.is_checkpoint and e.step == PLAN.steps}
    ids = tuple(e.id for e in ends.values())
    prepared = geometry.prepare(project, clip, ids)
    kl = geometry.kl_matrix(prepared)
    row = {run: prepared.row_of[e.id] for run, e in ends.items()}
    pairs = list(combinations(PLAN.runs, 2))
    seeds = [kl[row[f"{a}-seed{s}"], row[f"{b}-seed{t}"]] for (a, s), (b, t) in pairs if a == b]
    sizes = [kl[row[f"{a}-seed{s}"], row[f"{b}-seed{t}"]] for (a, s), (b, t) in pairs
             if a != b and s == t]  # fmt: skip
    assert np.median(seeds) < np.median(sizes)
