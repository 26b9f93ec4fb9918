"""The benchmark of KL at a small scale."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
import typer

from compute.cli import bench_kl
from compute.core.errors import InputError


def test_that_ratios_to_the_plain_product_and_peak_memory_are_printed(
    tmp_path: Path, monkeypatch, capsys
) -> None:
    monkeypatch.setattr(bench_kl.bench, "LIMIT", 1e9)
    bench_kl.kl(
        entries=9, texts=20, rounds=2, large=True, large_entries=7, folder=tmp_path, as_json=True
    )
    out = json.loads(capsys.readouterr().out)
    found = out["times the product"]["KL matrix of centred rows"]
    assert 0 < found["lowest"] <= found["highest"]
    large = out["all pairs into a file"]
    assert (large["entries"], large["texts"]) == (7, 20)
    assert 0.01 < large["peak memory of the process, GB"] < 4
    assert not list(tmp_path.glob("large.h5")) + list(tmp_path.glob("large.npy"))


def test_that_a_ratio_over_the_limit_ends_with_code_one(monkeypatch, capsys) -> None:
    monkeypatch.setattr(bench_kl.bench, "LIMIT", 0.0)
    with pytest.raises(typer.Exit) as ended:
        bench_kl.kl(entries=5, texts=10, rounds=1)
    assert ended.value.exit_code == 1
    assert "times the product" in capsys.readouterr().out


def test_that_a_child_that_fails_is_a_sentence() -> None:
    with pytest.raises(InputError, match="Measuring the memory of a large matrix: ValueError: no"):
        bench_kl._child("raise ValueError('no')")
