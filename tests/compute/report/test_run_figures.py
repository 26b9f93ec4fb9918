"""Figures of training runs, from small projects like the paper's, with maps that are made up."""

from __future__ import annotations

import importlib
import math
from dataclasses import replace

import numpy as np
import pytest

from compute.analysis.pairs import early, kl_of, windows
from compute.core.tables import WeightDistances
from compute.report import kit
from compute.report.contract import Missing, Piece
from compute.report.study import Drawn, Options, Study

NAMES = ("fig01", "fig04", "fig06", "fig07", "fig08", "fig09", "fig10", "fig14", "appendix_c")
STEPS = (0, 1, 2, 4, *range(1000, 33_000, 1000))


def piece_of(name: str, study: Study) -> Piece:
    """The item with maps that are spirals."""
    module = importlib.import_module(f"compute.report.figures.{name}")
    maps = {}
    for request in getattr(module, "maps", lambda _: ())(study):
        if request.analysis.startswith("weights:"):
            ids = request.ids
        else:
            ids = study.prepared(request.analysis).ids
        t = np.arange(len(ids))
        turn = 2 * np.pi * t / (request.perplexity / 5)
        coords = np.stack([t / 2.0, np.cos(turn), 0.8 * np.sin(turn)], axis=1)
        params = {"perplexity": request.perplexity}
        maps[request] = Drawn(ids, coords[:, : request.dims], {"params": params})
    return module.make(replace(study, maps=maps))


def study_of(snapshot, *, weights: bool = True) -> Study:
    found = {}
    for run in {e.run: None for e in snapshot.entries} if weights else ():
        steps = np.array([e.step for e in snapshot.entries if e.run == run])
        w = np.cumsum(np.random.default_rng(0).normal(size=(len(steps), 5)), axis=0)
        found[run] = WeightDistances(run, steps, ((w[:, None] - w) ** 2).sum(axis=2))
    return Study(snapshot, found, options=Options(n_drop=2))


def rows_of(piece: Piece, name: str):
    (table,) = [t for t in piece.tables if t.name == name]
    return table.rows


@pytest.mark.parametrize("name", NAMES)
def test_that_a_figure_draws_and_says_what_it_is_made_from(make_pythia, name: str) -> None:
    missing = [("410m-seed1", 20_000)]
    piece = piece_of(name, study_of(make_pythia(("410m", "1b", "410m-seed1"), n=60, steps=STEPS,
                                                missing=missing)))  # fmt: skip
    assert "N" in piece.caption
    assert "recipe" in piece.caption
    assert all(piece.caption.count(words) <= 1 for words in ("t-SNE", "recipe", "seed 42"))
    for table in piece.tables:
        assert table.rows
        assert {len(row) for row in table.rows} == {len(table.columns)}
    with kit.style():
        for drawing in piece.drawings:
            assert kit.svg(drawing.draw()).startswith(b"<?xml")


@pytest.mark.parametrize("name", NAMES)
def test_that_a_project_without_runs_lacks_the_figure(make_pythia, name: str) -> None:
    snapshot = make_pythia(n=9, steps=(0, 1))
    single = tuple(e.with_(run="", step=-1) for e in snapshot.entries)
    with pytest.raises(Missing, match=r"(Score|score|Measure|import).*\.$"):
        piece_of(name, study_of(replace(snapshot, entries=single), weights=False))


@pytest.mark.parametrize("name", NAMES)
def test_that_equal_rows_and_two_checkpoints_have_a_defined_answer(make_pythia, name: str) -> None:
    same = make_pythia(("1b",), n=40, steps=STEPS)
    same = replace(same, loglik=np.repeat(same.loglik[:1], len(STEPS), axis=0))
    two = make_pythia(("1b",), n=40, steps=(0, 1000))
    for study in (study_of(same), study_of(two)):
        try:
            piece = piece_of(name, study)
        except Missing:
            continue
        with kit.style():
            assert all(kit.svg(drawing.draw()) for drawing in piece.drawings)


def test_that_the_groups_beside_figure_4_are_those_of_the_pair_rules(make_pythia) -> None:
    study = study_of(make_pythia(("410m", "1b"), n=60, steps=STEPS))
    run = study.runs("sizes")[1]
    kl, _ = kl_of(study.prepared("sizes"), early(run, study.prepared("sizes").row_of))
    row = rows_of(piece_of("fig04", study), "groups")[2]
    assert row[:2] == ("1b", "early")
    assert row[2:6] == (*windows(run)[0], len(kl))
    assert row[6:] == pytest.approx((np.median(kl), kl.mean(), kl.std()))


def test_that_periods_follow_the_perplexity_of_the_map(make_pythia) -> None:
    snapshot = make_pythia(("410m", "1b", "1.4b", "2.8b"), n=40, steps=range(0, 80_000, 1000))
    piece = piece_of("fig07", study_of(snapshot))
    periods = rows_of(piece, "periods")
    assert [row[0] for row in periods] == [20, 30, 40, 50]
    assert [row[1] for row in periods] == pytest.approx([4, 6, 8, 10], abs=1)
    assert "grows with perplexity, so it is a property of the map" in piece.caption
    assert rows_of(piece, "autocorrelation")[0][2:] == pytest.approx((1, 1, 1, 1))


def test_that_weight_space_has_a_map_for_each_run_of_small_perplexity(make_pythia) -> None:
    from compute.report.figures import fig10

    study = study_of(make_pythia(("410m", "1b"), n=20, steps=range(0, 144_000, 1000)))
    requests = fig10.maps(study)
    assert [r.analysis for r in requests] == ["weights:410m", "weights:1b"]
    assert requests[0].ids[0] == "100000"
    assert all(r.perplexity < len(r.ids) / 3 for r in requests)
    short = study_of(make_pythia(("1b",), n=20, steps=range(0, 31_000, 1000)))
    assert fig10.maps(short)[0].ids == tuple(str(s) for s in range(20_000, 31_000, 1000))


def test_that_random_halves_agree_and_are_counted(make_pythia) -> None:
    study = study_of(make_pythia(("410m", "1b"), n=400, steps=STEPS))
    halves = rows_of(piece_of("appendix_c", study), "halves")
    assert len(halves) == 5 * 3
    assert halves[0][2:7] == ("all runs", 199, 199, 62, 62 * 61 // 2)
    assert all(row[7] > 0.9 and not math.isnan(row[8]) for row in halves)


def test_that_seeds_of_one_size_are_all_shown(make_pythia) -> None:
    study = study_of(make_pythia(("410m", "410m-seed1"), n=40, steps=STEPS))
    rows = rows_of(piece_of("fig04", study), "consecutive")
    assert {row[0] for row in rows} == {"410m", "410m-seed1"}


@pytest.mark.parametrize("name", ["fig04", "fig09", "fig14", "appendix_c"])
def test_that_many_runs_are_named_once_or_counted(make_pythia, name: str) -> None:
    names = tuple(f"410m-seed{k}" for k in range(20))
    piece = piece_of(name, study_of(make_pythia(names, n=41, steps=STEPS)))
    with kit.style():
        text = kit.svg(piece.drawings[0].draw()).decode()
    counted = "12 others" in text or "2 more runs" in "".join(piece.remarks)
    assert counted or name == "appendix_c"


@pytest.mark.parametrize("name", ["fig04", "fig14", "appendix_c", "fig12", "fig13"])
def test_that_a_recipe_that_leaves_nothing_is_the_reason(make_pythia, name: str) -> None:
    snapshot = make_pythia(("410m", "1b"), n=60, steps=STEPS)
    study = Study(snapshot, options=Options(n_drop=59))
    module = importlib.import_module(f"compute.report.figures.{name}")
    with pytest.raises(Missing, match="59 outlier texts cannot be dropped of 60"):
        module.make(study)
