"""Models quantized by bitsandbytes on a CPU: really run, held against loops and each other."""

import importlib
import json
import sys

import numpy as np
import pytest
import tiny_models
import torch
from safetensors.torch import load_file, save_file

from compute.core.errors import ScoringError
from compute.core.quantization import WAYS
from compute.scoring import quantizing
from compute.scoring.heads import Together
from compute.scoring.loading import from_pretrained, scoring_error
from compute.scoring.reference import plain_loop

pytest.importorskip("bitsandbytes")


def row_of(model, n):
    plan, row = model.plan(), np.full(n, np.nan, dtype=np.float32)
    for scored in model.score(plan, plan.batches):
        row[list(scored.batch.texts)] = scored.values
    return row


def kl(one, two):
    return np.var(one.astype(np.float64) - two) / 2


@pytest.fixture(scope="module")
def rows(saved, texts):
    """(way -> values, way -> facts) of one model, "" = as it is."""
    from compute.scoring import Settings, open_scorer

    scorer = open_scorer("torch", Settings(device="cpu", n_threads=2, batch_tokens=3000))
    values, facts = {}, {}
    try:
        for way in ("", *WAYS):
            checkpoint = tiny_models.checkpoint(saved("llama")).with_(quantize=way)
            model = scorer.open(checkpoint, texts)
            values[way], facts[way] = row_of(model, len(texts)), model.facts
    finally:
        scorer.close()
    return values, facts


@pytest.mark.parametrize("way", WAYS)
def test_that_a_quantized_model_gives_the_values_of_a_plain_loop(way, rows, saved, texts, scorer):
    module = from_pretrained(saved("llama"), "float32", quantize=way).eval()
    model = scorer().open(tiny_models.checkpoint(saved("llama")), texts)
    plain = plain_loop(module, model._tokens.ids, first=model._tokens.first)
    assert np.abs(rows[0][way] - plain).max() < 1e-3


def test_that_eight_bits_are_nearer_than_four(rows):
    values = rows[0]
    far = {way: kl(values[way], values[""]) for way in WAYS}
    assert all(value > 0 for value in far.values())
    assert all(far["int8"] < far[way] / 10 for way in WAYS if way != "int8")
    assert far["nf4"] != far["nf4-double"]


def test_that_a_quantized_model_says_how_large_it_is_and_what_made_it(rows):
    facts = rows[1]
    assert len({each.n_params for each in facts.values()}) == 1
    assert facts["nf4"].n_bytes < facts["int8"].n_bytes < facts[""].n_bytes
    assert all("bitsandbytes" in facts[way].software for way in WAYS)
    assert "bitsandbytes" not in facts[""].software
    assert {each.dtype for each in facts.values()} == {"float32"}


NF4 = (-1, -0.6962, -0.5251, -0.3949, -0.2844, -0.1848, -0.0911, 0,
       0.0796, 0.1609, 0.2461, 0.3379, 0.4407, 0.5626, 0.7230, 1)  # fmt: skip
FP4 = tuple(sign * x / 12 for sign in (1, -1) for x in (0, 0.0625, 2, 3, 4, 6, 8, 12))


@pytest.mark.parametrize(("way", "levels"), [("nf4", NF4), ("fp4", FP4)])
@pytest.mark.parametrize("width", [32, 64, 96])
def test_that_four_bits_hold_the_nearest_of_sixteen_values(way, levels, width, tmp_path):
    """Blocks of 64 weights, also across rows: each weight at the nearest level of its block."""
    sizes = {"hidden_size": width, "num_attention_heads": 2, "num_key_value_heads": 2}
    folder = tiny_models.save_model(tmp_path, kind="llama", **sizes)
    layers = [
        from_pretrained(folder, "float32", quantize=how).model.layers[0].mlp.up_proj
        for how in ("", way)
    ]
    plain, back = (layer(torch.eye(width)).T.detach().reshape(-1, 64) for layer in layers)
    scale = plain.abs().max(1, keepdim=True).values
    near = (plain[..., None] - scale[..., None] * torch.tensor(levels)).abs().min(-1).values
    assert ((plain - back).abs() - near).abs().max() < 1e-3 * scale.max()
    assert (plain - back).norm() < 0.14 * plain.norm()


@pytest.mark.parametrize("kind", ["gpt2", "gpt_neox", "mixtral", "opt", "gemma2"])
def test_that_other_architectures_are_quantized_too(kind, saved, texts, scorer):
    plain = row_of(scorer().open(tiny_models.checkpoint(saved(kind)), texts), len(texts))
    checkpoint = tiny_models.checkpoint(saved(kind)).with_(quantize="int8")
    model = scorer().open(checkpoint, texts)
    row = row_of(model, len(texts))
    loop = plain_loop(model._net.module, model._tokens.ids, first=model._tokens.first)
    assert np.abs(row - loop).max() < 1e-3
    assert kl(row, plain) > 0


def test_that_texts_are_scored_one_by_one_in_eight_bits(saved, texts, scorer):
    checkpoint = tiny_models.checkpoint(saved("llama")).with_(quantize="int8")
    large, small = scorer(batch_tokens=3000), scorer(batch_tokens=300)
    one = large.open(checkpoint, texts)
    assert one._net.together is Together.ONE
    rows = [row_of(one, len(texts)), row_of(small.open(checkpoint, texts), len(texts))]
    assert np.abs(rows[0] - rows[1]).max() < 1e-3


def test_that_layers_of_a_quantized_model_are_read(saved, texts, scorer):
    checkpoint = tiny_models.checkpoint(saved("llama")).with_(quantize="nf4")
    model = scorer(layers=(-1,)).open(checkpoint, texts)
    plan = model.plan()
    for scored in model.score(plan, plan.batches):
        np.testing.assert_allclose(scored.layers[-1], scored.values, atol=1e-3)


def test_that_a_saved_quantized_checkpoint_is_scored_as_the_one_it_was_saved_from(
    saved, texts, scorer, tmp_path
):
    module = from_pretrained(saved("llama"), "float32", quantize="nf4")
    module.save_pretrained(tmp_path)
    tiny_models.save_tokenizer(tmp_path)
    stored = row_of(scorer().open(tiny_models.checkpoint(tmp_path), texts), len(texts))
    made = tiny_models.checkpoint(saved("llama")).with_(quantize="nf4")
    assert np.abs(stored - row_of(scorer().open(made, texts), len(texts))).max() < 1e-3


def test_that_a_plain_model_after_a_quantized_one_is_loaded_afresh(saved, texts, scorer):
    plain = tiny_models.checkpoint(saved("llama"))
    one = scorer()
    first = row_of(one.open(plain, texts), len(texts))
    one.prefetch(plain.with_(quantize="nf4"), texts)
    other = row_of(one.open(plain.with_(quantize="nf4"), texts), len(texts))
    again = row_of(one.open(plain, texts), len(texts))
    assert first.tobytes() == again.tobytes()
    assert kl(first, other) > 0


def refused(scorer, checkpoint, texts):
    with pytest.raises(ScoringError) as refusal:
        scorer().open(checkpoint, texts)
    return str(refusal.value)


def test_that_a_quantized_model_is_not_quantized_again(tmp_path, texts, scorer):
    folder = tiny_models.save_model(tmp_path / "m", kind="llama")
    config = json.loads((folder / "config.json").read_bytes())
    for how, name in (
        ({"quant_method": "gptq", "bits": 4}, "gptq-4bit"),
        ({"quant_method": "bitsandbytes", "load_in_8bit": True}, "int8"),
    ):
        (folder / "config.json").write_text(json.dumps({**config, "quantization_config": how}))
        checkpoint = tiny_models.checkpoint(folder).with_(quantize="int8")
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr("compute.core.quantization._missing", lambda _: [])
            said = refused(scorer, checkpoint, texts)
        assert f"quantized already ({name})" in said
        assert "Traceback" not in said


def test_that_bitsandbytes_is_named_where_it_is_missing(saved, texts, scorer, monkeypatch):
    monkeypatch.setattr("compute.core.quantization.find_spec", lambda name: None)
    checkpoint = tiny_models.checkpoint(saved("llama")).with_(quantize="nf4")
    assert "pip install bitsandbytes" in refused(scorer, checkpoint, texts)


def test_that_an_unknown_type_is_refused(saved, texts, scorer):
    checkpoint = tiny_models.checkpoint(saved("llama")).with_(quantize="int3")
    assert "cannot be quantized by 'int3'" in refused(scorer, checkpoint, texts)


def test_that_a_model_without_linear_layers_says_so():
    with pytest.raises(ScoringError, match="no plain linear layers"):
        quantizing.settle(torch.nn.Sequential(torch.nn.LayerNorm(4)), must_be_some=True)


def test_that_kernels_for_a_gpu_alone_are_one_sentence():
    said = str(scoring_error(RuntimeError("X quantized models need a GPU or XPU.\nNone found")))
    assert "no way to compute with its quantized weights" in said
    assert said.endswith("Use a CUDA GPU.")


def test_that_fp8_weights_are_scored_on_a_cpu_by_the_values_they_stand_for(tmp_path, texts, scorer):
    """8-bit floats with a scale for each block of 32 x 32 weights, as transformers reads them."""
    folder = tiny_models.save_model(tmp_path / "m", kind="llama")
    weights = load_file(folder / "model.safetensors")
    stored, held = {}, {}
    for name, weight in weights.items():
        stored[name] = held[name] = weight
        if "_proj" in name:
            rows, columns = (n // 32 for n in weight.shape)
            blocks = weight.view(rows, 32, columns, 32)
            scale = blocks.abs().amax((1, 3)) / 448
            small = (blocks / scale[:, None, :, None]).to(torch.float8_e4m3fn)
            stored[name] = small.view(weight.shape)
            stored[f"{name}_scale_inv"] = scale
            held[name] = (small.float() * scale[:, None, :, None]).view(weight.shape)
    save_file(held, folder / "model.safetensors", {"format": "pt"})
    plain = row_of(scorer().open(tiny_models.checkpoint(folder), texts), len(texts))
    save_file(stored, folder / "model.safetensors", {"format": "pt"})
    config = json.loads((folder / "config.json").read_bytes())
    how = {"quant_method": "fp8", "weight_block_size": [32, 32], "activation_scheme": "dynamic"}
    (folder / "config.json").write_text(json.dumps({**config, "quantization_config": how}))
    row = row_of(scorer().open(tiny_models.checkpoint(folder), texts), len(texts))
    assert np.abs(row - plain).max() < 1e-3 * np.abs(plain).max()


def test_that_nothing_is_fetched_when_bitsandbytes_is_imported(monkeypatch):
    """It asks the package kernels for code from the network wherever that is installed."""
    monkeypatch.delitem(sys.modules, "kernels", raising=False)
    with quantizing._absent("kernels"), pytest.raises(ImportError):
        importlib.import_module("kernels")
    assert "kernels" not in sys.modules


@pytest.mark.skipif(not torch.cuda.is_available(), reason="there is no CUDA GPU here")
@pytest.mark.parametrize("way", WAYS)
def test_that_quantized_models_on_a_gpu_give_the_values_of_a_plain_loop(way, saved, texts, scorer):
    checkpoint = tiny_models.checkpoint(saved("llama")).with_(quantize=way)
    model = scorer(device="cuda", dtype="float16").open(checkpoint, texts)
    row = row_of(model, len(texts))
    plain = plain_loop(model._net.module, model._tokens.ids, first=model._tokens.first)
    assert np.abs(row - plain).max() < 1e-2 * np.abs(plain).max()
    assert model.facts.device.startswith("cuda")
