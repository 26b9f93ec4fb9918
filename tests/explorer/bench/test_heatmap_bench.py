"""``klscope bench heatmap``: what it times, and when it says that something does not hold."""

from __future__ import annotations

import json
from types import SimpleNamespace

import pytest

from compute.cli import build_app, main_guard
from explorer.bench import heatmap as bench
from explorer.cli import COMMANDS


@pytest.mark.gl
def test_that_a_small_matrix_is_opened_and_moved_over(tmp_path, monkeypatch) -> None:
    monkeypatch.setattr(bench, "TURNS", 2)
    monkeypatch.setattr(bench, "FRAMES", 3)
    found = bench.measure(1, tmp_path, n=1_200, n_texts=32)
    assert found["models"] == 1_200
    times = [value for name, value in found.items() if name.endswith((", s", ", ms"))]
    assert len(times) == 7
    assert all(value > 0 for value in times)
    ratio = found["frame while moving, ms"] / found[next(k for k in found if "empty" in k)]
    assert found["moving, times an empty canvas"] == pytest.approx(ratio, abs=0.02)


def test_that_what_is_too_slow_is_said_and_fails(monkeypatch, capsys) -> None:
    found = bench.Found([1.2], [0.4], [0.010], [0.020], [0.005], [0.019], 100.0)

    source = SimpleNamespace(entries=(), prepared=SimpleNamespace(n_texts=1))
    figures = bench._figures(found, source)
    assert [m.split(":")[0] for m in figures["missed"]] == [
        "first picture, all rows, s", "moving, times an empty canvas",
    ]  # fmt: skip
    monkeypatch.setattr(bench, "measure", lambda *_a: figures)
    assert main_guard(build_app(COMMANDS), ["bench", "heatmap"]) == 1
    good = bench._figures(bench.Found([0.2], [0.4], [0.006], [0.02], [0.005], [0.019]), source)
    monkeypatch.setattr(bench, "measure", lambda *_a: good)
    capsys.readouterr()
    assert main_guard(build_app(COMMANDS), ["bench", "heatmap", "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["missed"] == []
