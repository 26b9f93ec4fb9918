"""What the torch scorer makes of devices: names, placement, and their failures."""

import numpy as np
import pytest
import tiny_models

from compute.core.errors import UsageError
from compute.scoring import OutOfMemory, WorkerLost, devices, torch_model


def test_that_the_scorer_names_every_device_and_uses_the_first(saved, texts, scorer):
    made = scorer(device="cpu,cpu")
    assert made.devices() == ("cpu", "cpu")
    assert made.open(tiny_models.checkpoint(saved()), texts).facts.device == "cpu"


def test_that_a_scorer_for_a_missing_device_is_refused(scorer):
    with pytest.raises(UsageError, match="no CUDA GPU"):
        scorer(device="spread")


def test_that_a_model_placed_by_a_device_map_gives_the_same_values(
    saved, texts, scorer, monkeypatch
):
    plain = scorer().open(tiny_models.checkpoint(saved()), texts)
    expected = _row(plain, len(texts))
    monkeypatch.setattr(devices, "placement", lambda name: {"device_map": {"": "cpu"}})
    placed = scorer().open(tiny_models.checkpoint(saved()), texts)
    assert _row(placed, len(texts)).tobytes() == expected.tobytes()
    assert placed.facts.device == "cpu"


def _row(model, n):
    plan = model.plan()
    row = np.full(n, np.nan, dtype=np.float32)
    for scored in model.score(plan, plan.batches):
        row[list(scored.batch.texts)] = scored.values
    return row


@pytest.mark.parametrize(
    ("words", "kind"),
    [
        ("CUDA error: unspecified launch failure", WorkerLost),
        ("CUDA error: out of memory", OutOfMemory),
        ("shapes differ", RuntimeError),
    ],
)
def test_that_a_failure_in_a_batch_is_told_by_its_kind(
    words, kind, saved, texts, scorer, monkeypatch
):
    def fail(*args, **kwargs):
        raise RuntimeError(words)

    model = scorer().open(tiny_models.checkpoint(saved()), texts)
    monkeypatch.setattr(torch_model, "score_batch", fail)
    with pytest.raises(kind):
        _row(model, len(texts))
