"""Shift vectors: their cosines, their controls, and the traps of clipping and centring."""

from __future__ import annotations

import numpy as np
import pytest

from compute.analysis.kinds import Quantization
from compute.analysis.variants import (
    Shifts,
    Variant,
    across_families,
    alignment,
    bytes_on_disk,
    cosines,
    random_control,
    separately_centred,
    shifts_of,
    variants_of,
    within_families,
)
from compute.core.tables import Entry, Recipe
from compute.geometry import kl_pair, prepare
from tests.compute.made_suite import made_snapshot, made_suite, made_texts

EIGHT = Quantization("8-bit", "int8")


def with_shifts(deltas: np.ndarray, families: list[str]) -> Shifts:
    variants = tuple(Variant(f"b{k}", f"v{k}", f, EIGHT) for k, f in enumerate(families))
    return Shifts(variants, deltas, (deltas**2).sum(axis=1))


def test_that_shifts_are_differences_of_centred_rows_and_their_length_is_kl() -> None:
    project = made_suite(200)
    rows = prepare(project, Recipe("raw"))
    found = variants_of(project.entries, rows.ids)
    shifts = shifts_of(rows, found)
    assert len(found) == 3 * 3 * 4
    at = next(k for k, v in enumerate(found) if v.id == "bee/base-1/nf4")
    own, base = (
        project.loglik[project.row_of[n]].astype(float) for n in (found[at].id, found[at].base)
    )
    plain = (own - own.mean()) - (base - base.mean())
    assert shifts.deltas[at] * rows.scale == pytest.approx(plain, abs=1e-8)
    single = kl_pair(project, Recipe("raw"), found[at].base, found[at].id)
    assert shifts.kl[at] == pytest.approx(single.kl, rel=1e-10)
    assert {v.how.kind: v.n_bytes for v in found} == {
        "8-bit": 8_000_000, "4-bit": 4_500_000, "null": 16_000_000,
    }  # fmt: skip


def test_that_a_common_direction_with_noise_has_its_known_cosine() -> None:
    rng = np.random.default_rng(1)
    n, models, noise = 4000, 12, 0.7
    direction = rng.normal(0, 1, n)
    deltas = direction + noise * rng.normal(0, 1, (models, n))
    found = alignment("ant", cosines(deltas))
    assert found.n_pairs == 66
    assert found.mean == pytest.approx(1 / (1 + noise**2), abs=0.02)
    assert found.low <= found.mean <= found.high


def test_that_the_random_control_is_the_mean_over_families_by_chance() -> None:
    rng = np.random.default_rng(2)
    n, each = 4000, 10
    directions = rng.normal(0, 1, (3, n))
    families = [f for f in "abc" for _ in range(each)]
    deltas = np.array([directions["abc".index(f)] for f in families])
    deltas += 0.3 * rng.normal(0, 1, deltas.shape)
    shifts = with_shifts(deltas, families)
    cos = cosines(deltas)
    own = within_families(shifts, cos)
    inside = 1 / (1 + 0.3**2)
    assert [a.name for a in own] == ["a", "b", "c"]
    assert [a.mean for a in own] == pytest.approx([inside] * 3, abs=0.02)
    assert list(across_families(shifts, cos).values()) == pytest.approx([0] * 3, abs=0.05)
    # Two of 30 are of one family with probability 9/29.
    control = random_control(cos, 9, trials=400)
    assert control.mean == pytest.approx(inside * 9 / 29, abs=0.03)
    assert control == random_control(cos, 9, trials=400)
    assert control.sd > 0


def test_that_nobody_is_in_a_random_group_twice() -> None:
    control = random_control(np.eye(12), 9)
    assert (control.mean, control.sd, control.trials) == (0.0, 0.0, 100)


def test_that_a_clipped_model_against_unclipped_variants_makes_a_cosine_out_of_nothing() -> None:
    """The example of the method page: variants are only rounding noise away from their models."""
    rng = np.random.default_rng(3)
    n, models = 3000, 8
    bad = np.where(rng.random(n) < 0.03, -2000 * rng.random(n), 0.0)
    base = rng.normal(-700, 150, n) + bad + rng.normal(0, 15, (models, n))
    variant = base + rng.normal(0, 0.3, base.shape)
    entries = [Entry(f"b{k}", family="ant") for k in range(models)] + [
        Entry(f"v{k}", family="ant", parent=f"b{k}", relation="quantized-from", quantization="int8")
        for k in range(models)
    ]
    project = made_snapshot(entries, np.concatenate([base, variant]), made_texts(n, rng))
    clipped = prepare(project, Recipe("clip2", clip_quantile=0.02))
    shifts = shifts_of(clipped, variants_of(entries, clipped.ids))
    honest = alignment("ant", cosines(shifts.deltas))
    wrong = project.loglik[models:].astype(float) - clipped.loglik[:models]
    wrong -= wrong.mean(axis=1, keepdims=True)
    assert abs(honest.mean) < 0.05
    assert alignment("ant", cosines(wrong)).mean > 0.97
    nothing = shifts.kl.max()
    assert nothing < 0.001
    assert (wrong**2).sum(axis=1).min() / clipped.scale**2 > 100 * nothing


def test_that_centring_models_and_variants_apart_loses_what_all_shifts_share() -> None:
    rng = np.random.default_rng(4)
    deltas = rng.normal(0, 1, 3000) + 0.5 * rng.normal(0, 1, (10, 3000))
    shifts = with_shifts(deltas, ["a"] * 10)
    assert alignment("a", cosines(deltas)).mean == pytest.approx(0.8, abs=0.03)
    apart = alignment("a", cosines(separately_centred(shifts)))
    assert apart.mean == pytest.approx(-1 / 9, abs=0.02)


def test_that_shifts_without_length_take_no_part() -> None:
    deltas = np.array([[0.0, 0.0, 0.0], [1.0, -1.0, 0.0], [1.0, -1.0, 0.0]])
    cos = cosines(deltas)
    assert np.isnan(cos[0]).all()
    assert alignment("a", cos).n_models == 2
    assert alignment("a", cos).mean == pytest.approx(1)
    nobody = alignment("a", cos[:1, :1])
    assert np.isnan(nobody.mean)
    assert nobody.reason
    assert random_control(cos, 9).reason
    assert np.isnan(random_control(cos, 9).mean)
    assert random_control(cos, 1).reason


@pytest.mark.parametrize(
    ("value", "expected"), [("4,500", 4500), ("12", 12), ("4 GB", -1), ("", -1)]
)
def test_that_bytes_on_disk_are_read_where_they_are_a_number(value: str, expected: int) -> None:
    assert bytes_on_disk(Entry("a", metadata=(("file_size", value),))) == expected
