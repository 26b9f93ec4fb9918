from __future__ import annotations

from pathlib import Path

from explorer.bench.embed import FIRST_S, MOST_RATIO, measure, missed


def test_that_every_frame_is_delivered_and_both_sides_are_timed(tmp_path: Path) -> None:
    found = measure(1, tmp_path, n_texts=60, n_steps=20, three=False)
    assert (found["entries"], found["texts"]) == (40, 60)
    assert found["frames delivered"] == 101
    assert found["ratio of medians"] > 0
    assert 0 < found["of these its optimisation, s"] <= found["openTSNE directly, s"]


def test_that_a_missed_budget_is_named() -> None:
    assert missed(MOST_RATIO, 0.1) == []
    assert missed(1.2, 0.1) == ["t-SNE 1.200x"]
    assert missed(1.0, FIRST_S) == ["first picture 0.50 s"]
