"""Samples of lm-evaluation-harness, in the layouts that its versions write."""

from __future__ import annotations

import hashlib
import json
import math
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from compute.core.errors import InputError
from compute.exchange import Request
from compute.exchange.lm_eval import read, sniff

DATE, LATER = "2024-05-01T10-00-00.123456", "2024-06-01T10-00-00.654321"


def _hash(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()


def sample(
    doc: int, asked: list[tuple[Any, ...]], resps: list[Any], *, filter_name: str = "none"
) -> dict[str, Any]:
    """One document as version 0.4 logs it."""
    return {
        "doc_id": doc,
        "doc": {"n": doc},
        "target": "0",
        "arguments": {
            f"gen_args_{i}": {f"arg_{j}": part for j, part in enumerate(one)}
            for i, one in enumerate(asked)
        },
        "resps": resps,
        "filtered_resps": [one[0] if isinstance(one, list) else one for one in resps],
        "filter": filter_name,
        "metrics": ["acc"],
        "doc_hash": _hash(f"doc {doc}"),
        "prompt_hash": _hash(str(asked[0][0])),
        "target_hash": _hash("0"),
        "acc": 1.0,
    }


def choices(doc: int, values: list[float]) -> dict[str, Any]:
    asked = [(f"Question {doc}?", f" answer {k}") for k in range(len(values))]
    return sample(doc, asked, [[[str(v), "False"]] for v in values])


def rolling(doc: int, value: float) -> dict[str, Any]:
    return sample(doc, [(f"The whole document {doc}.",)], [[str(value)]])


def put(root: Path, model: str, task: str, samples: list[dict[str, Any]], date: str = DATE) -> Path:
    folder = root / model
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / f"samples_{task}_{date}.jsonl"
    path.write_text("".join(json.dumps(one) + "\n" for one in samples), encoding="utf-8")
    return path


def test_that_models_and_tasks_make_one_project(tmp_path: Path) -> None:
    for m, model in enumerate(("org__one", "org__two")):
        put(tmp_path, model, "arc_easy", [choices(d, [-1.0 - m, -2.0 - d]) for d in range(2)])
        put(tmp_path, model, "wikitext", [rolling(d, -100.0 - 10 * m - d) for d in (1, 0)])
    found = read(tmp_path, Request())
    assert [e.label for e in found.entries] == ["org/one", "org/two"]
    assert found.loglik.tolist() == [
        [-1, -2, -1, -3, -101, -100],
        [-2, -2, -2, -3, -111, -110],
    ]
    assert found.texts.domains == ("arc_easy",) * 4 + ("wikitext",) * 2
    assert found.texts.texts[0] == "Question 0? answer 0"
    assert found.texts.texts[4] == "The whole document 1."
    said = " ".join(found.notes)
    assert "2 tasks: arc_easy, wikitext" in said
    assert "8 values are log-likelihoods of a continuation given its context" in said
    assert "4 values are log-likelihoods of whole documents" in said
    assert "6 of 6 texts have a value of every model" in said
    assert found.texts.parameters["tasks"] == ["arc_easy", "wikitext"]
    assert sniff(tmp_path)


def test_that_documents_are_matched_by_their_hash_and_not_by_their_order(tmp_path: Path) -> None:
    put(tmp_path, "a", "t", [rolling(0, -1.0), rolling(1, -2.0), rolling(2, -3.0)])
    put(tmp_path, "b", "t", [rolling(2, -30.0), rolling(0, -10.0)])
    found = read(tmp_path, Request())
    assert found.loglik[:, 0].tolist() == [-1, -10]
    assert found.loglik[:, 2].tolist() == [-3, -30]
    assert math.isnan(found.loglik[1, 1])
    assert found.entries[1].n_scored == 2
    assert any("2 of 3 texts have a value of every model" in note for note in found.notes)


def test_that_choices_keep_their_number_when_keys_are_sorted(tmp_path: Path) -> None:
    one = choices(0, [-float(k) for k in range(12)])
    one["arguments"] = dict(sorted(one["arguments"].items()))
    put(tmp_path, "a", "t", [one])
    found = read(tmp_path, Request())
    assert found.texts.texts[11] == "Question 0? answer 11"
    assert found.loglik[0].tolist() == [-k for k in range(12)]


def test_that_another_prompt_is_another_text(tmp_path: Path) -> None:
    put(tmp_path, "a", "t", [sample(0, [("Q?", " A")], [[["-1.0", "True"]]])])
    put(tmp_path, "b", "t", [sample(0, [("<chat>Q?", " A")], [[["-1.5", "True"]]])])
    found = read(tmp_path, Request())
    assert found.texts.texts == ("Q? A", "<chat>Q? A")
    assert np.isnan(found.loglik).sum() == 2


def test_that_the_newest_file_of_a_task_counts(tmp_path: Path) -> None:
    put(tmp_path, "a", "t", [rolling(0, -9.0)], LATER)
    put(tmp_path, "a", "t", [rolling(0, -1.0)], DATE)
    found = read(tmp_path, Request())
    assert found.loglik.tolist() == [[-9.0]]
    assert any("1 older files" in note for note in found.notes)


def test_that_filters_and_repeats_are_one_value(tmp_path: Path) -> None:
    one = rolling(0, -4.0)
    repeats = sample(1, [("Q?", " A")], [[["-1.0", "True"], ["-1.0", "True"]]])
    put(tmp_path, "a", "t", [one, {**one, "filter": "other"}, repeats])
    found = read(tmp_path, Request())
    assert found.loglik.tolist() == [[-4.0, -1.0]]


def test_that_generated_answers_are_no_log_likelihoods(tmp_path: Path) -> None:
    """An answer of digits is still an answer."""
    generated = sample(0, [("2 + 2 =", {"until": ["\n"]})], [["42"]])
    put(tmp_path, "a", "gsm", [generated, rolling(1, -7.0)])
    found = read(tmp_path, Request())
    assert found.loglik.tolist() == [[-7.0]]
    assert any("1 generated answers" in note for note in found.notes)
    put(tmp_path / "only", "a", "gsm", [generated])
    with pytest.raises(InputError, match="no sample in it has a log-likelihood"):
        read(tmp_path / "only", Request())


def test_that_older_layouts_are_read(tmp_path: Path) -> None:
    """Version 0.4.0: lists of arguments, numbers as numbers, no hashes, any file name."""
    old = {
        "doc_id": 3,
        "doc": {},
        "arguments": [["Q?", " yes"], ["Q?", " no"]],
        "resps": [[[-1.25, True]], [[-2.5, False]]],
        "filtered_resps": [[-1.25, True], [-2.5, False]],
    }
    path = tmp_path / "pretrained__org__m_boolq.jsonl"
    path.write_text(json.dumps(old) + "\n")
    found = read(path, Request())
    assert found.loglik.tolist() == [[-1.25, -2.5]]
    assert sniff(path)


def test_that_results_say_what_the_model_is(tmp_path: Path) -> None:
    path = put(tmp_path, "org__m", "t", [rolling(0, -1.0)])
    about = {
        "model_name": "org/m-7b",
        "config": {
            "model_revision": "step1000",
            "model_dtype": "torch.bfloat16",
            "model_num_parameters": 6_900_000_000,
        },
        "lm_eval_version": "0.4.8",
    }
    path.with_name(f"results_{DATE}.json").write_text(json.dumps(about))
    entry = read(tmp_path, Request()).entries[0]
    assert (entry.label, entry.revision, entry.dtype) == ("org/m-7b", "step1000", "bfloat16")
    assert (entry.n_params, entry.software) == (6_900_000_000, "lm-eval 0.4.8")


def test_that_infinite_values_count_as_not_scored(tmp_path: Path) -> None:
    put(tmp_path, "a", "t", [rolling(0, -math.inf), rolling(1, -2.0)])
    found = read(tmp_path, Request())
    assert math.isnan(found.loglik[0, 0])
    assert any("1 infinite values" in note for note in found.notes)


@pytest.mark.parametrize(
    ("line", "words"),
    [
        ("{", "line 1 is no JSON"),
        ("[1]", "line 1 is no JSON object"),
        ('{"doc_id": 1}', "no 'arguments'"),
        ('{"arguments": [["a"]]}', "no 'resps'"),
        ('{"arguments": 5, "resps": []}', "no 'arguments'"),
        ("", "empty"),
    ],
)
def test_that_what_is_no_sample_gets_a_sentence(line: str, words: str, tmp_path: Path) -> None:
    path = tmp_path / f"samples_t_{DATE}.jsonl"
    path.write_text(line)
    with pytest.raises(InputError) as refused:
        read(path, Request())
    assert words in refused.value.message


def test_that_a_folder_without_samples_gets_a_sentence(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="--log_samples"):
        read(tmp_path, Request())
    assert not sniff(tmp_path)


def test_that_a_project_of_these_texts_can_be_given(tmp_path: Path) -> None:
    """Another model is matched to the texts of the project by what they say."""
    put(tmp_path / "first", "a", "t", [rolling(d, -1.0 - d) for d in range(3)])
    texts = read(tmp_path / "first", Request()).texts
    put(tmp_path / "more", "b", "t", [rolling(2, -30.0), rolling(0, -10.0)])
    found = read(tmp_path / "more", Request(texts=texts))
    assert found.texts is texts
    assert found.loglik[0, [0, 2]].tolist() == [-10, -30]
    assert math.isnan(found.loglik[0, 1])
