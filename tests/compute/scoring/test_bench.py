"""The benchmark of scoring: which rounds count, what is printed, and one run at a small scale."""

import json
from pathlib import Path

import numpy as np
import pytest
import torch

from compute.core.errors import UsageError
from compute.scoring.bench import Ask, lens, measure
from compute.scoring.bench.memory import own_pages, peak_extra
from compute.scoring.bench.numbers import lines
from compute.scoring.bench.rounds import interleaved
from compute.scoring.bench.shapes import SHAPES, chosen


def recorded(seconds, log, name):
    """A block that takes the next of ``seconds``, the last of them for ever."""
    waiting = list(seconds)

    def block():
        log.append(name)
        return waiting.pop(0) if len(waiting) > 1 else waiting[0]

    return block


def test_that_a_ratio_is_that_of_the_medians_and_its_range_that_of_the_rounds():
    ours = recorded([9, 1.0, 2.0, 4.0], [], "")
    plain = recorded([9, 4.0, 4.0, 4.0], [], "")
    found = interleaved({"ours": ours, "plain": plain}, lambda: 1.0, rounds=3)
    assert found.ratio("ours", "plain") == (2.0, 1.0, 4.0)
    assert (found.repeated, found.disturbed) == (0, 0)


def test_that_the_blocks_of_all_ways_are_interleaved_and_the_first_round_does_not_count():
    log = []
    ways = {name: recorded([1.0], log, name) for name in "ab"}
    found = interleaved(ways, recorded([1.0], log, "|"), rounds=2)
    assert "".join(log) == "|a|b|" * 2 + "|b|a|"
    assert len(found.rounds) == 2


def test_that_a_round_whose_yardstick_is_a_fifth_off_is_repeated():
    yardstick = recorded([1, 1, 1, 1, 1.3, 1, 1, 1], [], "")
    ways = {"a": recorded([9, 5.0, 1.0, 1.0, 2.0], [], ""), "b": recorded([1.0], [], "")}
    found = interleaved(ways, yardstick, rounds=3)
    assert (found.repeated, found.disturbed) == (1, 0)
    assert [r.seconds["a"] for r in found.rounds] == [2.0, 1.0, 1.0]


def test_that_repeating_ends_and_what_is_still_disturbed_is_counted():
    swings = iter([1.0, 2.0] * 50)
    found = interleaved({"a": lambda: 1.0}, lambda: next(swings), rounds=4)
    assert (found.repeated, found.disturbed) == (4, 4)


def test_that_peak_memory_is_that_of_the_work_and_not_of_what_was_there():
    kept = torch.ones(16 << 20)
    if own_pages() < 0:
        pytest.skip("this system does not say how much memory a process uses")

    def work():
        torch.ones(32 << 20).sum()

    extra = peak_extra(work, torch.device("cpu"))
    assert 128 << 20 <= extra <= 160 << 20
    assert len(kept)


def test_that_figures_are_printed_one_to_a_line():
    ratio = {"ratio": 1.5, "lowest": 1.25, "highest": 2.0}
    shown = list(lines({"a": {"tokens": 12_345, "times": ratio, "rate": 0.5}, "b": "none"}))
    assert shown == ["a", "  tokens: 12,345", "  times: 1.5x (1.25 to 2)", "  rate: 0.5", "b: none"]


def test_that_an_unknown_shape_is_refused_and_each_device_has_its_own():
    with pytest.raises(UsageError, match="no shape '7G'"):
        chosen(["7G"], "cpu")
    assert [s.name for s in chosen((), "cuda")] == ["1.4B", "6.9B"]
    assert "410M" in [s.name for s in chosen((), "cpu")]
    assert [s.name for s in chosen(["6.9B"], "cpu")] == ["6.9B"]


@pytest.fixture
def small(monkeypatch):
    """Two shapes that take no time, and a corpus of a few words."""
    from compute.scoring.bench import material, matrix, scoring

    monkeypatch.setattr(matrix, "LEAST_S", 0.005)
    monkeypatch.setattr(scoring, "TEXTS", 30)
    documents = tuple("def f(x): return x * " + "self os in for " * (40 + k) for k in range(8))
    monkeypatch.setattr(material, "_documents", lambda: documents)
    material.material.cache_clear()
    row = SHAPES["460k"]
    size = {"hidden": 16, "layers": 1, "heads": 2, "intermediate": 32, "vocab": 320, "pieces": 300}
    changed = {field: getattr(row, field) for field in row.__dataclass_fields__} | size
    for name, more in {
        "files": {"beside_s": 0.01},
        "memory": {"beside_s": 0.0, "whole": 12},
    }.items():
        monkeypatch.setitem(SHAPES, name, type(row)(**changed | {"name": name} | more))
    yield
    material.material.cache_clear()


def test_that_a_run_measures_every_way_on_the_same_texts(small, tmp_path):
    said = []
    ask = Ask(tmp_path, ("files", "memory"), "cpu", n_threads=2, texts=6, whole=9, rounds=1)
    found = measure(ask, said.append)
    json.dumps(found)
    for name in ("files", "memory"):
        figures = found[name]
        assert figures["texts"] == 6
        assert min(figures["tokens/s"].values()) > 0
        assert figures["largest difference from the plain loop, nats"] < 1e-3
        assert 0 < figures["share of the matrix rate"]["klscope"] < 1.5
        assert np.isfinite(figures["noise floor, bits/byte"])
    switch = found["files"]["checkpoint switch"]
    assert switch["klscope, s"] > 0
    assert found["memory"]["in one go"]["texts"] == 9
    assert list(tmp_path.iterdir()) == []
    assert "files: 1 rounds" in said


def test_that_layers_are_measured_beside_their_parts():
    found = lens(Ask(Path(), shapes=("460k",), texts=4, rounds=1), lambda _line: None)
    one = found["460k"]
    assert one["layers"] == 5
    assert "over forward + one unembedding per layer" in " ".join(one)
    assert found["memory at 32 layers"]["all layers, MiB"] > 0
