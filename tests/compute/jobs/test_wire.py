"""What a worker and its job tell each other arrives as it was sent."""

import json
from dataclasses import fields, replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from compute.core.errors import InputError, MissingPart, ScoringError, StoreError, UsageError
from compute.core.events import Reply, decode, encode, packed, unpacked
from compute.core.specs import from_json, to_json
from compute.jobs import wire
from compute.scoring import Batch, OutOfMemory, Plan, Scored, Settings, WorkerLost

PLAN = Plan((Batch(0, (3, 1)), Batch(7, (2,), 1)), 256, True, 3, ((0, 7),))


def sent(data):
    """As the other side hears it."""
    return decode(encode(Reply(data))).data


@given(
    hnp.arrays(st.sampled_from([np.float32, np.int64]), hnp.array_shapes(min_dims=0, min_side=0))
)
def test_that_an_array_arrives_bit_by_bit_and_cannot_be_written(array):
    heard = unpacked(sent({"a": packed(array)})["a"])
    assert heard.dtype == array.dtype
    assert heard.shape == array.shape
    assert heard.tobytes() == array.tobytes()
    assert not heard.flags.writeable


def test_that_every_setting_of_a_job_reaches_its_worker():
    asked = Settings(
        "bfloat16", "prepend", "cuda:1", 3, -1, "window", True, ("a", "b"), 9, (0, 4), "l.pt"
    )
    default = Settings()
    assert all(getattr(asked, f.name) != getattr(default, f.name) for f in fields(Settings))
    spec = wire.worker_spec(asked, "p.h5")
    assert wire.settings_of(from_json(to_json(spec))) == asked


def test_that_a_plan_with_rounds_and_halvings_arrives_as_it_was():
    for plan in (PLAN, replace(PLAN, budget=1000, window=2048, lanes=False, halved=())):
        assert wire.plan_of(sent(wire.plan_data(plan))) == plan


@pytest.mark.parametrize("with_layers", [False, True])
@pytest.mark.parametrize("with_tokens", [False, True])
def test_that_a_batch_arrives_with_its_texts_values_tokens_and_layers(with_tokens, with_layers):
    rows = (np.array([np.nan, -1, -2], np.float32), np.array([np.nan], np.float32))
    deep = np.array([[-9, -8], [-7, -6], [-3, 0]], np.float32) if with_layers else None
    values = np.array([-3, 0], np.float32)
    before = Scored(PLAN.batches[0], values, rows if with_tokens else (), deep)
    after = wire.scored_of(sent(wire.scored_data(before)), {b.number: b for b in PLAN.batches})
    assert after.batch == before.batch
    assert after.values.tobytes() == before.values.tobytes()
    assert [r.tobytes() for r in after.tokens] == [r.tobytes() for r in before.tokens]
    np.testing.assert_array_equal(after.layers, before.layers)


@pytest.mark.parametrize(
    "error",
    [
        ScoringError("it is broken", tried="Reading it", advice="Get another"),
        UsageError("no such device", advice="Use cpu"),
        InputError("not a model", tried="Opening x"),
        MissingPart("bitsandbytes is not installed", advice="pip install it"),
        OutOfMemory(),
        WorkerLost("the GPU failed", advice="Look at it"),
    ],
)
def test_that_an_error_keeps_its_kind_and_its_words(error):
    heard = wire.error_of(json.loads(json.dumps(wire.error_data(error))))
    assert type(heard) is type(error)
    assert str(heard) == str(error)


def test_that_an_error_of_another_kind_of_klscope_keeps_its_words():
    heard = wire.error_of(wire.error_data(StoreError("the file is cut short", tried="Reading p")))
    assert str(heard) == "Reading p: the file is cut short."


def test_that_a_surprise_becomes_a_sentence_with_its_details_in_the_log(capsys):
    try:
        raise ZeroDivisionError("by zero")
    except ZeroDivisionError as error:
        heard = wire.error_of(wire.error_data(error))
    assert isinstance(heard, ScoringError)
    assert str(heard) == "it could not be scored (ZeroDivisionError: by zero)."
    assert "Traceback" in capsys.readouterr().err
