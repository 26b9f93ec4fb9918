"""The project of random numbers that a report is measured on."""

from __future__ import annotations

import numpy as np
import pytest

from compute.analysis.analyses import NAMES
from compute.analysis.members import members
from compute.core.tables import BUILT_IN_RECIPES, Snapshot
from compute.report.trial import trial


def test_that_the_trial_has_something_for_every_analysis(tmp_path: object) -> None:
    made = trial(350, 120)
    recipes = {recipe.name: recipe for recipe in BUILT_IN_RECIPES}
    snapshot = Snapshot(tmp_path, made.texts, made.entries, made.rows, recipes)  # type: ignore[arg-type]
    assert all(len(members(snapshot, name)[0]) > 3 for name in NAMES)
    assert np.isfinite(made.rows).all()
    assert len({entry.id for entry in made.entries}) == len(made.entries)


@pytest.mark.parametrize("n", [400, 2000])
def test_that_the_trial_has_about_as_many_entries_as_asked_for(n: int) -> None:
    assert len(trial(n, 100).entries) == pytest.approx(n, rel=0.25)
