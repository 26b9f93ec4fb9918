"""The training loop's own arithmetic."""

from __future__ import annotations

import numpy as np
import pytest
import torch

from compute.minisuite.saving import as_os_error
from compute.minisuite.training import _backward, batches, reproducible


def test_that_loss_and_gradient_are_those_of_cross_entropy() -> None:
    generator = torch.Generator().manual_seed(0)
    weights = torch.randn(50, 33, generator=generator, requires_grad=True)
    targets = torch.randint(0, 33, (50,), generator=generator)
    loss = _backward(3 * weights, targets)
    assert weights.grad is not None
    ours, weights.grad = weights.grad, None
    expected = torch.nn.functional.cross_entropy(3 * weights, targets)
    expected.backward()  # type: ignore[no-untyped-call]
    assert loss == pytest.approx(expected.item(), rel=1e-6)
    torch.testing.assert_close(ours, weights.grad)


def test_that_one_pass_sees_every_sequence_once() -> None:
    tokens = np.arange(128 * 64 + 1, dtype=np.int32)
    stream = batches(tokens, seed=3)
    starts = [int(row[0]) for _ in range(4) for row in next(stream)]
    assert sorted(starts) == list(range(0, 128 * 64, 128))
    other = [int(row[0]) for row in next(batches(tokens, seed=4))]
    assert other != starts[:16]


def test_that_a_corpus_smaller_than_a_batch_is_repeated() -> None:
    assert next(batches(np.arange(300, dtype=np.int32), seed=0)).shape == (16, 129)


def test_that_settings_of_torch_are_put_back() -> None:
    before = torch.get_num_threads(), torch.are_deterministic_algorithms_enabled()
    with reproducible(1):
        assert torch.get_num_threads() == 1
        assert torch.are_deterministic_algorithms_enabled()
    assert (torch.get_num_threads(), torch.are_deterministic_algorithms_enabled()) == before


def test_that_a_full_disk_is_known_under_every_librarys_name() -> None:
    assert as_os_error(Exception("No space left on device (os error 28)")).errno == 28
    assert as_os_error(OSError(30, "Read-only")).errno == 30
