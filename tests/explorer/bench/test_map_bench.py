"""``klscope bench map``: what it compares, and when it says that something does not hold."""

from __future__ import annotations

import json
from typing import Any

import numpy as np
import pytest
from PySide6.QtWidgets import QApplication

from compute.cli import build_app, main_guard
from compute.core.errors import KlscopeError
from explorer.bench import map as bench
from explorer.bench.points import ALPHA, DIAMETER, cloud
from explorer.cli import COMMANDS


def _found(**more: Any) -> dict[str, Any]:
    column = {
        bench.RATIO: {"ratio": 2.1, "lowest": 1.9, "highest": 2.2},
        "lasso, ms": 20.0,
        "recolour, ms": 30.0,
        "filter, ms": 30.0,
    }
    return {**column, **more}


def test_that_a_budget_is_broken_on_its_own_side_of_the_limit() -> None:
    slow = _found(**{"lasso, ms": 50.0, bench.RATIO: {"ratio": 1.6, "lowest": 1, "highest": 2}})
    at_most = [b.broken(slow) for b in bench.BUDGETS if b.n == 100_000]
    assert [words.split(" at ")[0] for words in at_most if words] == [bench.RATIO, "lasso, ms"]
    assert not any(b.broken(_found()) for b in bench.BUDGETS if b.n == 100_000)


def test_that_the_command_fails_with_a_sentence_when_a_budget_does_not_hold(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    broken = ["lasso, ms at 100,000 points: 60, must be less than 50"]
    figures = {"points": {"100000": _found()}, "load": [], "broken": broken}
    monkeypatch.setattr(bench, "measure", lambda *_a: figures)
    assert main_guard(build_app(COMMANDS), ["bench", "map"]) == 1
    out = capsys.readouterr().out
    assert "Does not hold: lasso, ms at 100,000 points" in out
    assert "2.1 (1.9 to 2.2)" in out
    figures["broken"] = []
    assert main_guard(build_app(COMMANDS), ["bench", "map", "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["broken"] == []
    assert main_guard(build_app(COMMANDS), ["bench", "map", "--points", "many"]) == 2


def test_that_points_have_size_8_colours_of_their_own_and_an_alpha() -> None:
    points = cloud(1000)
    assert set(points.size.tolist()) == {DIAMETER}
    assert points.colour[:, 3] == pytest.approx(ALPHA)
    assert len(np.unique(points.colour, axis=0)) > 900
    assert (~points.joined).sum() == 10


@pytest.mark.gl
def test_that_a_small_measurement_draws_the_same_picture_both_ways(
    qapp: QApplication, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(bench, "MOST_TURNS", 1)
    column = bench.measure(1, (200,))["points"]["200"]
    assert 0 < column["pictures differ by, %"] < 2
    assert column["frames/s, klscope"] < 5000
    assert column["frames/s, vispy"] < 5000
    assert {"hover, ms", "lasso, ms", "recolour, ms", "filter, ms"} <= set(column)


@pytest.mark.gl
def test_that_times_of_different_pictures_are_refused(
    qapp: QApplication, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(bench, "DIFFERENCE", 0.0)
    with pytest.raises(KlscopeError, match="differ by"):
        bench.measure(1, (200,))
