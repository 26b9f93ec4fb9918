"""Recipes through the job and the command line: what is written, refused, said and left alone."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from compute import store
from compute.cli import build_app, main_guard
from compute.cli.recipe import dropped
from compute.core.control import Control
from compute.core.errors import UsageError
from compute.core.events import CancelledEvent, Failed, Finished, Notice
from compute.core.specs import RecipeSpec, from_json, to_json
from compute.core.tables import Entry, WeightDistances
from tests.compute.analysis.made_runs import TWELVE, changed, project

ROOT = Path(__file__).resolve().parents[3]


def _write(path, snapshot):
    store.create(path, snapshot.texts)
    rows = {e.id: row for e, row in zip(snapshot.entries, snapshot.loglik, strict=True)}
    store.commit(path, store.PutEntries(snapshot.entries), store.PutRows(rows))
    return path


@pytest.fixture(scope="module")
def made_project(tmp_path_factory):
    """Twelve runs with a spike, a gap in the weights, two domains."""

    def plant(loglik, row_of):
        rng = np.random.default_rng(3)
        row = rng.normal(-40, 30, loglik.shape[1])
        loglik[row_of["p-1B/step7000"]] += row.astype(np.float32)

    domains = ("code", "prose") * 100
    snapshot = changed(project(TWELVE, domains=domains), plant)
    return _write(tmp_path_factory.mktemp("recipes") / "p.h5", snapshot)


@pytest.fixture
def path(made_project, tmp_path):
    copy = tmp_path / "p.h5"
    copy.write_bytes(made_project.read_bytes())
    return copy


def _klscope(*words):
    return main_guard(build_app(), [str(word) for word in words])


def test_that_a_recipe_is_made_shown_frozen_and_deleted(path, capsys) -> None:
    assert _klscope("recipe", "make", path, "pretraining-sizes", "--analysis", "sizes") == 0
    out = capsys.readouterr()
    assert "Made pretraining-sizes version 1: clips the lowest 2 % at −" in out.out
    assert "excludes 1 entry, drops 6 of 200 texts (from clip2)" in out.out
    recipe = store.read(path).recipes["pretraining-sizes"]
    assert recipe.excluded == ("p-1B/step7000",)
    assert recipe.version == 1
    assert _klscope("recipe", "show", path, "pretraining-sizes") == 0
    assert "Excluded: p-1B/step7000 (p-1B step 7,000 has a KL of" in capsys.readouterr().out
    before = path.read_bytes()
    assert _klscope("recipe", "freeze", path, "pretraining-sizes", "--json") == 0
    assert json.loads(capsys.readouterr().out)["changed"] is False
    assert path.read_bytes() == before
    more = Entry("p-1B/step16000", run="p-1B", step=16000, family="p", size="1B", status="done")
    row = store.read(path).loglik[0]
    store.commit(path, store.PutEntries((more,)), store.PutRows({more.id: row}))
    assert _klscope("recipe", "list", path) == 0
    said = capsys.readouterr()
    assert "pretraining-sizes version 1" in said.out
    assert "from 80 entries, and there are 81 now" in said.err
    assert _klscope("recipe", "freeze", path, "pretraining-sizes") == 0
    said = capsys.readouterr()
    assert "Froze pretraining-sizes version 2" in said.out
    assert said.err.count("Warning") == 0
    assert _klscope("recipe", "delete", path, "pretraining-sizes") == 0
    assert set(store.read(path).recipes) == {"raw", "clip2"}


def test_that_everything_a_recipe_can_be_told_is_written(path, capsys) -> None:
    words = ["--base", "raw", "--exclude", "p-1B step 3000", "--exclude", "p-1B/step4000"]
    words += ["--drop-texts", "t6,t4", "--domain", "code", "--centre-on", "p-6.9B step 15000"]
    assert _klscope("recipe", "make", path, "mine", *words, "--clip", "0.1", "--json") == 0
    shown = json.loads(capsys.readouterr().out)["recipe"]
    recipe = store.read(path).recipes["mine"]
    assert recipe.excluded == ("p-1B/step3000", "p-1B/step4000")
    assert recipe.dropped_texts == ("t4", "t6")
    assert (recipe.domains, recipe.centred_on) == (("code",), ("p-6.9B/step15000",))
    assert (recipe.clip_quantile, shown["tau_nats"]) == (0.1, recipe.tau)
    assert shown["excluded"][0] == {"id": "p-1B/step3000", "reason": "by hand"}
    assert _klscope("recipe", "make", path, "mine", "--no-clip") == 2
    assert "There is a recipe 'mine' already" in capsys.readouterr().err
    assert _klscope("recipe", "make", path, "mine", "--no-clip", "--replace") == 0
    recipe = store.read(path).recipes["mine"]
    assert (recipe.version, recipe.clip_quantile) == (2, 0)


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["make", "raw"], "'raw' is built in"),
        (["make", "a/b"], "cannot name a recipe"),
        (["make", ""], "cannot name a recipe"),
        (["make", "x", "--base", "gone"], "no recipe 'gone'"),
        (["make", "x", "--exclude", "gone"], "There is no entry 'gone'"),
        (["make", "x", "--centre-on", "gone"], "There is no entry 'gone'"),
        (["make", "x", "--domain", "law"], "Its domains are: code, prose."),
        (["make", "x", "--drop-texts", "t999"], "drops the text 't999'"),
        (["make", "x", "--drop-texts", "100%"], "cannot be dropped"),
        (["make", "x", "--drop-texts", "9"], "Say of which analysis"),
        (["make", "x", "--analysis", "sizes", "--drop-texts", "200"], "cannot be dropped of 200"),
        (["make", "x", "--analysis", "models"], "no recipe of its own"),
        (["make", "x", "--clip", "0.02", "--no-clip"], "exclude each other"),
        (["make", "x", "--clip", "2"], "Invalid value for '--clip'"),
        (["freeze", "gone"], "no recipe 'gone'"),
        (["freeze", "raw"], "no clip value"),
        (["show", "gone"], "no recipe 'gone'"),
        (["delete", "clip2"], "built in and cannot be deleted"),
        (["delete", "gone"], "no recipe 'gone'"),
    ],
)  # fmt: skip
def test_that_bad_requests_are_sentences_and_change_nothing(made_project, capsys, words, said):
    before = made_project.read_bytes()
    verb, name, *options = words
    assert _klscope("recipe", verb, made_project, name, *options) in (1, 2)
    err = capsys.readouterr().err
    assert said in " ".join(err.split())
    assert "Traceback" not in err
    assert made_project.read_bytes() == before


def test_that_a_base_in_use_is_not_deleted_and_no_recipe_is_its_own_base(path, capsys) -> None:
    assert _klscope("recipe", "make", path, "first") == 0
    assert _klscope("recipe", "make", path, "second", "--base", "first") == 0
    assert _klscope("recipe", "delete", path, "first") == 2
    assert "'first' cannot be deleted: second is made from it" in capsys.readouterr().err
    assert _klscope("recipe", "make", path, "second", "--base", "second", "--replace") == 2
    assert _klscope("recipe", "make", path, "first", "--base", "second", "--replace") == 2
    assert "cannot be made from itself" in capsys.readouterr().err


def test_that_words_for_dropped_texts_are_told_apart() -> None:
    assert dropped("") == (-1, -1.0, ())
    assert dropped("300") == (300, -1.0, ())
    assert dropped("2.5 %") == (-1, 0.025, ())
    assert dropped("ids:12") == (-1, -1.0, ("12",))
    assert dropped("a, b,") == (-1, -1.0, ("a", "b"))
    with pytest.raises(UsageError):
        dropped("100%")


def test_that_flags_and_texts_are_listed_before_and_after_a_recipe_is_stored(path, capsys) -> None:
    assert _klscope("recipe", "flags", path) == 0
    assert capsys.readouterr().out.startswith("KL spike: p-1B step 7,000 has a KL of ")
    assert _klscope("recipe", "flags", path, "--json") == 0
    (flag,) = json.loads(capsys.readouterr().out)
    assert (flag["id"], flag["kind"], flag["excludes"]) == (
        "p-1B/step7000", "spike", ["p-1B/step7000"],
    )  # fmt: skip
    listed = ("recipe", "texts", path, "--analysis", "sizes", "-n", 8, "--json")
    assert _klscope(*listed) == 0
    before = json.loads(capsys.readouterr().out)
    assert [t["dropped"] for t in before["texts"]] == [True] * 6 + [False] * 2
    assert (before["n_pairs"], before["n_dropped"]) == (5 * 13 - 2, 6)
    assert _klscope("recipe", "make", path, "pretraining-sizes", "--analysis", "sizes") == 0
    capsys.readouterr()
    assert _klscope(*listed) == 0
    assert json.loads(capsys.readouterr().out) == before
    assert _klscope("recipe", "texts", path) == 0
    assert "dropped by pretraining; correlation of maximum and SD 0." in capsys.readouterr().out
    assert _klscope("recipe", "texts", path, "--analysis", "models") == 2


def test_that_a_spike_in_stored_weight_distances_is_excluded_too(path, run_here) -> None:
    walk = np.random.default_rng(0).normal(0, 1, (16, 300)).cumsum(axis=0)
    walk[9] += np.random.default_rng(1).normal(0, 10, 300)
    squared = ((walk[:, None] - walk[None]) ** 2).sum(axis=2)
    store.commit(path, store.PutWeights(WeightDistances("p-2.8B", np.arange(16) * 1000, squared)))
    spec = RecipeSpec(str(path), "make", "pretraining-sizes", analysis="sizes")
    assert isinstance(run_here(from_json(to_json(spec)))[-1], Finished)
    out = store.read(path).recipes["pretraining-sizes"].excluded
    assert set(out) == {"p-1B/step7000", "p-2.8B/step9000"}


def test_that_partial_entries_are_not_taken_in_and_that_is_said(path, run_here) -> None:
    snapshot = store.read(path)
    more = Entry(
        "p-1B/step16000", run="p-1B", step=16000, family="p", size="1B", status="partial",
        n_prefix=200, n_scored=200,
    )  # fmt: skip
    store.commit(path, store.PutEntries((more,)), store.PutRows({more.id: snapshot.loglik[0]}))
    events = run_here(RecipeSpec(str(path), "freeze", "clip2"))
    assert any(isinstance(e, Notice) and "1 entry is only partly" in e.message for e in events)
    tau = np.quantile(snapshot.loglik.astype(float), 0.02)
    assert store.read(path).recipes["clip2"].tau == pytest.approx(tau, rel=1e-12)


def test_that_a_cancelled_recipe_leaves_the_file_as_it_was(path, run_here) -> None:
    before = path.read_bytes()
    control = Control()
    control.cancel()
    for action, name in (("make", "x"), ("freeze", "clip2")):
        events = run_here(RecipeSpec(str(path), action, name), control)
        assert isinstance(events[-1], CancelledEvent)
    assert isinstance(run_here(RecipeSpec(str(path), "burn", "x"))[-1], Failed)
    assert path.read_bytes() == before


@pytest.mark.parametrize("point", ["commit:copied", "commit:half-changed"])
def test_that_a_killed_recipe_leaves_the_file_as_it_was(path, point) -> None:
    before = path.read_bytes()
    spec = to_json(RecipeSpec(str(path), "freeze", "clip2"))
    with subprocess.Popen(
        [sys.executable, "-m", "compute"],
        stdin=subprocess.PIPE, stdout=subprocess.DEVNULL, text=True, cwd=ROOT,
        env={**os.environ, "KLSCOPE_CRASH": f"{point}:1"},
    ) as job:  # fmt: skip
        assert job.stdin is not None
        job.stdin.write(spec + "\n")
        job.stdin.flush()
        assert job.wait(60) == -9
    assert path.read_bytes() == before
    assert _klscope("recipe", "freeze", path, "clip2") == 0
    assert np.isfinite(store.read(path).recipes["clip2"].tau)


def test_that_commands_with_a_recipe_say_its_warnings(path, capsys) -> None:
    assert _klscope("recipe", "make", path, "mine", "--exclude", "p-1B/step7000") == 0
    pair = ("kl", path, "p-1B/step3000", "p-1B/step4000", "--recipe", "mine")
    embed = ("embed", path, "--method", "pca", "--recipe", "mine")
    for words in (pair, ("kl", path, "--recipe", "mine"), embed):
        assert _klscope(*words) == 0
        assert "Warning" not in capsys.readouterr().err
        assert _klscope(*words, "--json") == 0
        assert "warnings" not in json.loads(capsys.readouterr().out)
    row = store.read(path).loglik[0]
    more = Entry("new", status="done")
    store.commit(path, store.PutEntries((more,)), store.PutRows({more.id: row}))
    for words in (pair, ("kl", path, "--recipe", "mine"), embed):
        assert _klscope(*words) == 0
        assert "Warning: The recipe mine was worked out from 176 entries" in capsys.readouterr().err
        assert _klscope(*words, "--json") == 0
        (line,) = json.loads(capsys.readouterr().out)["warnings"]
        assert "and there are 177 now" in line


def test_that_maps_of_an_older_version_are_told_apart(path, capsys) -> None:
    assert _klscope("recipe", "make", path, "mine", "--exclude", "p-1B/step7000") == 0
    assert _klscope("embed", path, "--method", "pca", "--recipe", "mine", "--json") == 0
    key = json.loads(capsys.readouterr().out.splitlines()[-1])["key"]
    assert store.read_embedding(path, key).info["recipe_version"] == 1
    assert _klscope("recipe", "show", path, "mine", "--json") == 0
    assert json.loads(capsys.readouterr().out)["old_maps"] == []
    again = ("recipe", "make", path, "mine", "--exclude", "p-1B/step3000", "--replace")
    assert _klscope(*again) == 0
    capsys.readouterr()
    assert _klscope("recipe", "show", path, "mine") == 0
    assert "1 stored map was made with an older version of mine" in capsys.readouterr().err
    assert _klscope("recipe", "list", path, "--json") == 0
    listed = {item["name"]: item["old_maps"] for item in json.loads(capsys.readouterr().out)}
    assert listed == {"raw": [], "clip2": [], "mine": [key]}
    mine = store.read(path).recipes["mine"]
    store.commit(path, store.PutRecipe(replace(mine, excluded=("p-1B/step7000",), version=3)))
    assert _klscope("recipe", "show", path, "mine", "--json") == 0


def test_that_a_report_says_the_warnings_of_the_recipes_it_used(path, tmp_path, capsys) -> None:
    words = ("report", path, "-o", tmp_path / "out", "--only", "fig15", "--dpi", 50)
    assert _klscope(*words) == 0
    assert "The recipe pretraining-seeds is worked out anew each time" in capsys.readouterr().err
    assert _klscope("recipe", "make", path, "pretraining-seeds", "--analysis", "seeds") == 0
    capsys.readouterr()
    assert _klscope(*words, "--json") == 0
    assert json.loads(capsys.readouterr().out)["warnings"] == []
