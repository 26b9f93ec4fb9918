"""The release of 2025: vectors, models and benchmark scores, together or alone."""

import json
import math
import pickle
import shutil

import numpy as np
import pytest

from compute.core.errors import InputError
from compute.core.tables import TextSet
from compute.exchange import FORMATS, Request, called
from compute.exchange.release2025 import read, sniff
from tests.fixtures import release as made

VECTORS = "data/log-likelihood/raw_log-likelihood_1018.pkl"
MODELS = "data/model-metadata/model-data-1018.pkl"
TEXTS = "data/text/texts-10k-pile.jsonl"


@pytest.fixture(scope="module")
def release():
    return made.make(40)


@pytest.fixture(scope="module")
def root(release, tmp_path_factory):
    return made.write_2025(release, tmp_path_factory.mktemp("release"))


@pytest.fixture
def copy(root, tmp_path):
    return shutil.copytree(root, tmp_path / "copy")


def test_that_every_model_has_its_vector_facts_and_scores(release, root):
    assert sniff(root)
    assert sniff(root / MODELS)
    assert not sniff(root / "data/text")
    assert not sniff(root / TEXTS)
    found = called(FORMATS["release-2025"].read)(root, Request())
    assert [e.id for e in found.entries] == list(release.models)
    assert np.array_equal(found.loglik, release.public.astype(np.float32))
    assert found.texts.texts == release.texts
    assert found.texts.domains == release.domains
    assert found.benchmarks.tasks == (*made.TASKS, "6-taskmean")
    assert found.benchmarks.ids == release.models
    for k, entry in enumerate(found.entries):
        declared = release.siblings[entry.id]
        parents = (declared,) if isinstance(declared, str) else tuple(declared or ())
        assert entry.family == release.types[entry.id]
        assert entry.parents == parents
        assert entry.relation == {0: "", 1: "fine-tune-of"}.get(len(parents), "merge-of")
        assert entry.n_params == round(made.TYPES[entry.family][1] * 1e9)
        assert dict(entry.metadata)["downloads"] == str(100_000 - 7 * k)
        assert found.benchmarks.values[k, :6].tolist() == release.scores[entry.id].tolist()
        assert found.benchmarks.values[k, 6] == pytest.approx(release.scores[entry.id].mean())
    expected = np.quantile(found.loglik.astype(np.float64), 0.02)
    assert found.recipes[0].tau == pytest.approx(expected, rel=1e-12)


def test_that_without_a_file_of_vectors_those_of_the_list_are_taken(release, copy):
    (copy / VECTORS).unlink()
    found = read(copy, Request())
    assert np.array_equal(found.loglik, release.public.astype(np.float32))
    assert any("is not there: the vectors are those of model-data" in n for n in found.notes)


def test_that_without_a_list_names_say_what_they_say(release, copy):
    (copy / MODELS).unlink()
    found = read(copy, Request())
    assert found.benchmarks is None
    assert [e.id for e in found.entries] == list(release.models)
    assert {e.size for e in found.entries} > {"7b", "8b"}


def test_that_texts_are_needed_and_may_be_given(release, copy):
    (copy / TEXTS).unlink()
    with pytest.raises(InputError, match="lengths of texts"):
        read(copy, Request())
    names = tuple(f"t{k}" for k in range(40))
    given = TextSet(names, release.texts, ("",) * 40)
    assert read(copy, Request(texts=given)).texts is given


def test_that_texts_are_ordered_by_their_index(release, copy):
    lines = (copy / TEXTS).read_text("utf-8").splitlines(keepends=True)
    (copy / TEXTS).write_text("".join(lines[::-1]), "utf-8")
    assert read(copy, Request()).texts.texts == release.texts


def _put(path, value):
    path.write_bytes(pickle.dumps(value))


def test_that_models_of_one_file_alone_are_named(release, copy):
    vectors = dict(zip(release.models, release.public, strict=True))
    vectors["org/new-7b"] = vectors.pop(release.models[0])
    vectors[release.models[1]] = None
    _put(copy / VECTORS, vectors)
    found = read(copy, Request())
    by_id = {e.id: e for e in found.entries}
    assert by_id[release.models[0]].status == by_id[release.models[1]].status == "failed"
    assert by_id["org/new-7b"].status == "done"
    assert any("Not in the list of models: org/new-7b" in n for n in found.notes)
    assert any(f"Not in raw_log-likelihood_1018.pkl: {release.models[0]}" in n for n in found.notes)


def test_that_scores_and_sizes_that_are_none_are_unknown(release, copy):
    models = pickle.loads((copy / MODELS).read_bytes())
    models[0] |= {"score_v1_ARC": None, "model_size": math.nan, "model_type": None}
    del models[1]["score_v1_MMLU"], models[1]["model_size"]
    models[2] |= {"tags": None, "downloads": None, "created_at": 5.5}
    _put(copy / MODELS, models)
    found = read(copy, Request())
    assert math.isnan(found.benchmarks.values[0, 0])
    assert math.isnan(found.benchmarks.values[1, 2])
    assert found.entries[2].parents == ()
    assert dict(found.entries[2].metadata)["created_at"] == "5.5"
    assert "downloads" not in dict(found.entries[2].metadata)
    assert found.entries[0].n_params > 0


@pytest.mark.parametrize(
    ("part", "value", "sentence"),
    [
        (MODELS, {"a": 1}, "dict where a list belongs"),
        (MODELS, [1], "int where a dict belongs"),
        (MODELS, [{"model_name": 5}], "name that is no text"),
        (MODELS, [{"model_name": "a"}, {"model_name": "a"}], "names 'a' twice"),
        (VECTORS, [1], "list where a dict belongs"),
        (VECTORS, {"a": np.zeros(3)}, "3 values, but there are 40 texts"),
        (VECTORS, {"a": {1, 2}}, "a set"),
    ],
)
def test_that_what_makes_no_sense_is_refused_in_a_sentence(copy, part, value, sentence):
    _put(copy / part, value)
    with pytest.raises(InputError, match=sentence):
        read(copy, Request())


@pytest.mark.parametrize(
    ("lines", "sentence"),
    [
        (["[1]"], "line 1 is no record"),
        (['{"text": "a"}', "{"], "line 2 is no JSON"),
        (['{"text": 5}'], "no list of texts"),
        (['{"index": 1, "text": "a"}'], "does not count the texts from 0"),
        ([], "holds no text"),
    ],
)
def test_that_texts_that_are_none_are_refused(copy, lines, sentence):
    (copy / TEXTS).write_text("\n".join(lines), "utf-8")
    with pytest.raises(InputError, match=sentence):
        read(copy, Request())


def test_that_a_folder_with_nothing_of_it_is_refused(tmp_path):
    with pytest.raises(InputError, match="holds neither"):
        read(tmp_path, Request())


def test_that_token_detail_comes_to_its_entries(release, root):
    found = read(root, Request())
    entries = {e.id: e for e in found.entries}
    assert set(found.tokens) == set(release.models[:2])
    for name in release.models[:2]:
        row = release.public[release.models.index(name)]
        detail = found.tokens[name]
        counts = found.n_tokens[entries[name].tokenization]
        for s in range(40):
            assert len(detail.of(s)) == counts[s]
            total = detail.of(s).astype(np.float64).sum()
            assert total == pytest.approx(row[s], rel=1e-3)


def test_that_token_detail_that_fits_no_vector_is_passed_over(release, copy):
    file = copy / f"data/tokens/{release.models[0].replace('/', '__')}.jsonl"
    records = [json.loads(line) for line in file.read_text("utf-8").splitlines()]
    records[3]["log-likelihood"] -= 50
    file.write_text("\n".join(map(json.dumps, records)), "utf-8")
    (copy / "data/tokens/org__new.jsonl").write_text(json.dumps(records[0]), "utf-8")
    found = read(copy, Request())
    assert set(found.tokens) == {release.models[1]}
    assert any("differ from its vector" in note for note in found.notes)
    assert any("org/new was passed over: it has no vector here" in note for note in found.notes)
    file.write_text(json.dumps(records[0] | {"index": 40}), "utf-8")
    found = read(copy, Request())
    assert not found.tokens
    assert any("passed over" in note and "index 40" in note for note in found.notes)
