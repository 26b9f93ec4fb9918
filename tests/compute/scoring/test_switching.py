"""From one checkpoint to the next: what is reused, and that it changes no bit."""

import json
import os
import shutil
import sys
import threading

import numpy as np
import pytest
import tiny_models
import torch
from safetensors.torch import load_file, save_file

from compute import sources
from compute.core.errors import InputError, ScoringError
from compute.scoring import loading, tokens
from compute.scoring.loading import Loader, Source
from compute.scoring.prefetch import go_on
from compute.scoring.reading import Sums, each, stage


def row_of(model, n):
    """(n,) float32 nats of all texts."""
    row = np.full(n, np.nan, dtype=np.float32)
    plan = model.plan()
    for scored in model.score(plan, plan.batches):
        row[list(scored.batch.texts)] = scored.values
    return row


def module_of(scorer):
    return scorer._loader._held.module


@pytest.fixture
def fresh(scorer, texts):
    """``fresh(folder)``: its values by a scorer that knows no other checkpoint."""

    def score(folder, **settings):
        one = scorer(**settings)
        row = row_of(one.open(tiny_models.checkpoint(folder), texts), len(texts))
        one.close()
        return row

    return score


@pytest.fixture
def visited(scorer, texts):
    """``visited(*folders)``: values of the last, scored after the others as a job does it; and
    whether it took over the module of the one before."""

    def visit(*folders, **settings):
        one = scorer(**settings)
        for k, folder in enumerate(folders):
            before = one._loader._held and module_of(one)
            model = one.open(tiny_models.checkpoint(folder), texts)
            if k + 1 < len(folders):
                one.prefetch(tiny_models.checkpoint(folders[k + 1]), texts)
        return row_of(model, len(texts)), module_of(one) is before

    return visit


COPIED = ("bloom", "gemma2", "gpt2", "gpt_neox", "llama", "mamba", "opt")


@pytest.mark.parametrize("kind", sorted(tiny_models.SHAPES))
def test_that_a_prefetched_checkpoint_has_the_bits_of_a_fresh_one(kind, saved, fresh, visited):
    folders = [saved(kind, seed) for seed in (1, 2, 3)]
    for folder in folders:
        disturb(folder)
    row, reused = visited(*folders)
    assert row.tobytes() == fresh(folders[-1]).tobytes()
    assert reused == (kind in COPIED)


def disturb(folder):
    """No tensor of equal values, as after some training."""
    weights = load_file(folder / "model.safetensors")
    generator = torch.Generator().manual_seed(sum(map(ord, str(folder))))
    for tensor in weights.values():
        if (tensor == tensor.flatten()[0]).all():
            tensor.add_(torch.rand(tensor.shape, generator=generator), alpha=0.1)
    save_file(weights, folder / "model.safetensors", {"format": "pt"})


def copy_of(folder, place, change=None):
    shutil.copytree(folder, place)
    if change is not None:
        weights = load_file(place / "model.safetensors")
        change(weights)
        save_file(weights, place / "model.safetensors", {"format": "pt"})
    return place


def test_that_equal_values_prove_no_place(saved, fresh, visited, tmp_path):
    """Biases that are all zero could be in any order; once they differ, they are loaded afresh."""

    def flat(value):
        def change(weights):
            for name, tensor in weights.items():
                if name.endswith("bias"):
                    tensor.fill_(value)

        return change

    start, ones = (copy_of(saved(seed=1), tmp_path / str(k), flat(k)) for k in (0, 1))
    later = saved(seed=2)
    disturb(later)
    for folder, expected in ((later, False), (ones, True)):
        row, reused = visited(start, folder)
        assert reused == expected
        assert row.tobytes() == fresh(folder).tobytes()


def test_that_weights_are_converted_as_loading_does(saved, fresh, visited):
    folders = [saved(seed=seed) for seed in (4, 5)]
    for folder in folders:
        disturb(folder)
    row, reused = visited(*folders, dtype="bfloat16")
    assert reused
    assert row.tobytes() == fresh(folders[-1], dtype="bfloat16").tobytes()


def test_that_short_memory_changes_no_bit(saved, fresh, visited, monkeypatch):
    folders = [saved(seed=seed) for seed in (6, 7)]
    for folder in folders:
        disturb(folder)
    monkeypatch.setattr(loading, "free_bytes", lambda: 1000)
    row, reused = visited(*folders)
    assert reused
    assert row.tobytes() == fresh(folders[-1]).tobytes()


def test_that_files_cut_in_several_give_the_same_bits(saved, fresh, visited, tmp_path):
    folders = [saved(seed=seed) for seed in (8, 9)]
    for folder in folders:
        disturb(folder)
    cut = [in_shards(folder, tmp_path / folder.parent.name) for folder in folders]
    row, reused = visited(*cut)
    assert reused
    assert row.tobytes() == fresh(folders[-1]).tobytes()


def in_shards(folder, place):
    shutil.copytree(folder, place)
    weights = load_file(place / "model.safetensors")
    (place / "model.safetensors").unlink()
    parts = {f"model-{k}.safetensors": sorted(weights)[k::2] for k in range(2)}
    for name, keys in parts.items():
        save_file({key: weights[key] for key in keys}, place / name, {"format": "pt"})
    index = {
        "metadata": {},
        "weight_map": {key: name for name, keys in parts.items() for key in keys},
    }
    (place / "model.safetensors.index.json").write_text(json.dumps(index))
    return place


def test_that_the_digest_is_made_while_loading_unless_it_is_known(saved, texts, scorer):
    folders = [saved(seed=seed) for seed in (1, 2, 3)]
    one = scorer()
    found = []
    for k, folder in enumerate(folders):
        found.append(one.open(tiny_models.checkpoint(folder), texts).facts.digest)
        if k == 0:
            one.prefetch(tiny_models.checkpoint(folders[1]), texts)
    assert found == [sources.digest_of(folder) for folder in folders]
    known = tiny_models.checkpoint(folders[0]).with_(digest="d")
    assert one.open(known, texts).facts.digest == ""


def test_that_only_the_checkpoint_that_was_prefetched_is_taken_from_there(saved, texts, scorer):
    first, other, asked = (tiny_models.checkpoint(saved(seed=seed)) for seed in (1, 2, 3))
    one, direct = scorer(), scorer()
    one.open(first, texts)
    one.prefetch(other, texts)
    row = row_of(one.open(asked, texts), len(texts))
    assert row.tobytes() == row_of(direct.open(asked, texts), len(texts)).tobytes()


def test_that_a_prefetch_that_fails_says_so_at_its_turn(saved, texts, scorer, tmp_path):
    bad = copy_of(saved(seed=1), tmp_path / "bad")
    raw = (bad / "model.safetensors").read_bytes()
    (bad / "model.safetensors").write_bytes(raw[:-1000])
    one = scorer()
    model = one.open(tiny_models.checkpoint(saved()), texts)
    one.prefetch(tiny_models.checkpoint(bad), texts)
    assert np.isfinite(row_of(model, len(texts))).all()
    with pytest.raises(ScoringError, match="cut short"):
        one.open(tiny_models.checkpoint(bad), texts)


def test_that_a_checkpoint_that_became_whole_in_between_is_scored(saved, texts, scorer, tmp_path):
    late = copy_of(saved(seed=1), tmp_path / "late")
    raw = (late / "model.safetensors").read_bytes()
    (late / "model.safetensors").write_bytes(raw[:-1000])
    one = scorer()
    one.open(tiny_models.checkpoint(saved()), texts)
    one.prefetch(tiny_models.checkpoint(late), texts)
    one._ahead._coming.made.exception()
    (late / "model.safetensors").write_bytes(raw)
    model = one.open(tiny_models.checkpoint(late), texts)
    assert model.facts.digest == sources.digest_of(late)


def test_that_one_thread_reads_ahead_and_none_is_left(saved, texts, scorer):
    def reading():
        return [t for t in threading.enumerate() if t.name.startswith("prefetch")]

    one = scorer()
    one.open(tiny_models.checkpoint(saved()), texts)
    assert reading() == []
    for seed in (1, 2, 3):
        one.prefetch(tiny_models.checkpoint(saved(seed=seed)), texts)
        assert len(reading()) == 1
    one.close()
    assert reading() == []


@pytest.mark.skipif(sys.platform != "linux", reason="threads have no priorities of their own")
def test_that_reading_ahead_lets_the_scoring_go_first(saved, texts, scorer):
    seen = {}
    one = scorer()
    real = one._ahead._prepare

    def prepare(*args):
        here, whole = (os.getpriority(os.PRIO_PROCESS, n) for n in (0, os.getpid()))
        seen["nicer"] = here - whole
        return real(*args)

    one._ahead._prepare = prepare
    one.prefetch(tiny_models.checkpoint(saved()), texts)
    one.open(tiny_models.checkpoint(saved()), texts)
    assert seen["nicer"] > 0


@pytest.mark.parametrize("n", [1, 2])
def test_that_a_file_may_be_overwritten_while_it_is_scored(
    n, saved, fresh, scorer, texts, tmp_path
):
    folders = [copy_of(saved(seed=k), tmp_path / str(k)) for k in range(n)]
    for folder in folders:
        disturb(folder)
    right = fresh(folders[-1])
    one = scorer()
    for folder in folders:
        one.prefetch(tiny_models.checkpoint(folder), texts)
        model = one.open(tiny_models.checkpoint(folder), texts)
    for folder in folders:
        with open(folder / "model.safetensors", "r+b") as file:
            file.truncate(10)
    assert row_of(model, len(texts)).tobytes() == right.tobytes()


def test_that_a_file_that_changes_while_it_is_read_is_refused(saved, tmp_path):
    path = copy_of(saved(), tmp_path / "m") / "model.safetensors"
    weights = load_file(path)
    size = sum(64 + t.numel() * t.element_size() for t in weights.values())
    wanted = {name: t.dtype for name, t in weights.items()}
    ticks = iter(range(10**6))

    def tick():
        if next(ticks) == 3:
            os.utime(path, ns=(1, 1))

    with pytest.raises(InputError, match="was changed while it was read"):
        stage((path,), wanted, torch.empty(size, dtype=torch.uint8), Sums(), tick)


def test_that_files_are_read_as_safetensors_reads_them(saved):
    path = saved("opt") / "model.safetensors"
    ours, theirs = dict(each((path,))), load_file(path)
    assert ours.keys() == theirs.keys()
    assert all(torch.equal(ours[name], theirs[name]) for name in theirs)


def test_that_single_numbers_are_staged(tmp_path):
    """Tensors without an axis, converted or not."""
    path = tmp_path / "model.safetensors"
    weights = {"a": torch.tensor(1.5), "b": torch.tensor(2.5, dtype=torch.float16)}
    save_file(weights, path)
    wanted = dict.fromkeys(weights, torch.float32)
    staged = stage((path,), wanted, torch.empty(128, dtype=torch.uint8), None, go_on)
    assert all(torch.equal(staged.tensors[name], weights[name].float()) for name in weights)


def test_that_files_lost_after_loading_spoil_no_other_checkpoint(
    saved, texts, scorer, fresh, tmp_path
):
    """A training run that keeps its last checkpoints only may delete one while it is scored."""
    gone = copy_of(saved(), tmp_path / "gone")
    one = scorer()
    one.open(tiny_models.checkpoint(gone), texts)
    raw = (gone / "model.safetensors").read_bytes()
    (gone / "model.safetensors").write_bytes(raw[:-1000])
    row = row_of(one.open(tiny_models.checkpoint(saved(seed=1)), texts), len(texts))
    assert row.tobytes() == fresh(saved(seed=1)).tobytes()


def test_that_tokens_are_made_once_for_both_rounds(saved, texts, scorer, monkeypatch):
    made = []
    real = tokens.tokenize
    monkeypatch.setattr(tokens, "tokenize", lambda *a, **k: made.append(a) or real(*a, **k))
    one = scorer()
    for _ in range(2):
        for seed in (1, 2, 3):
            one.open(tiny_models.checkpoint(saved(seed=seed)), texts)
            one.prefetch(tiny_models.checkpoint(saved(seed=seed % 3 + 1)), texts)
    assert len(made) == 1


def test_that_only_the_tokens_used_last_are_kept(saved, texts, monkeypatch, tmp_path):
    folders = [copy_of(saved(), tmp_path / str(k)) for k in range(3)]
    for k, folder in enumerate(folders):
        (folder / "added_tokens.json").write_text(" " * k + "{}")
    cache = tokens.TokenCache("tokenizer")
    one = cache.get(folders[0], texts)
    monkeypatch.setattr(tokens, "MOST_BYTES", 2 * 8 * int(one.n_tokens.sum()))
    assert cache.get(folders[1], texts) is not one
    assert cache.get(folders[0], texts) is one
    cache.get(folders[2], texts)
    assert cache.get(folders[0], texts) is one
    assert len(cache._known) == 2


def test_that_a_model_may_be_dealt_out_over_devices(saved, texts, scorer):
    pytest.importorskip("accelerate")
    folder = saved()
    layers = {"gpt_neox": "cpu", "embed_out": "cpu", "lm_head": "cpu"}
    loader = Loader(torch.device("cpu"), {"device_map": layers})
    module = loader.load(Source(folder, "float32"))
    plain = Loader(torch.device("cpu")).load(Source(folder, "float32"))
    ids = torch.arange(5)[None]
    with torch.inference_mode():
        assert torch.equal(module(ids).logits, plain(ids).logits)
