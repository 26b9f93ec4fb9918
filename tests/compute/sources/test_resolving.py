"""Folders to checkpoints: naming rules, problems, digests, duplicates."""

from __future__ import annotations

import hashlib
import json
import os
import pickle
import shutil
import struct
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from compute import sources
from compute.core.errors import InputError
from compute.sources.naming import Step, seed_of, size_of, step_of

CAUSAL = {"model_type": "gpt_neox", "architectures": ["GPTNeoXForCausalLM"]}


def _safetensors(path: Path, fill: int = 0, shape: tuple[int, int] = (3, 4)) -> None:
    n = 4 * shape[0] * shape[1]
    header = {
        "w": {"dtype": "F32", "shape": shape, "data_offsets": [0, n]},
        "layers.0.attention.bias": {
            "dtype": "BOOL",
            "shape": [1, 1, 2, 2],
            "data_offsets": [n, n + 4],
        },
        "__metadata__": {"format": "pt"},
    }
    raw = json.dumps(header).encode()
    path.write_bytes(struct.pack("<Q", len(raw)) + raw + bytes([fill]) * (n + 4))


def _model(folder: Path, fill: int = 0, config: dict[str, Any] | None = None) -> Path:
    folder.mkdir(parents=True)
    (folder / "config.json").write_text(json.dumps(config or CAUSAL))
    (folder / "tokenizer.json").write_text("{}")
    _safetensors(folder / "model.safetensors", fill)
    return folder


@pytest.mark.parametrize(
    ("name", "step"),
    [
        ("checkpoint-500", Step(500)),
        ("step1000", Step(1000)),
        ("global_step143000", Step(143000)),
        ("ckpt_10", Step(10)),
        ("step-001000-2BT", Step(1000, 2_000_000_000)),
        ("step1000-tokens4B", Step(1000, 4_000_000_000)),
        ("stage1-step101000-tokens424B", Step(101000, 424_000_000_000)),
        ("step1000-unsharded", Step(1000)),
        ("000123", Step(123)),
        ("s-seed0", None),
        ("v2", None),
        ("footstep3", None),
        ("steps", None),
    ],
)
def test_that_a_name_gives_its_step(name: str, step: Step | None) -> None:
    assert step_of(name) == step


def test_that_a_name_gives_seed_and_size() -> None:
    assert (seed_of("pythia-410m-seed3"), size_of("pythia-410m-seed3")) == (3, "410m")
    assert (seed_of("gpt2"), size_of("gpt2")) == (-1, "")


def test_that_a_single_model_is_one_checkpoint(tmp_path: Path) -> None:
    listing = sources.resolve(str(_model(tmp_path / "my-model")))
    (row,) = listing.checkpoints
    assert (row.label, row.run, row.step, row.problem) == ("my-model", "", -1, "")
    assert (row.n_params, row.family) == (12, "gpt_neox")


def test_that_a_run_is_sorted_by_number(tmp_path: Path) -> None:
    for k, name in enumerate(("step10", "step9", "step-001000-2BT")):
        _model(tmp_path / "run" / name, fill=k)
    listing = sources.resolve(str(tmp_path / "run"))
    assert [c.label for c in listing.checkpoints] == ["run step 9", "run step 10", "run step 1000"]
    assert listing.checkpoints[2].tokens_seen == 2_000_000_000


def test_that_one_step_of_a_run_knows_its_run(tmp_path: Path) -> None:
    (row,) = sources.resolve(str(_model(tmp_path / "run" / "checkpoint-5"))).checkpoints
    assert row.label == "run step 5"


def test_that_the_last_state_of_a_run_is_listed_last(tmp_path: Path) -> None:
    _model(tmp_path / "run", fill=9)
    _model(tmp_path / "run" / "checkpoint-5", fill=5)
    labels = [c.label for c in sources.resolve(str(tmp_path / "run")).checkpoints]
    assert labels == ["run step 5", "run final"]


def test_that_runs_are_sorted_naturally(tmp_path: Path) -> None:
    for k, run in enumerate(("run-10", "run-9")):
        _model(tmp_path / run / "7", fill=k)
    _model(tmp_path / "alone", fill=8)
    listing = sources.resolve(str(tmp_path))
    assert [c.label for c in listing.checkpoints] == ["alone", "run-9 step 7", "run-10 step 7"]


def test_that_a_suite_says_seed_size_and_tokens(tmp_path: Path) -> None:
    suite = {
        "family": "mini",
        "tokens_per_step": 2048,
        "runs": {"s-seed1": {"size": "s", "seed": 1}},
        "recipe": {"checkpoints": [0, 2]},
    }
    (tmp_path / "suite.json").write_text(json.dumps(suite))
    _model(tmp_path / "s-seed1" / "step2")
    for place in (tmp_path, tmp_path / "s-seed1", tmp_path / "s-seed1" / "step2"):
        listing = sources.resolve(str(place))
        (row,) = listing.checkpoints
        assert (row.family, row.seed, row.size, row.tokens_seen) == ("mini", 1, "s", 4096)
        assert row.label == "s-seed1 step 2"
    assert "not all of the 2 checkpoints" in listing.notes[0]


def test_that_a_digest_is_over_the_sorted_sums_of_the_weight_files(tmp_path: Path) -> None:
    model = _model(tmp_path / "m")
    (model / "model.safetensors").unlink()
    names = ("model-1.safetensors", "model-2.safetensors")
    for k, name in enumerate(names):
        _safetensors(model / name, fill=k)
    index = {"weight_map": {"a": names[0], "b": names[1]}}
    (model / "model.safetensors.index.json").write_text(json.dumps(index))
    sums = sorted(hashlib.sha256((model / name).read_bytes()).hexdigest() for name in names)
    assert sources.digest_of(model) == hashlib.sha256("\n".join(sums).encode()).hexdigest()
    (model / names[1]).unlink()
    assert sources.check(model) == "A weight file is missing: model-2.safetensors."


def test_that_equal_weights_are_reported(tmp_path: Path) -> None:
    for step, fill in ((1, 1), (2, 2), (3, 1)):
        _model(tmp_path / "run" / f"step{step}", fill=fill)
    listing = sources.resolve(str(tmp_path / "run"))
    assert [c.duplicate_of for c in listing.checkpoints] == ["", "", "run step 1"]
    assert "run step 3 = run step 1" in listing.notes[0]


def test_that_digests_can_be_left_out(tmp_path: Path) -> None:
    _model(tmp_path / "m")
    assert sources.resolve(str(tmp_path / "m"), digests=False).checkpoints[0].digest == ""


def test_that_a_known_digest_is_not_read_again(tmp_path: Path) -> None:
    model = _model(tmp_path / "m")
    path = tmp_path / "digests.json"
    first = sources.resolve(str(model), cache=sources.DigestCache(path)).checkpoints[0].digest
    known = json.loads(path.read_text())
    path.write_text(json.dumps(dict.fromkeys(known, "ff")))
    again = sources.resolve(str(model), cache=sources.DigestCache(path).load())
    assert again.checkpoints[0].digest == hashlib.sha256(b"ff").hexdigest() != first


def _truncate(model: Path) -> None:
    raw = (model / "model.safetensors").read_bytes()
    (model / "model.safetensors").write_bytes(raw[:-9])


def _truncate_header(model: Path) -> None:
    raw = (model / "model.safetensors").read_bytes()
    (model / "model.safetensors").write_bytes(raw[:20])


def _empty_weights(model: Path) -> None:
    (model / "model.safetensors").write_bytes(b"")


def _garbage(model: Path) -> None:
    (model / "model.safetensors").write_bytes(struct.pack("<Q", 4) + b"[[[[" + b"x" * 30)


def _no_tokenizer(model: Path) -> None:
    (model / "tokenizer.json").unlink()


def _no_config(model: Path) -> None:
    (model / "config.json").unlink()


def _broken_config(model: Path) -> None:
    (model / "config.json").write_text("{")


def _bin_garbage(model: Path) -> None:
    (model / "model.safetensors").unlink()
    (model / "pytorch_model.bin").write_bytes(b"x")


def _pickled(model: Path, what: object = (), protocol: int = 2) -> Path:
    """Weights as a zip with a pickle in it, as PyTorch writes them."""
    (model / "model.safetensors").unlink()
    path = model / "pytorch_model.bin"
    with zipfile.ZipFile(path, "w") as made:
        made.writestr("pytorch_model/data.pkl", pickle.dumps(what, protocol=protocol))
        made.writestr("pytorch_model/data/0", b"0" * 400)
    return path


def _bin_truncated(model: Path) -> None:
    path = _pickled(model)
    path.write_bytes(path.read_bytes()[:300])


class _Call:
    def __reduce__(self) -> tuple[Any, ...]:
        return os.system, ("true",)


def _bin_malicious(model: Path) -> None:
    _pickled(model, {"w": _Call()})


def _bin_malicious_newer(model: Path) -> None:
    """Later protocols put the name together while they are read."""
    _pickled(model, {"w": _Call()}, protocol=4)


def _bin_squeezed_and_damaged(model: Path) -> None:
    path = _pickled(model)
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as made:
        made.writestr("pytorch_model/data.pkl", pickle.dumps(list(range(5000)), protocol=2))
    raw = bytearray(path.read_bytes())
    raw[60:200] = b"\xff" * 140
    path.write_bytes(raw)


def _bin_encrypted(model: Path) -> None:
    path = _pickled(model)
    raw = bytearray(path.read_bytes())
    raw[6] |= 1
    raw[raw.find(b"PK\x01\x02") + 8] |= 1
    path.write_bytes(raw)


def _quantized(model: Path) -> None:
    config = {**CAUSAL, "quantization_config": {"quant_method": "aqlm"}}
    (model / "config.json").write_text(json.dumps(config))


def _no_weights(model: Path) -> None:
    (model / "model.safetensors").unlink()


def _adapter(model: Path) -> None:
    (model / "model.safetensors").rename(model / "adapter_model.safetensors")


def _encoder_decoder(model: Path) -> None:
    config = {"is_encoder_decoder": True, "architectures": ["T5ForConditionalGeneration"]}
    (model / "config.json").write_text(json.dumps(config))


def _masked(model: Path) -> None:
    (model / "config.json").write_text(json.dumps({"architectures": ["BertForMaskedLM"]}))


def _classifier(model: Path) -> None:
    config = {"architectures": ["GPT2ForSequenceClassification"]}
    (model / "config.json").write_text(json.dumps(config))


@pytest.mark.parametrize(
    ("spoil", "says"),
    [
        (_truncate, "The weights are damaged: model.safetensors is cut short: it has"),
        (_truncate_header, "model.safetensors is cut short or is no safetensors file"),
        (_empty_weights, "model.safetensors is cut short or is no safetensors file"),
        (_garbage, "model.safetensors has a damaged header"),
        (_no_tokenizer, "The tokenizer is missing"),
        (_no_config, "The config is missing"),
        (_broken_config, "The config is damaged"),
        (_bin_garbage, "pytorch_model.bin is cut short or is no PyTorch file"),
        (_bin_truncated, "pytorch_model.bin is cut short or damaged"),
        (_bin_malicious, "The weights are refused: pytorch_model.bin would run code of its own"),
        (_bin_malicious_newer, "The weights are refused: pytorch_model.bin would run code"),
        (_bin_squeezed_and_damaged, "pytorch_model.bin is cut short or damaged"),
        (_bin_encrypted, "pytorch_model.bin is cut short or damaged"),
        (_quantized, "quantized (aqlm), which needs aqlm"),
        (_no_weights, "The weights are missing"),
        (_adapter, "an adapter without its base model"),
        (_encoder_decoder, "encoder-decoder model (T5ForConditionalGeneration)"),
        (_masked, "masked model (BertForMaskedLM)"),
        (_classifier, "not a language model"),
    ],
)
def test_that_a_bad_checkpoint_says_why_and_hides_no_other(
    spoil: Callable[[Path], None], says: str, tmp_path: Path
) -> None:
    spoil(_model(tmp_path / "run" / "step1", fill=1))
    _model(tmp_path / "run" / "step2", fill=2)
    bad, good = sources.resolve(str(tmp_path / "run")).checkpoints
    assert says in bad.problem
    assert bad.problem.count("\n") == 0
    assert bad.problem.endswith(".")
    assert good.problem == ""


def test_that_weights_of_pytorch_are_listed_without_their_size(tmp_path: Path) -> None:
    path = _pickled(_model(tmp_path / "m"))
    (row,) = sources.resolve(str(tmp_path / "m")).checkpoints
    sums = hashlib.sha256(path.read_bytes()).hexdigest()
    assert row.digest == hashlib.sha256(sums.encode()).hexdigest()
    assert (row.problem, row.n_params, row.n_bytes) == ("", -1, path.stat().st_size)


def test_that_safetensors_come_before_weights_of_pytorch(tmp_path: Path) -> None:
    model = _model(tmp_path / "m")
    before = sources.digest_of(model)
    (model / "pytorch_model.bin").write_bytes(b"x")
    assert sources.digest_of(model) == before
    assert sources.check(model) == ""


@pytest.mark.parametrize(
    ("config", "needed"),
    [
        ({"model_type": "strange", "auto_map": {"AutoModelForCausalLM": "own.Model"}}, True),
        ({"model_type": "falcon", "auto_map": {"AutoModelForCausalLM": "own.Model"}}, False),
        ({"model_type": "", "auto_map": {"AutoConfig": "own.Config"}}, True),
        ({"model_type": "strange"}, False),
        ({"model_type": "../..", "auto_map": {"AutoConfig": "own.Config"}}, True),
        (CAUSAL, False),
    ],
)
def test_that_a_model_that_needs_its_own_code_is_marked(
    config: dict[str, Any], needed: bool, tmp_path: Path
) -> None:
    _model(tmp_path / "m", config=config)
    listing = sources.resolve(str(tmp_path / "m"))
    (row,) = listing.checkpoints
    assert (row.needs_trust, row.problem) == (needed, "")
    assert any("run only with --trust-remote-code" in note for note in listing.notes) == needed


def test_that_a_model_of_its_own_kind_is_taken_at_its_word(tmp_path: Path) -> None:
    config = {"architectures": ["Strange"], "auto_map": {"AutoModelForCausalLM": "own.Strange"}}
    assert sources.check(_model(tmp_path / "m", config=config)) == ""


def test_that_an_empty_step_is_listed_with_its_problem(tmp_path: Path) -> None:
    _model(tmp_path / "run" / "step1")
    (tmp_path / "run" / "step2").mkdir()
    listing = sources.resolve(str(tmp_path / "run"))
    assert listing.checkpoints[1].problem.startswith("The config is missing")
    assert "1 of 2 cannot be scored (run step 2)" in listing.notes[0]


def test_that_an_empty_folder_is_refused(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="the folder is empty"):
        sources.resolve(str(tmp_path))


def test_that_a_folder_of_pictures_is_refused(tmp_path: Path) -> None:
    for k in range(3):
        (tmp_path / f"{k}.png").write_bytes(b"\x89PNG")
    with pytest.raises(InputError, match=r"it holds 3 files \(3 .png\) and no model"):
        sources.resolve(str(tmp_path))


def test_that_a_typing_error_gets_a_suggestion(tmp_path: Path) -> None:
    _model(tmp_path / "pythia-70m" / "step1")
    with pytest.raises(InputError, match=r"Did you mean .*pythia-70m"):
        sources.resolve(str(tmp_path / "pythia-7m" / "step1"))


def test_that_a_file_is_refused(tmp_path: Path) -> None:
    model = _model(tmp_path / "m")
    with pytest.raises(InputError, match=r"it is a file, not a folder\. Name the folder it is in"):
        sources.resolve(str(model / "config.json"))


def test_that_progress_is_told(tmp_path: Path) -> None:
    _model(tmp_path / "run" / "step1")
    shutil.copytree(tmp_path / "run" / "step1", tmp_path / "run" / "step2")
    seen: list[tuple[int, int]] = []
    sources.resolve(str(tmp_path / "run"), on_progress=lambda n, of: seen.append((n, of)))
    assert seen == [(1, 2), (2, 2)]


def test_that_every_source_of_the_table_is_described() -> None:
    assert len({s.id for s in sources.SOURCES}) == len(sources.SOURCES)
    assert all(s.title for s in sources.SOURCES)
