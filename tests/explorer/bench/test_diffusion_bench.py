"""``klscope bench diffusion``: what it drags, and when it says that something does not hold."""

from __future__ import annotations

import json

import pytest

from compute.cli import build_app, main_guard
from explorer.bench import diffusion as bench
from explorer.cli import COMMANDS


def test_that_the_command_fails_with_a_sentence_when_a_drag_is_slow(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    figures = {
        "runs": 20, "checkpoints": 154, "load": 0.5, "texts": {"1000": {bench.WHOLE: 61.0}},
        "broken": [f"{bench.WHOLE} at 1,000 texts: 61, must be less than 50"],
    }  # fmt: skip
    asked: list[object] = []
    monkeypatch.setattr(bench, "measure", lambda *a: asked.append(a) or figures)
    assert main_guard(build_app(COMMANDS), ["bench", "diffusion", "--texts", "1000"]) == 1
    assert asked == [(3, (1000,))]
    out = capsys.readouterr().out
    assert "20 runs of 154 checkpoints" in out
    assert f"Does not hold: {bench.WHOLE}" in out
    figures["broken"] = []
    assert main_guard(build_app(COMMANDS), ["bench", "diffusion", "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["texts"]["1000"][bench.WHOLE] == 61.0
    assert main_guard(build_app(COMMANDS), ["bench", "diffusion", "--texts", "many"]) == 2


@pytest.mark.gl
def test_that_every_step_of_the_drag_is_drawn(qapp, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(bench, "RUNS", 3)
    monkeypatch.setattr(bench, "STEPS", 40)
    monkeypatch.setattr(bench, "FRAMES", 6)
    figures = bench.measure(1, (120,))["texts"]["120"]
    assert figures[bench.EMPTY] > 0
    assert figures["of it: refit of 3 runs in both spaces, ms"] < figures[bench.WHOLE]
    assert figures["times an empty canvas"] > 0
    assert figures["bootstrap of all 3 runs, ms"] >= figures["bootstrap of the run in detail, ms"]
