"""The data of the figures, and what tables say beside it, beside a script that shares nothing."""

from __future__ import annotations

import math
from importlib import import_module
from types import SimpleNamespace

import numpy as np
import plain
import plain_figures
import pytest

from compute import store
from compute.report import ITEMS
from compute.report.study import Options, Study

NEAR = {"rtol": 1e-9, "atol": 1e-12}
BOOTSTRAP, SEED = 20, 42


@pytest.fixture(scope="module")
def study(released):
    project = released[1]
    options = Options(bootstrap=BOOTSTRAP, seed=SEED)
    return Study(store.read(project), store.read_weights(project), None, options)


@pytest.fixture(scope="module")
def given(released):
    """The release as the plain script reads it, under the three recipes of pretraining."""
    folder = released[0]
    n_bytes = np.array([len(t.encode()) for t in plain.load(folder, "texts.json")], float)
    runs = plain.load(folder, "logp/pretraining_logp.pkl")
    return SimpleNamespace(
        n_bytes=n_bytes,
        runs=runs,
        weights=plain.load(folder, "weight_distance/weight_distance.pkl"),
        sizes=plain.Pretraining(runs, plain.SIZES, n_bytes),
        seeds=plain.Pretraining(runs, plain.SEEDS, n_bytes),
        every=plain.Pretraining(runs, (*plain.SIZES, *plain.SEEDS), n_bytes),
        models=plain.Models(folder, n_bytes),
    )


def lines(study, item, name=""):
    """The lines of one table of an item as mappings."""
    module, _, function = next(i for i in ITEMS if i.id == item).make.partition(":")
    tables = getattr(import_module(module), function)(study).tables
    table = next(t for t in tables if not name or t.name == name)
    names = [column for column, _ in table.columns]
    return [dict(zip(names, row, strict=True)) for row in table.rows]


def run_of(line):
    return str(line.get("run", line.get("Run"))).removeprefix("pythia-")


def number(value):
    """A cell as a number; nothing is NaN."""
    return math.nan if value is None else float(value)


@pytest.mark.parametrize(
    ("item", "recipe", "first"), [("fig04", "sizes", 0), ("fig14", "every", 10_000)]
)
def test_that_consecutive_kl_is_that_of_the_plain_script(study, given, item, recipe, first):
    expected = plain_figures.consecutive(getattr(given, recipe))
    found = {
        (run_of(x), x["Step"], x["Next step"]): (x["KL"], x["SE"])
        for x in lines(study, item, "consecutive")
    }
    # A checkpoint that the release lacks is none of the project's: its neighbours are beside.
    for (run, a, b), value in found.items():
        one = expected.get((run, a, b))
        measured = (math.nan, math.nan) if one is None else one
        np.testing.assert_allclose(value, measured, **NEAR, err_msg=f"{run} {a}")
    some = {key for key, value in expected.items() if value is not None and key[1] >= first}
    assert some <= set(found)


def test_that_early_and_later_are_those_of_the_plain_script(study, given):
    expected = plain_figures.groups(given.sizes)
    found = lines(study, "fig04", "groups")
    assert len(found) == len(expected)
    for x in found:
        names = ("Pairs", "Median", "Mean", "SD", "First step", "Last step")
        measured = [x[name] for name in names]
        np.testing.assert_allclose(measured, expected[run_of(x), x["Group"]], **NEAR)


def test_that_code_lengths_are_those_of_the_plain_script(study, given):
    for x in lines(study, "fig04", "code-length"):
        row = given.runs[run_of(x)].get(x["Step"])
        if (run_of(x), x["Step"]) not in given.sizes.rows:
            assert math.isnan(x["Code length"])
            continue
        kept = np.asarray(row, float)[given.sizes.kept]
        expected = -kept.mean() / (given.sizes.mean_bytes * math.log(2))
        np.testing.assert_allclose(x["Code length"], expected, **NEAR)


def test_that_exponents_from_every_start_are_those_of_the_plain_script(study, given):
    expected = plain_figures.all_fits(given.sizes, given.weights)
    found = lines(study, "fig05", "exponents")
    assert len(found) == len(expected)
    for x in found:
        fit = expected[run_of(x), x["space"], x["start"]]
        measured = [number(x["exponent"]), number(x["R²"])]
        if fit is None:
            assert np.isnan(measured).all(), x
            assert x["reason"]
            continue
        np.testing.assert_allclose(measured, fit[:2], rtol=1e-9, atol=1e-10, err_msg=str(x))
        assert x["points"] == fit[2]


def test_that_distances_from_the_start_shown_are_those_of_the_plain_script(study, given):
    found = lines(study, "fig05", "distances")
    fitted = [x for x in found if x["in the fit"]]
    assert len(fitted) == 2 * 10 * len(plain.SIZES)
    for x in found:
        run, step = run_of(x), x["start"] + int(x["lag"])
        if x["space"] == "log-likelihood":
            expected = given.sizes.kl((run, x["start"]), (run, step))[0]
        else:
            grid = given.sizes.grid[run]
            expected = given.weights[run][grid.index(x["start"])][grid.index(step)]
        np.testing.assert_allclose(x["squared distance"], expected, **NEAR)
        assert x["in the fit"] == (x["lag"] <= 10_000)


def test_that_what_goes_with_the_exponents_is_that_of_the_plain_script(study, given):
    beside = {run_of(x): x for x in lines(study, "table1", "exponents")}
    derived = {run_of(x): x for x in lines(study, "table1", "derived")}
    laws = {run_of(x): x for x in lines(study, "table1", "laws")}
    for run in plain.SIZES:
        expected = plain_figures.at_start(given.sizes, run, BOOTSTRAP, SEED)
        measured = [beside[run]["c_q from"], beside[run]["c_q to"]]
        np.testing.assert_allclose(measured, expected["interval"], **NEAR)
        np.testing.assert_allclose(
            derived[run]["effective dimension"], expected["dimension"], **NEAR
        )
        np.testing.assert_allclose(
            laws[run]["R² of noise plus drift"], expected["r2_drift"], **NEAR
        )
        names = ("noise a", "drift over the window, b t")
        goal = [expected["noise"], expected["drift"]]
        # The best share is where the sum of squares is flat: half its digits.
        np.testing.assert_allclose([laws[run][n] for n in names], goal, rtol=1e-6, atol=1e-12)
        assert laws[run]["power law wins"] == pytest.approx(100 * expected["wins"])
        scales = [beside[run]["c of exp(qs)"], beside[run]["c of exp(l / Bbar)"]]
        goal = plain_figures.on_likelihood_scales(given.sizes, run)
        np.testing.assert_allclose(scales, goal, **NEAR)
        assert derived[run]["trajectory dimension D"] == pytest.approx(2 / beside[run]["c_q"])


@pytest.mark.parametrize("item", ["fig08", "fig09"])
def test_that_components_and_shares_are_those_of_the_plain_script(study, given, item):
    places, shares, mean = plain_figures.components(given.sizes, 6)
    found = lines(study, item, "shares")
    np.testing.assert_allclose([x["Share of mean KL"] for x in found], shares, rtol=1e-9)
    along = [x["Mean KL along it"] for x in found]
    np.testing.assert_allclose(along, [mean * share for share in shares], rtol=1e-9)
    table = {(run_of(x), x["Step"]): x for x in lines(study, item, "components")}
    keys = list(places)
    ours = np.array([[table[key][f"PC{k}"] for k in range(1, 7)] for key in keys])
    theirs = np.array([places[key] for key in keys])
    signs = np.sign((ours * theirs).sum(axis=0))
    np.testing.assert_allclose(ours, signs * theirs, rtol=1e-7, atol=1e-9)
    assert (ours[np.argmax(abs(ours), axis=0), range(6)] < 0).all()


def test_that_weights_of_neighbours_are_those_of_the_plain_script(study, given):
    grid = sorted(given.runs["410m"])
    expected = plain_figures.weight_steps(given.weights, grid)
    found = lines(study, "fig11")
    assert {(run_of(x), x["Step"]) for x in found} == set(expected)
    for x in found:
        # Zero is what the release has where nothing was computed.
        goal = expected[run_of(x), x["Step"]] or math.nan
        np.testing.assert_allclose(number(x["Squared distance"]), goal, **NEAR)
    out = {(run_of(x), x["Step"], x["Stands out"]) for x in found if x["Stands out"]}
    assert out == {("1b", 115_000, "second"), ("1b", 116_000, "first")}


def test_that_scores_and_curves_of_outlier_texts_are_those_of_the_plain_script(study, given):
    texts = plain_figures.Texts(given.runs, given.n_bytes)
    found = lines(study, "fig12")
    order = [int(x["Text"]) for x in found]
    assert order == texts.order.tolist()
    np.testing.assert_allclose([x["Maximum"] for x in found], texts.maximum[order], **NEAR)
    np.testing.assert_allclose([x["SD"] for x in found], texts.sd[order], rtol=1e-9, atol=1e-9)
    dropped = [x["Rank"] for x in found if x["Dropped"]]
    assert dropped == list(range(1, round(0.03 * len(order)) + 1))
    curves: dict = {}
    for x in lines(study, "fig13"):
        curves.setdefault((run_of(x), x["Texts dropped"]), []).append(x["KL"])
    assert {n for _, n in curves} == set(range(0, 31, 3))
    for (run, n), values in curves.items():
        np.testing.assert_allclose(values, texts.curve(run, n), **NEAR)


def test_that_kl_between_seeds_is_that_of_the_plain_script(study, given):
    expected = plain_figures.seeds_at_the_end(given.runs, given.seeds, given.n_bytes)
    found = lines(study, "fig15")
    assert len(found) == 8
    for x in found:
        row = {n.removeprefix("pythia-"): v for n, v in x.items() if n.startswith("pythia-")}
        goal = {b: value for (a, b), value in expected.items() if a == run_of(x)}
        assert set(row) == set(goal)
        np.testing.assert_allclose([row[b] for b in goal], list(goal.values()), **NEAR)
        others = [value for b, value in goal.items() if b != run_of(x)]
        np.testing.assert_allclose(x["Median to others"], np.median(others), **NEAR)


def test_that_a_run_and_its_seeds_are_those_of_the_plain_script(study, given):
    (row,) = [x for x in lines(study, "table2b") if x["setting"] == "Seed"]
    assert row["pairs"] == len(plain.SEEDS)
    expected = plain_figures.other_seeds(given.every)
    np.testing.assert_allclose([row["KL"], row["SE"]], expected, **NEAR)


def test_that_every_pair_of_the_scale_is_that_of_the_plain_script(study, given):
    m = given.models
    rows = {
        "Later": given.sizes, "Early": given.sizes, "Size": given.sizes, "Seed": given.seeds,
    }  # fmt: skip

    def vector(group, label):
        if group in rows:
            run, _, step = label.removeprefix("pythia-").partition(" step ")
            return rows[group].rows[run, int(step)]
        name, _, rest = label.partition(" layer ")
        if rest:
            return np.asarray(m.layers[name][int(rest)], float)
        name, _, variant = label.partition(" ")
        if variant:
            return m.clipped({"8-bit": m.eight, "4-bit": m.four}[variant[:5]][name])
        return m.models[label]

    found = lines(study, "fig03", "pairs")
    for x in found:
        group = x["group"]
        size = rows[group].mean_bytes if group in rows else m.mean_bytes
        expected = plain.kl(vector(group, x["first"]), vector(group, x["second"]), size)
        np.testing.assert_allclose([x["KL"], x["SE"]], expected, **NEAR, err_msg=str(x))


def test_that_intervals_of_medians_are_those_of_the_plain_script(study, given):
    values: dict = {}
    for x in lines(study, "fig03", "pairs"):
        values.setdefault(x["group"], []).append(x["KL"])
    for x in lines(study, "table2a", "settings"):
        if x["pairs"]:
            low_high = plain_figures.median_over_pairs(values[x["group"]], BOOTSTRAP, SEED)
            np.testing.assert_allclose([x["low"], x["high"]], low_high, **NEAR)
    own = given.sizes
    over_texts = {x["group"]: x for x in lines(study, "table2a", "texts")}
    for group, later in (("Later", True), ("Early", False)):
        expected = plain_figures.median_over_texts(
            plain_figures.interval_pairs(own, later=later), given.n_bytes[own.kept], BOOTSTRAP, SEED
        )
        measured = [over_texts[group]["low"], over_texts[group]["high"]]
        np.testing.assert_allclose(measured, expected, **NEAR)


def test_that_halves_of_the_texts_agree_as_in_the_plain_script(study, given):
    found = lines(study, "appendix_c", "halves")
    own = [x for x in found if x["Checkpoints"] == "pythia-1b"][:2]
    expected = plain_figures.halves(given.every, given.n_bytes, "1b", 2, SEED)
    for x, goal in zip(own, expected, strict=True):
        names = ("N, first", "N, second", "Entries", "r", "Ratio of mean KL")
        np.testing.assert_allclose([x[n] for n in names], goal, **NEAR)


def test_that_shifts_of_other_families_and_random_groups_are_those_of_the_plain_script(
    study, given
):
    table = lines(study, "shifts", "across-families")
    cosines = lines(study, "shifts", "shift-cosines")
    for kind, variants in (("8-bit", given.models.eight), ("4-bit", given.models.four)):
        types, rows = plain_figures.shift_rows(given.models, variants)
        expected = plain_figures.across(types, rows)
        found = {
            frozenset((x["family"], x["other family"])): x["mean cosine"]
            for x in table
            if x["variant"] == kind
        }
        assert set(found) == set(expected)
        np.testing.assert_allclose([found[k] for k in expected], list(expected.values()), **NEAR)
        own = {x["family"]: x for x in cosines if x["variant"] == kind}
        whole = plain_figures.mean_cosine(rows)
        np.testing.assert_allclose(own["all models"]["mean cosine"], whole, **NEAR)
        # A random group has on average what all pairs have.
        sd = plain_figures.spread_of_random_groups(rows, 9, 2000)
        assert abs(own["random groups of 9"]["mean cosine"] - whole) < 4 * sd / math.sqrt(100)
        apart = plain_figures.mean_cosine(rows - rows.mean(axis=0))
        np.testing.assert_allclose(own["all models"]["centred apart"], apart, **NEAR)
