"""Adapters on a base, held against PEFT's own model in a plain loop."""

import json
import warnings

import numpy as np
import pytest
import tiny_models
import torch
from lora import save_adapter
from safetensors.torch import load_file, save_file

from compute.core.errors import ScoringError
from compute.core.weights import ADAPTER_CONFIG, ADAPTER_WEIGHTS
from compute.scoring.loading import from_pretrained
from compute.scoring.reference import plain_loop

peft = pytest.importorskip("peft")


def row_of(model, n):
    plan, row = model.plan(), np.full(n, np.nan, dtype=np.float32)
    for scored in model.score(plan, plan.batches):
        row[list(scored.batch.texts)] = scored.values
    return row


@pytest.fixture
def adapter(saved, tmp_path):
    return save_adapter(tmp_path / "lora", saved("llama"))


def on_base(saved, adapter, kind="llama"):
    return tiny_models.checkpoint(saved(kind)).with_(adapter=str(adapter))


def changed(adapter, **fields):
    path = adapter / ADAPTER_CONFIG
    path.write_text(json.dumps({**json.loads(path.read_bytes()), **fields}))


@pytest.mark.parametrize("merged", [True, False])
def test_that_an_adapter_gives_the_values_of_pefts_own_model(
    merged, adapter, saved, texts, scorer, tmp_path
):
    """Also on quantized weights, where it stays beside them."""
    base = saved("llama")
    if not merged:
        pytest.importorskip("bitsandbytes")
        base = tmp_path / "quantized"
        from_pretrained(saved("llama"), "float32", quantize="nf4").save_pretrained(base)
        tiny_models.save_tokenizer(base)
    checkpoint = tiny_models.checkpoint(base).with_(adapter=str(adapter))
    model = scorer(layers=(-1,)).open(checkpoint, texts)
    row = row_of(model, len(texts))
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        own = peft.PeftModel.from_pretrained(from_pretrained(base, "float32"), adapter).eval()
    plain = plain_loop(own, model._tokens.ids, first=model._tokens.first)
    assert np.abs(row - plain).max() < 1e-3
    alone = row_of(scorer().open(tiny_models.checkpoint(base), texts), len(texts))
    assert np.abs(row - alone).max() > 1
    assert "peft" in model.facts.software


def test_that_a_base_is_itself_again_after_its_adapter(adapter, saved, texts, scorer):
    one, base = scorer(), tiny_models.checkpoint(saved("llama"))
    before = row_of(one.open(base, texts), len(texts))
    one.prefetch(on_base(saved, adapter), texts)
    digest = one.open(on_base(saved, adapter), texts).facts.digest
    model = one.open(base, texts)
    assert row_of(model, len(texts)).tobytes() == before.tobytes()
    assert digest != model.facts.digest


def test_that_its_config_is_part_of_what_an_adapter_is(adapter, saved, texts, scorer):
    digests = set()
    for alpha in (8, 16):
        changed(adapter, lora_alpha=alpha)
        digests.add(scorer().open(on_base(saved, adapter), texts).facts.digest)
    assert len(digests) == 2


def refused(saved, adapter, texts, scorer, kind="llama"):
    with pytest.raises(ScoringError) as refusal:
        scorer().open(on_base(saved, adapter, kind), texts)
    assert "\n" not in str(refusal.value)
    return str(refusal.value)


def test_that_an_adapter_for_another_architecture_is_refused(adapter, saved, texts, scorer):
    assert "made for another model" in refused(saved, adapter, texts, scorer, "gpt_neox")


def test_that_an_adapter_for_another_size_is_refused(saved, texts, scorer, tmp_path):
    wide = tiny_models.save_model(tmp_path / "wide", kind="llama", hidden_size=64)
    adapter = save_adapter(tmp_path / "lora", wide)
    said = refused(saved, adapter, texts, scorer)
    assert "made for another model" in said
    assert "64" in said


def test_that_an_adapter_for_more_layers_is_refused(saved, texts, scorer, tmp_path):
    deep = tiny_models.save_model(tmp_path / "deep", kind="llama", num_hidden_layers=3)
    adapter = save_adapter(tmp_path / "lora", deep)
    assert "there is no place for" in refused(saved, adapter, texts, scorer)


def test_that_an_adapter_that_is_not_whole_is_refused(adapter, saved, texts, scorer):
    weights = load_file(adapter / ADAPTER_WEIGHTS)
    weights.pop(next(iter(weights)))
    save_file(weights, adapter / ADAPTER_WEIGHTS)
    assert "not whole" in refused(saved, adapter, texts, scorer)


def test_that_a_pickled_adapter_is_refused_unread(adapter, saved, texts, scorer, tmp_path):
    class Touch:
        def __reduce__(self):
            return (open, (str(tmp_path / "marker"), "w"))

    (adapter / ADAPTER_WEIGHTS).unlink()
    torch.save({"w": Touch()}, adapter / "adapter_model.bin")
    checkpoint = on_base(saved, adapter)
    with pytest.raises(ScoringError):
        scorer().open(checkpoint, texts)
    known = checkpoint.with_(digest="known")  # nothing is hashed: the loader is reached
    with pytest.raises(ScoringError, match="saved as a pickle"):
        scorer().open(known, texts)
    assert not (tmp_path / "marker").exists()


def test_that_prompt_tuning_is_refused(adapter, saved, texts, scorer):
    kind = {"peft_type": "PROMPT_TUNING", "num_virtual_tokens": 4, "task_type": "CAUSAL_LM"}
    (adapter / ADAPTER_CONFIG).write_text(json.dumps(kind))
    assert "puts tokens of its own before a text" in refused(saved, adapter, texts, scorer)


@pytest.mark.parametrize("text", ["{", "[]", '{"peft_type": "SOMETHING"}', "{}"])
def test_that_a_damaged_config_is_one_sentence(text, adapter, saved, texts, scorer):
    (adapter / ADAPTER_CONFIG).write_text(text)
    assert "cannot be read" in refused(saved, adapter, texts, scorer)


def test_that_nothing_else_is_imported_for_an_adapter(adapter, saved, texts, scorer):
    """Some adapters name modules in their config, which PEFT would import."""
    changed(adapter, megatron_config={"a": 1}, megatron_core="no_such_module")
    row = row_of(scorer().open(on_base(saved, adapter), texts), len(texts))
    assert np.isfinite(row).all()


def test_that_peft_is_named_where_it_is_missing(adapter, saved, texts, scorer, monkeypatch):
    monkeypatch.setattr("compute.scoring.adapters.find_spec", lambda name: None)
    assert "pip install peft" in refused(saved, adapter, texts, scorer)


def test_that_an_adapter_that_lies_beside_a_model_is_not_loaded_along(texts, scorer, tmp_path):
    """Some folders hold both; transformers would put the one on the other unasked."""
    folder = tiny_models.save_model(tmp_path / "m", kind="llama")
    before = row_of(scorer().open(tiny_models.checkpoint(folder), texts), len(texts))
    for path in save_adapter(tmp_path / "lora", folder).glob("adapter_*"):
        path.rename(folder / path.name)
    after = row_of(scorer().open(tiny_models.checkpoint(folder), texts), len(texts))
    assert after.tobytes() == before.tobytes()
