"""The schedule, the size table, the presets and the split of the corpus: no torch."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from compute.core.assets import asset
from compute.core.errors import UsageError
from compute.core.specs import GrowSpec
from compute.minisuite import (
    PRESETS,
    SIZES,
    checkpoint_steps,
    heldout_names,
    learning_rate,
    preset,
    validate,
)
from compute.minisuite.corpus import held_out_source, is_held_out, read_corpus, training_texts
from compute.minisuite.schedule import steps_to_save


def test_that_steps_are_powers_of_two_and_even_ones() -> None:
    assert checkpoint_steps(1024, 4) == (0, 1, 2, 4, 8, 16, 32, 64, 128, 256, 512, 768, 1024)
    assert checkpoint_steps(143_000, 143)[:13] == (*[0, *(2**k for k in range(10))], 1000, 2000)
    assert len(checkpoint_steps(143_000, 143)) == 154
    assert checkpoint_steps(0, 16) == (0,)


def test_that_the_demo_has_26_checkpoints_of_each_run() -> None:
    runs, steps = validate(preset("demo", "x"))
    assert (len(runs), len(steps), steps[-1]) == (4, 26, 352)


@pytest.mark.parametrize(("asked", "given"), [(6, 6), (7, 8), (9, 10), (17, 17)])
def test_that_a_number_of_checkpoints_can_be_asked_for(asked: int, given: int) -> None:
    steps = steps_to_save(16, asked)
    assert len(steps) == given
    assert {0, 1, 2, 4, 8, 16} <= set(steps)


@pytest.mark.parametrize(("steps", "n"), [(16, 3), (16, 18), (-1, 0)])
def test_that_impossible_schedules_are_wrong_usage(steps: int, n: int) -> None:
    with pytest.raises(UsageError):
        steps_to_save(steps, n)


def test_that_an_interval_is_never_rounded() -> None:
    steps = steps_to_save(3264, interval=32)
    assert [s for s in steps if s % 32 == 0] == list(range(0, 3265, 32))
    assert {1, 2, 4, 8, 16, 512} <= set(steps)
    for wrong in ({"interval": 33}, {"interval": -32}, {"interval": 32, "n_checkpoints": 70}):
        with pytest.raises(UsageError):
            steps_to_save(3264, **wrong)


def test_that_the_learning_rate_warms_up_and_decays_to_a_tenth() -> None:
    rates = [learning_rate(k, 1000, 2.0) for k in range(1000)]
    assert rates[0] == pytest.approx(0.2)
    assert max(rates) == pytest.approx(2.0)
    assert rates.index(max(rates)) in (9, 10)
    assert rates[-1] == pytest.approx(0.2, abs=1e-4)
    assert rates[10:] == sorted(rates[10:], reverse=True)


@pytest.mark.parametrize(
    "spec",
    [
        GrowSpec("x", sizes=("huge",)),
        GrowSpec("x", sizes=()),
        GrowSpec("x", seeds=()),
        GrowSpec("x", seeds=(-1,)),
        GrowSpec("x", n_threads=0),
        GrowSpec("x", n_texts=-1),
    ],
)
def test_that_senseless_arguments_are_wrong_usage(spec: GrowSpec) -> None:
    with pytest.raises(UsageError):
        validate(spec)


def test_that_an_unknown_preset_is_wrong_usage() -> None:
    with pytest.raises(UsageError, match="Choose from default, demo"):
        preset("tiny", "x")


def test_that_presets_and_sizes_agree() -> None:
    for spec in PRESETS.values():
        assert set(spec.sizes) <= set(SIZES)
    assert [s.n_params for s in SIZES.values()] == sorted(s.n_params for s in SIZES.values())


def test_that_a_tenth_of_the_library_is_held_out() -> None:
    files = read_corpus()
    held = held_out_source(files)
    assert 0.05 < len(held) / len(files) < 0.15
    names = {f.name for f in held}
    assert [f.name for f in files] == sorted(f.name for f in files)
    assert all(f.name.endswith(".py") and "site-packages" not in f.name for f in files)
    assert len(training_texts(files)) == len(files) - len(names)


def test_that_the_split_depends_on_the_name_alone() -> None:
    assert is_held_out("json/decoder.py") == is_held_out("json/decoder.py")
    assert is_held_out("anything.py", frozenset({"anything.py"}))


def test_that_names_of_the_bundled_example_never_enter_training(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    trained = next(f.name for f in read_corpus() if not is_held_out(f.name))
    listed = tmp_path / "example-heldout.json"
    listed.write_text(json.dumps([trained]))
    monkeypatch.setattr(
        "compute.minisuite.corpus.asset",
        lambda name: listed if name == listed.name else asset(name),
    )
    assert heldout_names() == {trained}
    assert next(f for f in read_corpus() if f.name == trained).held_out


def test_that_domains_are_packages(tmp_path: Path) -> None:
    for name in ("json/decoder.py", "ast.py", "test/test_ast.py", "site-packages/x.py"):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_text("x = 1\n")
    (tmp_path / "bad.py").write_bytes(b"# \xe9\n")
    found = {f.name: f.domain for f in read_corpus(tmp_path)}
    assert found == {"ast.py": "modules", "json/decoder.py": "json"}
