"""The tables of a report on the authors' release, beside a script that shares nothing with it."""

from __future__ import annotations

import csv

import numpy as np
import plain
import pytest

from compute.core.control import Control
from compute.core.events import Finished
from compute.core.specs import ReportSpec
from compute.jobs import run

ITEMS = ("table1", "table2a", "table2b", "table2c", "table3", "table4", "shifts")
NEAR = {"rtol": 1e-9, "atol": 1e-12}
N_TEXTS = 300


@pytest.fixture(scope="module")
def made(released, tmp_path_factory):
    """What the plain script finds in a release, and the folder of tables that a report writes."""
    folder, project = released
    out = tmp_path_factory.mktemp("tables") / "report"
    events = []
    run(ReportSpec(str(project), str(out), only=ITEMS, bootstrap=20), events.append, Control())
    assert isinstance(events[-1], Finished), events[-1]
    return plain.tables(folder), out / "tables"


def rows(made, name):
    """The lines of a CSV file as mappings; columns without their units."""
    with open(made[1] / f"{name}.csv", newline="", encoding="utf-8") as file:
        head, *lines = csv.reader(file)
    names = [column.partition(" (")[0] for column in head]
    return [dict(zip(names, line, strict=True)) for line in lines]


def numbers(row, *names):
    return [float(row[name]) for name in names]


def of_run(found, row):
    return found[row["run"].removeprefix("pythia-")]


def test_that_the_groups_are_those_of_the_plain_script(made):
    found = {row["group"]: row for row in rows(made, "table2a-settings")}
    for name, expected in made[0]["table2a"].items():
        assert int(found[name]["pairs"]) == expected["n"], name
        measured = numbers(found[name], "median", "mean")
        np.testing.assert_allclose(measured, [expected["median"], expected["mean"]], **NEAR)
        if found[name]["SD"]:
            np.testing.assert_allclose(float(found[name]["SD"]), expected["sd"], **NEAR)
    assert int(found["Later"]["N"]) == made[0]["n_texts"]["sizes"]
    assert int(found["Seed"]["N"]) == made[0]["n_texts"]["seeds"]
    assert int(found["Layer"]["N"]) == N_TEXTS


def test_that_pools_of_drawn_pairs_are_those_of_the_plain_script(made):
    for row in rows(made, "table2a-draws"):
        expected = made[0]["all pairs"][row["group"]]
        assert int(row["pairs drawn"]) == made[0]["table2a"]["Fine-tune"]["n"]
        assert int(row["all pairs"]) == expected["n"]
        measured = numbers(row, "median of all", "mean of all")
        np.testing.assert_allclose(measured, [expected["median"], expected["mean"]], **NEAR)


def test_that_steps_and_sizes_are_those_of_the_plain_script(made):
    found = rows(made, "table2b")
    steps = [row for row in found if row["setting"] == "Step"]
    for row, expected in zip(steps, made[0]["table2b"].values(), strict=True):
        np.testing.assert_allclose(numbers(row, "KL", "SE"), expected, **NEAR)
    sizes = [row for row in found if row["setting"] == "Size"]
    assert len(sizes) == 4
    for row in sizes:
        size = row["between"].partition(",")[0]
        expected = made[0]["table3"]["410m", size]
        np.testing.assert_allclose(numbers(row, "KL", "SE"), expected, **NEAR)


def test_that_layers_are_those_of_the_plain_script(made):
    found = rows(made, "table2c")
    assert len(found) == 9
    for row in found:
        low = int(row["layers"].partition(" ")[0])
        expected = made[0]["layers"][row["model"], low]
        np.testing.assert_allclose(numbers(row, "KL", "SE"), expected, **NEAR)


def test_that_pairs_of_sizes_are_those_of_the_plain_script(made):
    found = rows(made, "table3-sizes")
    assert len(found) == 10
    for row in found:
        expected = made[0]["table3"][row["Size"], row["Other size"]]
        np.testing.assert_allclose(numbers(row, "KL", "SE"), expected, **NEAR)


def test_that_exponents_are_those_of_the_plain_script(made):
    found = rows(made, "table1-exponents")
    assert len(found) == 5
    for row in found:
        expected = of_run(made[0]["table1"], row)
        measured = numbers(row, "c_w", "c_q", "alpha")
        np.testing.assert_allclose(measured, [expected[k] for k in ("c_w", "c_q", "alpha")], **NEAR)
    for row in rows(made, "table1-derived"):
        expected = of_run(made[0]["table1"], row)
        measured = numbers(row, "R² of c_q", "R² of c_w", "Hurst exponent H")
        goal = [expected["r2_q"], expected["r2_w"], expected["c_q"] / 2]
        np.testing.assert_allclose(measured, goal, **NEAR)


def test_that_the_quality_of_fits_is_that_of_the_plain_script(made):
    found = rows(made, "table4")
    assert len(found) == 5
    for row in found:
        expected = of_run(made[0]["table4"], row)
        assert int(row["starts"]) == expected["n"]
        measured = numbers(
            row, "R² of log-likelihood", "SD of R²", "R² of weights", "SD of weights' R²"
        )
        np.testing.assert_allclose(
            measured, [*expected["loglik"], *expected["weights"]], rtol=1e-9, atol=1e-10
        )


def test_that_cosines_of_shifts_are_those_of_the_plain_script(made):
    found = [row for row in rows(made, "shifts-shift-cosines") if row["mean cosine"]]
    checked = 0
    for row in found:
        expected = made[0]["shifts"][row["variant"]].get(row["family"])
        if expected is not None:
            np.testing.assert_allclose(float(row["mean cosine"]), expected, **NEAR)
            checked += 1
    assert checked == sum(map(len, made[0]["shifts"].values()))
