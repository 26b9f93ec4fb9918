"""The authors' release folder: everything arrives at the right entry, and what does not is said."""

import json
import pickle
import shutil
import time

import numpy as np
import pytest

from compute import store
from compute.core.errors import InputError
from compute.core.tables import TextSet
from compute.exchange import FORMATS, Request, authors, called
from compute.exchange.authors import read, sniff
from tests.fixtures import release as made

N = 400


@pytest.fixture(scope="module")
def release():
    return made.make(N)


@pytest.fixture(scope="module")
def small():
    return made.make(12)


@pytest.fixture(scope="module")
def data(release, tmp_path_factory):
    return made.write(release, tmp_path_factory.mktemp("release"))


@pytest.fixture(scope="module")
def imported(data):
    return read(data, Request())


@pytest.fixture(scope="module")
def by_id(imported):
    return {e.id: (e, row) for e, row in zip(imported.entries, imported.loglik, strict=True)}


# ---------------------------------------------------------------- what arrives


def test_that_the_folder_is_known_and_read_within_seconds(data):
    assert sniff(data)
    assert sniff(data.parent)
    assert not sniff(data / "logp")
    started = time.monotonic()
    found = called(FORMATS["release"].read)(data.parent, Request())
    assert time.monotonic() - started < 10
    assert found.loglik.dtype == np.float32
    assert found.texts.texts == tuple(json.loads((data / "texts.json").read_text("utf-8")))


def test_that_every_checkpoint_is_in_its_run_at_its_step(release, by_id):
    for run, by_step in release.checkpoints.items():
        for step, vector in by_step.items():
            entry, row = by_id[f"pythia-{run}/step{step}"]
            assert (entry.run, entry.step, entry.family) == (f"pythia-{run}", step, "pythia")
            assert entry.size == run.partition("-")[0]
            assert entry.seed == int(run.partition("seed")[2] or -1)
            if vector is None:
                assert np.isnan(row).all()
                assert (entry.status, entry.n_scored) == ("failed", 0)
                assert "None" in entry.error
            else:
                assert entry.is_checkpoint
                assert np.array_equal(row, vector)
                assert (entry.status, entry.n_scored) == ("done", N)


def test_that_a_run_is_12_times_154_checkpoints_with_what_is_known_of_pythia(imported, by_id):
    checkpoints = [e for e in imported.entries if e.run]
    assert len(checkpoints) == 12 * 154
    first, last = by_id["pythia-6.9b/step0"][0], by_id["pythia-6.9b/step143000"][0]
    assert (first.tokens_seen, last.tokens_seen) == (0, 143_000 * 2_097_152)
    assert last.n_params == 6_900_000_000
    assert (last.source, last.revision) == ("EleutherAI/pythia-6.9b", "step143000")
    assert by_id["pythia-410m/step0"][0].seed == -1


def test_that_every_published_model_has_its_row_type_and_parents(release, by_id):
    for k, name in enumerate(release.models):
        entry, row = by_id[name]
        assert np.array_equal(row, release.public[k].astype(np.float32))
        assert entry.family == release.types[name]
        assert (entry.run, entry.step, entry.layer) == ("", -1, -1)
        declared = release.siblings[name]
        parents = (declared,) if isinstance(declared, str) else tuple(declared or ())
        assert entry.parents == parents
        relation = {0: "", 1: "fine-tune-of"}.get(len(parents), "merge-of")
        assert entry.relation == relation
        colour = made.COLOURS.get(release.types[name])
        assert dict(entry.metadata).get("family colour") == colour


@pytest.mark.parametrize(("part", "how"), [("eight", "8bit"), ("four", "fp4")])
def test_that_every_quantized_model_belongs_to_its_parent(release, by_id, part, how):
    vectors = getattr(release, part)
    assert len(vectors) == 50
    for name, vector in vectors.items():
        entry, row = by_id[f"{name}/{how}"]
        assert (entry.parent, entry.relation) == (name, "quantized-from")
        assert (entry.quantization, entry.family) == (how, release.types[name])
        if vector is None:
            assert entry.status == "failed"
        else:
            assert np.array_equal(row, vector)


def test_that_every_layer_belongs_to_its_model(release, imported, by_id):
    n = 0
    for name, by_layer in release.layers.items():
        for layer, vector in (by_layer or {}).items():
            entry, row = by_id[f"{name}/layer{layer}"]
            assert (entry.parent, entry.relation, entry.layer) == (name, "layer-of", layer)
            assert np.array_equal(row, vector)
            n += 1
    assert n == sum(e.layer >= 0 for e in imported.entries)
    gone = next(name for name, by_layer in release.layers.items() if by_layer is None)
    assert any("No layers" in note and gone in note for note in imported.notes)


def test_that_only_computed_weight_distances_are_kept(release, imported):
    assert {w.run for w in imported.weights} == {f"pythia-{size}" for size in made.SIZES}
    for found in imported.weights:
        given = release.weights[found.run.removeprefix("pythia-")]
        assert found.steps.tolist() == list(made.STEPS)
        assert np.array_equal(found.squared, found.squared.T, equal_nan=True)
        assert not np.diag(found.squared).any()
        for i in range(154):
            for j in range(i + 1, 154):
                was_computed = i < 144 and j - i <= made.WINDOW
                assert np.isfinite(found.squared[i, j]) == was_computed
        upper = np.isfinite(found.squared) & np.triu(np.ones((154, 154), bool), 1)
        assert np.array_equal(found.squared[upper], given[upper])
        assert found.squared[0, 1] == 0


def test_that_tau_is_the_quantile_of_the_published_models(release, imported):
    (recipe,) = imported.recipes
    expected = np.quantile(release.public.astype(np.float32).astype(np.float64), 0.02)
    assert (recipe.name, recipe.clip_quantile) == ("clip2", 0.02)
    assert recipe.tau == pytest.approx(expected, rel=1e-12)
    assert any("1,018 published models" in note for note in imported.notes)
    assert not any("clipped at" in note for note in imported.notes)


def test_that_vectors_that_were_clipped_before_are_noticed(small, tmp_path):
    data = made.write(small, tmp_path)
    public = small.public.astype(np.float32)
    floor = np.float32(np.quantile(public, 0.03))
    put(data, "logp/oyama2025_logp.pkl", np.maximum(public, floor))
    found = read(data, Request())
    assert found.recipes[0].tau == floor
    assert any("clipped at" in n and "clipped alike" in n for n in found.notes)


def test_that_one_project_holds_all_of_it(imported, tmp_path):
    path = tmp_path / "release.h5"
    store.create(path, imported.texts)
    rows = {
        e.id: row
        for e, row in zip(imported.entries, imported.loglik, strict=True)
        if e.status == "done"
    }
    store.commit(path, store.PutEntries(imported.entries), store.PutRows(rows))
    for weights in imported.weights:
        store.commit(path, store.PutWeights(weights))
    store.commit(path, store.PutRecipe(imported.recipes[0]))
    back = store.read(path)
    assert [e.id for e in back.entries] == [e.id for e in imported.entries]
    assert np.array_equal(back.loglik, imported.loglik, equal_nan=True)
    assert back.recipes["clip2"].tau == imported.recipes[0].tau


@pytest.mark.parametrize("protocol", [0, 2, 5])
def test_that_the_protocol_of_the_pickles_makes_no_difference(small, tmp_path, protocol):
    data = made.write(small, tmp_path, protocol=protocol)
    found = read(data, Request())
    assert len(found.entries) > 4000
    k = next(k for k, e in enumerate(found.entries) if e.id == "pythia-1b/step5000")
    assert np.array_equal(found.loglik[k], small.checkpoints["1b"][5000])


# ---------------------------------------------------------------- parts that are missing


@pytest.fixture
def folder(tmp_path):
    """A small release: four texts, one run of three checkpoints, two models and their variants."""
    root = tmp_path / "data"
    for part in ("logp", "model_info", "weight_distance"):
        (root / part).mkdir(parents=True)
    put(root, "texts.json", ["one", "two", "three", "four"])
    put(root, "logp/pretraining_logp.pkl", {"410m": {0: row(0), 1000: row(1), 2000: row(2)}})
    put(root, "logp/oyama2025_logp.pkl", np.array([row(3), row(4)]))
    put(root, "logp/8bit_quantization_logp.pkl", {"org/a-7b": row(5)})
    put(root, "logp/4bit_quantization_logp.pkl", {"org/a-7b": None})
    put(root, "logp/layer_logp.pkl", {"org/a-7b": {0: row(6), 1: row(7)}})
    put(root, "weight_distance/weight_distance.pkl", {"410m": np.ones((3, 3))})
    put(root, "model_info/model_list.json", ["org/a-7b", "org/b-7b"])
    put(root, "model_info/modelname2type.json", {"org/a-7b": "llama-2"})
    put(root, "model_info/sibling_info.json", {"org/a-7b": None, "org/b-7b": ["org/a-7b"]})
    put(root, "model_info/type2color.json", {"llama-2": [1.0, 0.5, 0.0, 1.0]})
    return root


def row(k):
    return -500.0 - np.random.default_rng(k).uniform(0, 100, 4).astype(np.float32)


def put(root, name, value):
    if name.endswith(".json"):
        (root / name).write_text(json.dumps(value))
    else:
        (root / name).write_bytes(pickle.dumps(value))


@pytest.mark.parametrize("part", authors._PARTS)
def test_that_a_part_that_is_missing_is_named_and_the_rest_is_imported(folder, part):
    whole = read(folder, Request())
    (folder / part).unlink()
    found = read(folder, Request())
    assert any(part in note for note in found.notes)
    kept = {e.id for e in found.entries}
    assert kept
    assert kept <= {e.id for e in whole.entries}


@pytest.mark.parametrize("part", authors._VECTORS)
def test_that_any_part_is_enough(folder, part):
    for other in authors._VECTORS:
        if other != part:
            (folder / other).unlink()
    found = read(folder, Request())
    assert len(found.entries) > 0
    if part != "logp/4bit_quantization_logp.pkl":
        assert len(found.recipes) == 1


def test_that_without_published_models_tau_is_of_all_that_are_no_layers(folder):
    (folder / "logp/oyama2025_logp.pkl").unlink()
    found = read(folder, Request())
    pooled = np.concatenate([row(k) for k in (0, 1, 2, 5)]).astype(np.float64)
    assert found.recipes[0].tau == pytest.approx(np.quantile(pooled, 0.02), rel=1e-12)


def test_that_texts_are_needed_and_may_be_given(folder):
    (folder / "texts.json").unlink()
    with pytest.raises(InputError, match=r"texts\.json is missing.*length of every text"):
        read(folder, Request())
    given = TextSet(("a", "b", "c", "d"), ("x", "y", "z", "w"), ("",) * 4)
    assert read(folder, Request(texts=given)).texts is given


def test_that_texts_that_are_given_must_be_those_of_the_release(folder):
    same = TextSet(("a", "b", "c", "d"), ("one", "two", "three", "four"), ("D",) * 4)
    assert read(folder, Request(texts=same)).texts is same
    other = TextSet(("a",), ("one",), ("",))
    with pytest.raises(InputError, match="4 texts are not the 1 that were given"):
        read(folder, Request(texts=other))


def test_that_a_folder_with_nothing_of_it_is_refused(tmp_path):
    assert not sniff(tmp_path)
    with pytest.raises(InputError, match="it holds none of"):
        read(tmp_path, Request())
    with pytest.raises(InputError, match="it holds none of"):
        read(tmp_path / "gone", Request())


# ---------------------------------------------------------------- what makes no sense


BAD = {
    "texts that are no list": ("texts.json", {"a": 1}, "no list of texts"),
    "no texts": ("texts.json", [], "holds no text"),
    "a text that cannot be stored": ("texts.json", ["a", "b\0", "c", "d"], "text 1 holds"),
    "half a character": ("texts.json", ["a", "b", "\ud800", "d"], "text 2 holds"),
    "fewer texts": ("texts.json", ["a", "b"], "4 values, but there are 2 texts"),
    "a list of runs": ("logp/pretraining_logp.pkl", [1], "list where a dict belongs"),
    "a short vector": (
        "logp/pretraining_logp.pkl", {"410m": {0: row(0)[:3]}}, "has 3 values, but there are 4"),
    "a matrix for a vector": (
        "logp/pretraining_logp.pkl", {"410m": {0: np.zeros((4, 1))}}, "4 x 1 values"),
    "a step that is none": ("logp/pretraining_logp.pkl", {"410m": {"last": row(0)}}, "no step"),
    "a negative step": ("logp/pretraining_logp.pkl", {"410m": {-1: row(0)}}, "no step"),
    "a step twice": (
        "logp/pretraining_logp.pkl", {"410m": {5: row(0), "5": row(1)}}, "step5' twice"),
    "words for numbers": (
        "logp/pretraining_logp.pkl", {"410m": {0: ["a"] * 4}}, "no vector of numbers"),
    "losses": ("logp/pretraining_logp.pkl", {"410m": {0: -row(0)}}, "mostly positive"),
    "a run without a name": ("logp/pretraining_logp.pkl", {5: {0: row(0)}}, "name that is no text"),
    "a run with control characters": (
        "logp/pretraining_logp.pkl", {"a\x1b[31m": {0: row(0)}}, "cannot be shown"),
    "more rows than names": (
        "logp/oyama2025_logp.pkl", np.zeros((3, 4)), "3 rows, but .* holds 2 names"),
    "a vector for a matrix": ("logp/oyama2025_logp.pkl", np.zeros(4), "no matrix of numbers"),
    "a name twice": ("model_info/model_list.json", ["a", "a"], "names 'a' twice"),
    "names that are none": ("model_info/model_list.json", [1, 2], "name that is no text"),
    "siblings that are a list": ("model_info/sibling_info.json", [1], "where a dict belongs"),
    "a layer that is none": ("logp/layer_logp.pkl", {"m": {"top": row(0)}}, "no layer"),
    "weights of another shape": (
        "weight_distance/weight_distance.pkl", {"410m": np.ones((5, 5))}, "5 x 5 fits neither"),
    "negative weights": (
        "weight_distance/weight_distance.pkl", {"410m": -np.ones((3, 3))}, "is negative"),
    "a date in a pickle": (
        "logp/layer_logp.pkl", {"m": time.gmtime()}, r"time\.struct_time"),
}  # fmt: skip


@pytest.mark.parametrize("what", BAD)
def test_that_what_makes_no_sense_is_refused_in_a_sentence(folder, what):
    name, value, sentence = BAD[what]
    put(folder, name, value)
    with pytest.raises(InputError, match=sentence) as refused:
        read(folder, Request())
    assert refused.value.message.endswith(".")


def test_that_json_that_is_none_is_refused(folder):
    (folder / "model_info/type2color.json").write_bytes(b"{")
    with pytest.raises(InputError, match="no JSON"):
        read(folder, Request())
    (folder / "model_info/type2color.json").write_bytes(b"[" * 100_000)
    with pytest.raises(InputError, match="no JSON"):
        read(folder, Request())


def test_that_rows_of_nan_and_of_one_value_are_failed_and_say_so(folder):
    gaps = row(2).copy()
    gaps[1] = np.nan
    infinite = row(3).copy()
    infinite[:2] = -np.inf
    vectors = {0: np.full(4, np.nan), 1: np.full(4, -600.0), 2: gaps, 3: infinite}
    put(folder, "logp/pretraining_logp.pkl", {"410m": vectors})
    (folder / "weight_distance/weight_distance.pkl").unlink()
    found = read(folder, Request())
    entries = {e.id: e for e in found.entries}
    lost = entries["pythia-410m/step0"], entries["pythia-410m/step1"]
    assert [e.status for e in lost] == ["failed", "failed"]
    assert "missing (NaN)" in lost[0].error
    assert "the same (-600)" in lost[1].error
    assert np.isnan(found.loglik[:2]).all()
    assert [entries[f"pythia-410m/step{k}"].n_scored for k in (2, 3)] == [3, 2]
    assert np.isnan(found.loglik[2]).tolist() == [False, True, False, False]
    assert any("No vector for pythia-410m step 0" in note for note in found.notes)


def test_that_equal_vectors_under_two_names_are_pointed_out(folder):
    put(folder, "logp/oyama2025_logp.pkl", np.array([row(3), row(3)]))
    found = read(folder, Request())
    assert any("Equal vectors" in n and "org/b-7b = org/a-7b" in n for n in found.notes)


def test_that_without_names_the_published_models_are_passed_over(folder):
    (folder / "model_info/model_list.json").unlink()
    found = read(folder, Request())
    assert not any(e.id == "org/b-7b" for e in found.entries)
    assert any("have no names" in note for note in found.notes)


def test_that_weight_distances_may_be_whole_or_the_lower_triangle(folder):
    squared = np.array([[0.0, 1.0, 4.0], [1.0, 0.0, 2.0], [4.0, 2.0, 0.0]])
    for given in (squared, np.triu(squared), np.tril(squared)):
        put(folder, "weight_distance/weight_distance.pkl", {"410m": given})
        (found,) = read(folder, Request()).weights
        assert np.array_equal(found.squared, squared)
        assert found.steps.tolist() == [0, 1000, 2000]


def test_that_other_files_are_passed_over_and_named(folder):
    assert not any("Passed over" in note for note in read(folder, Request()).notes)
    (folder / "tsne").mkdir()
    put(folder, "logp/more.pkl", {})
    (note,) = [n for n in read(folder, Request()).notes if "Passed over" in n]
    assert "logp/more.pkl, tsne" in note


def test_that_progress_is_told_and_a_wish_to_stop_is_heard(folder):
    told = []

    def say(done, total, what):
        told.append((done, total))
        if done == 2:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        read(folder, Request(say=say))
    assert [done for done, _ in told] == [0, 1, 2]


def test_that_reading_leaves_the_folder_as_it_was(folder, tmp_path):
    shutil.copytree(folder, tmp_path / "copy")
    read(folder, Request())
    for path in (tmp_path / "copy").rglob("*.*"):
        assert (folder / path.relative_to(tmp_path / "copy")).read_bytes() == path.read_bytes()
