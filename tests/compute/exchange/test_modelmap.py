"""JSON lines for each model, as the modelmap releases have them."""

from __future__ import annotations

import json
import math
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from compute.core.errors import InputError
from compute.core.tables import TextSet
from compute.exchange import Request
from compute.exchange.modelmap import read, sniff


def put(path: Path, records: list[dict[str, Any]]) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text("".join(json.dumps(one) + "\n" for one in records), encoding="utf-8")
    return path


def record(index: int, *tokens: float) -> dict[str, Any]:
    return {
        "index": index,
        "num-tokens": len(tokens),
        "log-likelihood": sum(tokens),
        "token-log-probs": list(tokens),
    }


@pytest.fixture
def release(tmp_path: Path) -> Path:
    put(tmp_path / "texts.jsonl", [{"text": "one", "pile_set_name": "web"}, {"text": "two"}])
    put(tmp_path / "logp" / "org__m1.jsonl", [record(1, -1.0, -2.0), record(0, -4.0)])
    put(tmp_path / "logp" / "org__m2.jsonl", [record(0, -0.5, -0.25)])
    return tmp_path


def test_that_models_texts_and_tokens_are_read(release: Path) -> None:
    found = read(release, Request())
    assert found.texts.texts == ("one", "two")
    assert found.texts.domains == ("web", "")
    assert [e.label for e in found.entries] == ["org/m1", "org/m2"]
    assert found.loglik[0].tolist() == [-4, -3]
    assert found.loglik[1, 0] == -0.75
    assert math.isnan(found.loglik[1, 1])
    first, second = found.entries
    assert found.n_tokens[first.tokenization].tolist() == [1, 2]
    assert found.n_tokens[second.tokenization].tolist() == [2, -1]
    assert found.tokens[first.id].of(1).tolist() == [-1, -2]
    assert found.tokens[second.id].offsets.tolist() == [0, 2, 2]
    assert sniff(release)
    assert sniff(release / "logp" / "org__m1.jsonl")


def test_that_the_sum_of_the_tokens_is_the_value(release: Path) -> None:
    found = read(release, Request())
    for entry, row in zip(found.entries, found.loglik, strict=True):
        detail = found.tokens[entry.id]
        sums = [float(np.sum(detail.of(k), dtype=np.float64)) for k in range(len(row))]
        scored = ~np.isnan(row)
        assert np.allclose(np.array(sums)[scored], row[scored])


def test_that_one_file_takes_the_texts_beside_it_or_those_given(release: Path) -> None:
    path = release / "logp" / "org__m1.jsonl"
    assert len(read(path, Request()).entries) == 1
    given = TextSet(("p", "q"), ("one", "two"), ("", ""))
    assert read(path, Request(texts=given)).texts is given


@pytest.mark.parametrize(
    ("records", "words"),
    [
        ([record(2, -1.0)], "line 1 has the index 2, but there are 2 texts"),
        ([record(-1, -1.0)], "the index -1"),
        ([{**record(0, -1.0), "index": "0"}], "the index '0'"),
        ([record(0, -1.0), record(0, -2.0)], "line 2 is a second record of the text 0"),
        ([{"index": 0, "log-likelihood": "low"}], "'low', which is no number"),
        ([{"index": 0, "log-likelihood": True}], "True, which is no number"),
        ([{"index": 0, "log-likelihood": float("-inf")}], "is -inf"),
    ],
)
def test_that_bad_records_get_a_sentence(
    records: list[dict[str, Any]], words: str, release: Path
) -> None:
    path = put(release / "logp" / "bad.jsonl", records)
    with pytest.raises(InputError) as refused:
        read(path, Request())
    assert words in refused.value.message


def test_that_missing_texts_and_models_get_a_sentence(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="no JSONL file"):
        read(tmp_path, Request())
    put(tmp_path / "m.jsonl", [record(0, -1.0)])
    with pytest.raises(InputError, match="--texts"):
        read(tmp_path, Request())
    put(tmp_path / "texts.jsonl", [{"text": "half \ud800"}])
    with pytest.raises(InputError, match="no text in the field"):
        read(tmp_path, Request())
