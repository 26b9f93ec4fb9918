"""Distances in weight space beside the straightforward computation in float64."""

from __future__ import annotations

import itertools
from collections.abc import Mapping
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray
from safetensors.numpy import save_file

from compute import weights
from compute.core.errors import InputError
from compute.weights import stream as module

Weights = dict[str, NDArray[np.float32]]
SHAPES = {"embed.weight": (50, 24), "layer.0.bias": (24,), "layer.0.weight": (300, 41)}


def path_of(n: int, scale: float = 0.01, seed: int = 0) -> list[Weights]:
    """A walk: each checkpoint is the one before plus a small step."""
    rng = np.random.default_rng(seed)
    now = {k: rng.normal(size=s).astype(np.float32) for k, s in SHAPES.items()}
    found = [now]
    for _ in range(n - 1):
        now = {k: v + np.float32(scale) * rng.normal(size=v.shape).astype(np.float32)
               for k, v in now.items()}  # fmt: skip
        found.append(now)
    return found


def saved(folder: Path, run: list[Weights]) -> list[Mapping[str, weights.Tensor]]:
    for k, tensors in enumerate(run):
        (folder / f"step{k}").mkdir(parents=True)
        save_file(tensors, folder / f"step{k}" / "model.safetensors")
    return [weights.tensors_of(folder / f"step{k}") for k in range(len(run))]


def straightforward(run: list[Weights]) -> NDArray[np.float64]:
    out = np.zeros((len(run), len(run)))
    for i, j in itertools.product(range(len(run)), repeat=2):
        out[i, j] = sum(
            float(((run[i][k].astype(float) - run[j][k].astype(float)) ** 2).sum())
            for k in run[i]
        )  # fmt: skip
    return out


def computed(folder: Path, run: list[Weights], **options: int) -> NDArray[np.float64]:
    tensors = saved(folder, run)
    names = weights.shared_tensors([str(k) for k in range(len(run))], tensors)
    return weights.distances(weights.plan(tensors, names, **options))


@pytest.mark.parametrize("n", [1, 2, 3, 4, 12])
def test_that_distances_are_those_of_a_plain_loop(tmp_path: Path, n: int) -> None:
    run = path_of(n)
    np.testing.assert_allclose(computed(tmp_path, run), straightforward(run), rtol=1e-6)


def test_that_a_window_gives_the_same_numbers_and_nothing_outside(tmp_path: Path) -> None:
    run = path_of(23)
    found, expected = computed(tmp_path, run, window=2), straightforward(run)
    i, j = np.indices(found.shape)
    inside = np.abs(i - j) <= 2
    np.testing.assert_allclose(found[inside], expected[inside], rtol=1e-6)
    assert np.isnan(found[~inside]).all()


def test_that_near_checkpoints_keep_their_digits(tmp_path: Path) -> None:
    run = path_of(3, scale=1.0)
    near = {k: v + np.float32(1e-5) * v for k, v in run[2].items()}
    run = [*run, near, near]
    found, expected = computed(tmp_path, run), straightforward(run)
    np.testing.assert_allclose(found, expected, rtol=1e-6)
    assert found[3, 4] == 0.0
    assert found[2, 3] > 0.0


@pytest.mark.parametrize("chunk", [4096, 8192])
def test_that_chunks_do_not_show(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, chunk: int
) -> None:
    monkeypatch.setattr(module, "_MOST", chunk)
    run = path_of(5)
    np.testing.assert_allclose(computed(tmp_path, run), straightforward(run), rtol=1e-6)


def test_that_an_interrupted_stream_goes_on_to_the_same_bits(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "_MOST", 4096)
    tensors = saved(tmp_path, path_of(5))
    wanted = weights.plan(tensors, weights.shared_tensors(list("abcde"), tensors))
    seen: list[weights.Progress] = []
    whole = weights.distances(wanted, on_progress=seen.append)
    assert len(seen) > 3
    resumed = weights.distances(wanted, resume=seen[1])
    assert resumed.tobytes() == whole.tobytes()


def test_that_half_precision_is_read_as_what_it_stands_for(tmp_path: Path) -> None:
    torch = pytest.importorskip("torch")
    from safetensors.torch import save_file as save_torch

    made = []
    for k, kind in enumerate((torch.bfloat16, torch.float16, torch.float64, torch.float32)):
        tensor = torch.linspace(-1, 1, 5000, dtype=torch.float64).to(kind) * (k + 1)
        (tmp_path / str(k)).mkdir()
        save_torch({"w": tensor}, tmp_path / str(k) / "model.safetensors")
        made.append(tensor.double().numpy())
    tensors = [weights.tensors_of(tmp_path / str(k)) for k in range(4)]
    found = weights.distances(weights.plan(tensors, ("w",)))
    expected = [[((a - b) ** 2).sum() for b in made] for a in made]
    np.testing.assert_allclose(found, expected, rtol=1e-6)


def test_that_a_missing_parameter_is_named(tmp_path: Path) -> None:
    run = path_of(3)
    del run[1]["layer.0.bias"]
    tensors = saved(tmp_path, run)
    with pytest.raises(InputError, match=r"step 1 has no parameter layer\.0\.bias"):
        weights.shared_tensors(["step 0", "step 1", "step 2"], tensors)


def test_that_another_shape_is_named(tmp_path: Path) -> None:
    run = path_of(2)
    run[1]["layer.0.bias"] = np.zeros(25, np.float32)
    tensors = saved(tmp_path, run)
    with pytest.raises(InputError, match=r"\(24,\) in step 0 and \(25,\) in step 1"):
        weights.shared_tensors(["step 0", "step 1"], tensors)


def test_that_masks_of_old_checkpoints_do_not_count(tmp_path: Path) -> None:
    run = path_of(2)
    run[0]["h.0.attn.bias"] = np.zeros((1, 1, 4, 4), np.float32)
    assert "h.0.attn.bias" not in saved(tmp_path, run)[0]


def test_that_quantized_weights_are_refused_by_name(tmp_path: Path) -> None:
    save_file({"w": np.zeros(4, np.int8)}, tmp_path / "model.safetensors")
    with pytest.raises(InputError, match=r"w in .* is stored as I8"):
        weights.tensors_of(tmp_path)


def test_that_a_folder_without_weights_and_a_bin_file_are_refused(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="no weights"):
        weights.tensors_of(tmp_path)
    (tmp_path / "pytorch_model.bin").write_bytes(b"x")
    with pytest.raises(InputError, match=r"a \.bin file"):
        weights.tensors_of(tmp_path)
