"""Models from outside: what is refused, in which words, and that nothing of theirs runs unasked."""

import json
import os
import shutil

import numpy as np
import pytest
import tiny_models
import torch
from safetensors.torch import load_file, save_file

from compute import sources
from compute.core.errors import ScoringError
from compute.scoring.reference import reference

OWN_CONFIG = """
from pathlib import Path
from transformers import LlamaConfig
Path({marker!r}).write_text("ran")
class StrangeConfig(LlamaConfig):
    model_type = "strange"
"""
OWN_MODEL = """
from transformers import LlamaForCausalLM
from .configuration_strange import StrangeConfig
class StrangeForCausalLM(LlamaForCausalLM):
    config_class = StrangeConfig
"""


@pytest.fixture
def folder(saved, tmp_path):
    """A copy of a tiny model, to spoil."""
    place = tmp_path / "run" / "step0"
    shutil.copytree(saved(), place)
    return place


def change(path, **values):
    data = json.loads(path.read_text())
    path.write_text(json.dumps({**data, **values}))


def row_of(model, n):
    row = np.full(n, np.nan, dtype=np.float32)
    plan = model.plan()
    for scored in model.score(plan, plan.batches):
        row[list(scored.batch.texts)] = scored.values
    return row


def refused(scorer, folder, texts, **settings):
    """The one sentence with which a checkpoint is refused."""
    with pytest.raises(ScoringError) as caught:
        scorer(**settings).open(tiny_models.checkpoint(folder), texts)
    assert "\n" not in caught.value.message
    seen: list[BaseException] = []
    error = caught.value
    while error is not None:
        assert error not in seen  # an error that is its own cause would be followed for ever
        seen.append(error)
        error = error.__cause__
    return caught.value.message


@pytest.fixture
def strange(saved, tmp_path):
    """A model that only its own code can load, and the file which that code writes."""
    folder, marker = tmp_path / "own" / "step0", tmp_path / "marker"
    shutil.copytree(saved("llama"), folder)
    (folder / "configuration_strange.py").write_text(OWN_CONFIG.format(marker=str(marker)))
    (folder / "modeling_strange.py").write_text(OWN_MODEL)
    change(
        folder / "config.json",
        model_type="strange",
        architectures=["StrangeForCausalLM"],
        auto_map={
            "AutoConfig": "configuration_strange.StrangeConfig",
            "AutoModelForCausalLM": "modeling_strange.StrangeForCausalLM",
        },
    )
    return folder, marker


def test_that_code_of_a_model_never_runs_without_consent(strange, texts, scorer):
    folder, marker = strange
    assert "--trust-remote-code" in refused(scorer, folder, texts)
    assert "--trust-remote-code" in refused(scorer, folder, texts, trusted=(f"{folder}x",))
    (listed,) = sources.resolve(str(folder)).checkpoints
    assert (listed.needs_trust, listed.problem) == (True, "")
    assert not marker.exists()


def test_that_code_of_a_model_runs_with_consent(strange, saved, texts, scorer):
    folder, marker = strange
    one = scorer(trusted=(str(folder),))
    row = row_of(one.open(tiny_models.checkpoint(folder), texts), len(texts))
    assert marker.exists()
    assert np.abs(row - reference(saved("llama"), texts.texts)).max() < 1e-3


def test_that_a_model_of_its_own_kind_is_never_taken_over(strange, texts, scorer):
    folder, _ = strange
    one = scorer(trusted=(str(folder),))
    for _ in range(2):
        one.prefetch(tiny_models.checkpoint(folder), texts)
        one.open(tiny_models.checkpoint(folder), texts)
    assert one._loader._held.source.signature == ""


def test_that_code_beside_a_model_that_transformers_knows_is_left_alone(folder, texts, scorer):
    (folder / "modeling_neox.py").write_text("raise SystemExit('this ran')")
    brought = {"AutoModelForCausalLM": "modeling_neox.Model", "AutoConfig": "modeling_neox.Config"}
    change(folder / "config.json", auto_map=brought)
    for trusted in ((), (str(folder),)):
        model = scorer(trusted=trusted).open(tiny_models.checkpoint(folder), texts)
        assert np.isfinite(row_of(model, len(texts))).all()


def test_that_code_of_a_tokenizer_never_runs_without_consent(folder, texts, scorer):
    (folder / "own.py").write_text("raise SystemExit('this ran')")
    brought = {"AutoTokenizer": ["own.Slow", "own.Fast"]}
    change(folder / "tokenizer_config.json", auto_map=brought, tokenizer_class="Slow")
    model = scorer().open(tiny_models.checkpoint(folder), texts)
    assert np.isfinite(row_of(model, len(texts))).all()
    (folder / "tokenizer.json").rename(folder / "vocab.json")
    assert "tokenizer" in refused(scorer, folder, texts)


def as_pickle(folder, weights=None, name="pytorch_model.bin"):
    weights = weights or load_file(folder / "model.safetensors")
    (folder / "model.safetensors").unlink(missing_ok=True)
    torch.save(weights, folder / name)
    return folder


def test_that_weights_of_pytorch_give_the_same_values(folder, saved, texts, scorer):
    model = scorer().open(tiny_models.checkpoint(as_pickle(folder)), texts)
    direct = scorer().open(tiny_models.checkpoint(saved()), texts)
    assert row_of(model, len(texts)).tobytes() == row_of(direct, len(texts)).tobytes()
    assert model.facts.digest == sources.digest_of(folder)


def test_that_weights_of_pytorch_in_several_files_are_read(folder, saved, texts, scorer):
    weights = load_file(folder / "model.safetensors")
    parts = {f"pytorch_model-{k}.bin": sorted(weights)[k::2] for k in range(2)}
    for name, keys in parts.items():
        as_pickle(folder, {key: weights[key] for key in keys}, name)
    names = {key: name for name, keys in parts.items() for key in keys}
    index = json.dumps({"metadata": {}, "weight_map": names})
    (folder / "pytorch_model.bin.index.json").write_text(index)
    row = row_of(scorer().open(tiny_models.checkpoint(folder), texts), len(texts))
    assert np.abs(row - reference(saved(), texts.texts)).max() < 1e-3


class Touch:
    """Unpickled, it writes a file."""

    def __init__(self, marker):
        self.marker = str(marker)

    def __reduce__(self):
        return os.system, (f"touch {self.marker}",)


def test_that_a_pickle_that_runs_code_is_refused_and_does_not(folder, texts, scorer, tmp_path):
    marker = tmp_path / "marker"
    as_pickle(folder, {"gpt_neox.embed_in.weight": Touch(marker)})
    assert "would run code of its own" in refused(scorer, folder, texts)
    assert "pytorch_model.bin would run code of its own" in sources.check(folder)
    assert not marker.exists()


def test_that_an_old_pickle_that_runs_code_is_refused_and_does_not(folder, texts, scorer, tmp_path):
    """The format from before there were zip files cannot be looked into; torch refuses it."""
    marker = tmp_path / "marker"
    (folder / "model.safetensors").unlink()
    path = folder / "pytorch_model.bin"
    torch.save({"w": Touch(marker)}, path, _use_new_zipfile_serialization=False)
    assert "would run code of its own" in refused(scorer, folder, texts)
    assert not marker.exists()


def test_that_safetensors_are_read_where_both_are_there(folder, texts, scorer, tmp_path):
    torch.save({"w": Touch(tmp_path / "marker")}, folder / "pytorch_model.bin")
    model = scorer().open(tiny_models.checkpoint(folder), texts)
    assert np.isfinite(row_of(model, len(texts))).all()
    assert not (tmp_path / "marker").exists()


def test_that_a_config_cannot_name_other_weights(folder, texts, scorer, tmp_path):
    torch.save({"w": Touch(tmp_path / "marker")}, folder / "other.bin")
    change(folder / "config.json", transformers_weights="other.bin")
    model = scorer().open(tiny_models.checkpoint(folder), texts)
    assert np.isfinite(row_of(model, len(texts))).all()
    assert not (tmp_path / "marker").exists()


def test_that_a_pickle_that_is_cut_short_says_so(folder, texts, scorer):
    path = as_pickle(folder) / "pytorch_model.bin"
    path.write_bytes(path.read_bytes()[:-2000])
    assert "damaged or cut short" in refused(scorer, folder, texts)


@pytest.mark.parametrize(
    ("method", "library"),
    [
        ({"quant_method": "gptq", "bits": 4}, "gptqmodel"),
        ({"quant_method": "awq", "bits": 4}, "gptqmodel"),
        ({"quant_method": "compressed-tensors"}, "compressed-tensors"),
        ({"load_in_4bit": True, "quant_method": "bitsandbytes"}, "bitsandbytes"),
    ],
)
def test_that_quantized_weights_name_the_library_that_is_missing(
    method, library, folder, texts, scorer, monkeypatch
):
    from compute.core import quantization

    monkeypatch.setattr(quantization, "find_spec", lambda name: None)
    change(folder / "config.json", quantization_config=method)
    for said in (refused(scorer, folder, texts), sources.check(folder)):
        assert "weights are quantized" in said
        assert f"pip install {library}" in said or f" {library} " in said


def test_that_an_unknown_quantization_is_one_sentence(folder, texts, scorer):
    change(folder / "config.json", quantization_config={"quant_method": "abacus"})
    assert "quantized in a way that is not known (abacus)" in refused(scorer, folder, texts)


def test_that_a_missing_part_of_the_weights_is_named(folder, texts, scorer):
    (folder / "model.safetensors").unlink()
    index = {"metadata": {}, "weight_map": {"a": "model-1.safetensors"}}
    (folder / "model.safetensors.index.json").write_text(json.dumps(index))
    assert "weight file is missing: model-1.safetensors" in refused(scorer, folder, texts)


def test_that_an_adapter_without_its_base_model_is_refused(folder, texts, scorer):
    (folder / "model.safetensors").rename(folder / "adapter_model.safetensors")
    (folder / "config.json").unlink()
    (folder / "adapter_config.json").write_text("{}")
    assert refused(scorer, folder, texts)


@pytest.mark.parametrize("tied", [True, False])
def test_that_heads_are_scored_tied_and_untied(tied, tmp_path, texts, scorer):
    folder = tiny_models.save_model(tmp_path / "m", kind="llama", tie_word_embeddings=tied)
    stored = load_file(folder / "model.safetensors")
    assert ("lm_head.weight" in stored) != tied
    row = row_of(scorer().open(tiny_models.checkpoint(folder), texts), len(texts))
    assert np.abs(row - reference(folder, texts.texts)).max() < 1e-3


def test_that_embeddings_may_be_more_than_the_tokenizer_has_pieces(tmp_path, texts, scorer):
    folder = tiny_models.save_model(tmp_path / "m", vocab_size=512)
    row = row_of(scorer().open(tiny_models.checkpoint(folder), texts), len(texts))
    assert np.abs(row - reference(folder, texts.texts)).max() < 1e-3


def test_that_a_config_of_another_size_than_the_weights_is_refused(folder, texts, scorer):
    change(folder / "config.json", vocab_size=400)
    assert "do not hold all weights" in refused(scorer, folder, texts)


def test_that_weights_that_are_not_numbers_are_loaded_and_refused_at_the_text(
    folder, texts, scorer
):
    weights = load_file(folder / "model.safetensors")
    weights["gpt_neox.layers.0.attention.dense.weight"][0, 0] = float("nan")
    save_file(weights, folder / "model.safetensors", {"format": "pt"})
    model = scorer().open(tiny_models.checkpoint(folder), texts)
    with pytest.raises(ScoringError, match="are not numbers on text"):
        row_of(model, len(texts))
