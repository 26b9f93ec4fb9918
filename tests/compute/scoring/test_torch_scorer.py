"""The torch scorer, held against the plain loop."""

import hashlib
import json
import shutil

import numpy as np
import pytest
import tiny_models
import torch
from safetensors.torch import load_file, save_file

from compute.core.errors import ScoringError, UsageError
from compute.core.tables import TextSet
from compute.scoring.reference import reference
from compute.scoring.tokens import load_tokenizer, tokenize


def row_of(model, n, plan=None, batches=None):
    """(n,) float32 nats of all texts, NaN = in no batch."""
    plan = plan or model.plan()
    row = np.full(n, np.nan, dtype=np.float32)
    for scored in model.score(plan, plan.batches if batches is None else batches):
        row[list(scored.batch.texts)] = scored.values
    return row


@pytest.mark.parametrize("kind", sorted(tiny_models.SHAPES))
def test_that_batches_agree_with_the_plain_loop(kind, saved, texts, scorer):
    folder = saved(kind)
    model = scorer().open(tiny_models.checkpoint(folder), texts)
    row = row_of(model, len(texts))
    assert len(model.plan().batches) > 1
    assert np.abs(row - reference(folder, texts.texts)).max() < 1e-3
    assert 0 <= model.noise_floor(row) < 1e-9


def test_that_a_hidden_change_of_logits_is_found_by_comparing(saved, texts, scorer, monkeypatch):
    from transformers import GPTNeoXForCausalLM

    real = GPTNeoXForCausalLM.forward

    def warmer(self, *args, **kwargs):
        out = real(self, *args, **kwargs)
        out.logits = out.logits * 1.01
        return out

    monkeypatch.setattr(GPTNeoXForCausalLM, "forward", warmer)
    model = scorer().open(tiny_models.checkpoint(saved()), texts)
    row = row_of(model, len(texts))
    assert np.abs(row - reference(saved(), texts.texts)).max() < 1e-3


def test_that_a_reused_module_gives_the_bits_of_a_fresh_one(saved, texts, scorer):
    used, fresh = scorer(), scorer()
    used.open(tiny_models.checkpoint(saved(seed=1)), texts)
    module = used._loader._held.module
    reused = used.open(tiny_models.checkpoint(saved(seed=2)), texts)
    assert used._loader._held.module is module
    direct = fresh.open(tiny_models.checkpoint(saved(seed=2)), texts)
    assert row_of(reused, len(texts)).tobytes() == row_of(direct, len(texts)).tobytes()


def test_that_no_bit_depends_on_the_thread_count_or_the_order_of_batches(saved, texts, scorer):
    one = scorer(n_threads=1).open(tiny_models.checkpoint(saved()), texts)
    first = row_of(one, len(texts))
    two = scorer(n_threads=2).open(tiny_models.checkpoint(saved()), texts)
    plan = two.plan()
    again = row_of(two, len(texts), plan, plan.batches[::-1])
    assert first.tobytes() == again.tobytes()


def test_that_a_text_beyond_the_context_is_in_no_batch(saved, scorer):
    pair = TextSet(("a", "b"), ("import os", "x" * 1500), ("", ""))
    model = scorer().open(tiny_models.checkpoint(saved()), pair)
    row = row_of(model, 2)
    assert np.isnan(row).tolist() == [False, True]
    assert model.n_tokens.tolist() == [9, 1500]


def test_that_texts_without_a_scored_token_have_zero(saved, scorer):
    few = TextSet(("empty", "one"), ("", "x"), ("", ""))
    assert row_of(scorer().open(tiny_models.checkpoint(saved()), few), 2).tolist() == [0.0, 0.0]


def test_that_bos_rules_decide_which_tokens_are_scored(saved, texts, tmp_path):
    folder = saved()
    with_bos = tmp_path / "bos"
    shutil.copytree(folder, with_bos)
    tiny_models.save_tokenizer(with_bos, bos=True)
    n = len(texts.texts[0])
    found = {
        (name, bos): (len(made.ids[0]) - n, made.first)
        for name, place in (("plain", folder), ("bos", with_bos))
        for bos in ("tokenizer", "prepend", "skip-first")
        for made in [tokenize(place, texts, bos)]
    }
    assert found == {
        ("plain", "tokenizer"): (0, 1),
        ("plain", "prepend"): (1, 1),
        ("plain", "skip-first"): (0, 1),
        ("bos", "tokenizer"): (1, 1),
        ("bos", "prepend"): (1, 1),
        ("bos", "skip-first"): (1, 2),
    }


def test_that_rules_differ_by_the_first_token_only(saved, texts):
    folder = saved()
    plain, prepended = (reference(folder, texts.texts[:2], bos=b) for b in ("tokenizer", "prepend"))
    assert (prepended < plain).all()


def test_that_tokenizations_are_told_apart_by_files_and_rule(saved, texts):
    digests = {tokenize(saved(), texts, bos).digest for bos in ("tokenizer", "prepend")}
    assert len(digests) == 2
    assert tokenize(saved(seed=1), texts, "prepend").digest in digests


def test_that_a_models_own_dtype_is_used_when_asked_for(saved, texts, scorer):
    model = scorer(dtype="bfloat16").open(tiny_models.checkpoint(saved()), texts)
    row = row_of(model, len(texts))
    exact = reference(saved(), texts.texts)
    assert model.facts.dtype == "bfloat16"
    assert 0 < np.abs(row - exact).max() < 0.02 * np.abs(exact).max()


def test_that_a_device_that_is_not_here_is_a_usage_error(scorer):
    with pytest.raises(UsageError, match="no device called"):
        scorer(device="abacus")


@pytest.fixture
def damaged(saved, tmp_path):
    """``damaged(change)``: a copy of a tiny model after ``change(folder)``."""

    def make(change):
        folder = tmp_path / "run" / "step0"
        shutil.copytree(saved(), folder)
        change(folder)
        return tiny_models.checkpoint(folder)

    return make


def truncate(folder):
    path = folder / "model.safetensors"
    path.write_bytes(path.read_bytes()[:-1000])


def drop_tokenizer(folder):
    for path in folder.glob("token*"):
        path.unlink()


def drop_a_weight(folder):
    weights = load_file(folder / "model.safetensors")
    del weights["gpt_neox.layers.1.mlp.dense_4h_to_h.weight"]
    save_file(weights, folder / "model.safetensors", {"format": "pt"})


def make_encoder_decoder(folder):
    config = json.loads((folder / "config.json").read_text())
    config.update(model_type="t5", architectures=["T5ForConditionalGeneration"])
    config.update(is_encoder_decoder=True)
    (folder / "config.json").write_text(json.dumps(config))


def ask_for_remote_code(folder):
    config = json.loads((folder / "config.json").read_text())
    config.update(model_type="strange", auto_map={"AutoConfig": "code.C", "AutoModel": "code.M"})
    (folder / "config.json").write_text(json.dumps(config))
    (folder / "code.py").write_text("raise SystemExit('this ran')")


@pytest.mark.parametrize(
    ("change", "says"),
    [
        (truncate, "is cut short: it has"),
        (drop_tokenizer, "tokenizer is missing"),
        (drop_a_weight, "do not hold all weights"),
        (make_encoder_decoder, "encoder-decoder"),
        (ask_for_remote_code, "run only with --trust-remote-code"),
    ],
)
def test_that_a_damaged_checkpoint_is_one_sentence(change, says, damaged, texts, scorer):
    with pytest.raises(ScoringError, match=says) as caught:
        scorer().open(damaged(change), texts)
    assert "\n" not in caught.value.message


def test_that_a_damaged_checkpoint_does_not_spoil_the_next(damaged, saved, texts, scorer):
    one = scorer()
    one.open(tiny_models.checkpoint(saved(seed=1)), texts)
    with pytest.raises(ScoringError):
        one.open(damaged(truncate), texts)
    row = row_of(one.open(tiny_models.checkpoint(saved()), texts), len(texts))
    assert np.abs(row - reference(saved(), texts.texts)).max() < 1e-3


def test_that_logits_that_are_not_numbers_name_the_text(damaged, texts, scorer):
    def poison(folder):
        weights = load_file(folder / "model.safetensors")
        weights["gpt_neox.final_layer_norm.weight"].fill_(float("nan"))
        save_file(weights, folder / "model.safetensors", {"format": "pt"})

    model = scorer().open(damaged(poison), texts)
    with pytest.raises(ScoringError, match=r"log-likelihoods are not numbers on text 't\d+'"):
        row_of(model, len(texts))


def test_that_a_tokenizer_of_another_model_is_refused(damaged, texts, scorer):
    def smaller(folder):
        tiny_models.save_model(folder, vocab_size=40)

    with pytest.raises(ScoringError, match="does not belong to it"):
        scorer().open(damaged(smaller), texts)


def test_that_running_out_of_memory_is_told_from_other_failures():
    from compute.scoring.devices import is_out_of_memory

    assert is_out_of_memory(torch.OutOfMemoryError("x"))
    assert is_out_of_memory(RuntimeError("DefaultCPUAllocator: can't allocate memory"))
    assert not is_out_of_memory(RuntimeError("shapes differ"))


def test_that_special_tokens_in_front_are_counted(saved):
    from compute.scoring.tokens import special_before

    assert special_before(load_tokenizer(saved())) == 0


def test_that_a_model_of_the_cache_scores_to_the_bits_of_its_folder(
    saved, texts, scorer, tmp_path, monkeypatch
):
    """Laid out as the hub's client does: blobs named by their sums, links to them."""
    from compute import sources

    repo = tmp_path / "models--lab--tiny"
    snapshot = repo / "snapshots" / ("0" * 40)
    for folder in (snapshot, repo / "blobs", repo / "refs"):
        folder.mkdir(parents=True)
    for path in saved().iterdir():
        blob = repo / "blobs" / hashlib.sha256(path.read_bytes()).hexdigest()
        shutil.copyfile(path, blob)
        (snapshot / path.name).symlink_to(blob)
    (repo / "refs" / "step64").write_text(snapshot.name)
    monkeypatch.setenv("HF_HUB_CACHE", str(tmp_path))
    (found,) = sources.resolve("lab/tiny@step64").checkpoints
    model = scorer().open(found, texts)
    direct = scorer().open(tiny_models.checkpoint(saved()), texts)
    assert row_of(model, len(texts)).tobytes() == row_of(direct, len(texts)).tobytes()
    assert found.digest == direct.facts.digest


@pytest.mark.parametrize("kind", sorted(tiny_models.SHAPES))
def test_that_layers_come_with_their_batch_and_the_last_is_the_model(kind, saved, texts, scorer):
    model = scorer(layers=(-1,)).open(tiny_models.checkpoint(saved(kind)), texts)
    assert model.facts.layers == tuple(range(model.facts.n_layers + 1))
    deep = np.full((len(model.facts.layers), len(texts)), np.nan, np.float32)
    plan = model.plan()
    for scored in model.score(plan, plan.batches):
        deep[:, list(scored.batch.texts)] = scored.layers
    row = row_of(model, len(texts))
    assert np.array_equal(deep[-1], row)
    assert np.isfinite(deep).all()
    assert np.abs(deep[:-1] - row).max() > 0.1


def test_that_a_layer_that_is_not_there_is_one_sentence(saved, texts, scorer):
    with pytest.raises(ScoringError, match=r"it has no layer 99: its layers are 0"):
        scorer(layers=(0, 99)).open(tiny_models.checkpoint(saved()), texts)
