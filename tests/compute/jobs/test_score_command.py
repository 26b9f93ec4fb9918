"""``klscope score`` on the command line."""

import json

import numpy as np
import pytest

from compute import store
from compute.cli import build_app, main_guard
from compute.cli.score import checkpoints_of, step_filter, with_adapters
from compute.core.errors import UsageError


@pytest.fixture
def suite(tmp_path, texts, monkeypatch):
    """A run of two random tiny models and a text set; scored by the stand-in."""
    import tiny_models

    from compute.texts import write_texts

    monkeypatch.setenv("KLSCOPE_TEST_SCORER", "stand-in")
    for step in (0, 64):
        tiny_models.save_model(tmp_path / "run" / f"step{step}", step)
    write_texts(texts, tmp_path / "texts.jsonl")
    return tmp_path


@pytest.mark.parametrize(
    ("text", "steps"),
    [
        ("0,512", [0, 512]),
        ("1-64", [1, 2, 64]),
        ("every:64", [0, 64, 512]),
        ("1, every:512", [0, 1, 512]),
    ],
)
def test_that_steps_are_a_list_a_range_or_every_n(text, steps):
    assert [s for s in (0, 1, 2, 64, 512) if step_filter(text)(s)] == steps


def test_that_a_step_that_is_none_is_a_usage_error():
    with pytest.raises(UsageError, match="is no step"):
        step_filter("late")


def test_that_a_revision_of_a_run_is_one_checkpoint(suite):
    (found,) = checkpoints_of(f"{suite / 'run'}@step64")
    assert found.step == 64
    with pytest.raises(UsageError, match=r"no revision 'step7'.*step0, step64"):
        checkpoints_of(f"{suite / 'run'}@step7")


def test_that_the_command_scores_and_says_what_it_did(suite, capsys):
    words = ["score", str(suite / "p.h5"), "-m", str(suite / "run")]
    assert main_guard(build_app(), [*words, "-t", str(suite / "texts.jsonl")]) == 0
    assert "2 checkpoints scored into" in capsys.readouterr().out
    assert main_guard(build_app(), [*words, "--steps", "0", "--json"]) == 0
    lines = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
    assert lines[-1]["event"] == "finished"
    assert lines[-1]["summary"]["n_skipped"] == 1


def test_that_a_job_that_fails_is_exit_code_1_and_one_paragraph(suite, capsys):
    words = ["score", str(suite / "p.h5"), "-m", str(suite / "run"), "-t"]
    assert main_guard(build_app(), [*words, str(suite / "none.jsonl")]) == 1
    said = capsys.readouterr().err
    assert "none.jsonl" in said
    assert "Traceback" not in said


def adapter(folder, base):
    from safetensors.numpy import save_file

    pytest.importorskip("peft")
    folder.mkdir()
    words = {"peft_type": "LORA", "base_model_name_or_path": base}
    (folder / "adapter_config.json").write_text(json.dumps(words))
    save_file({"a": np.zeros((2, 3), np.float32)}, folder / "adapter_model.safetensors")
    return str(folder)


def test_that_the_command_scores_quantized_variants_too(suite, capsys):
    words = ["score", str(suite / "p.h5"), "-m", str(suite / "run"), "--steps", "64"]
    words += ["-t", str(suite / "texts.jsonl"), "--quantize", "8bit", "--quantize", "nf4"]
    assert main_guard(build_app(), [*words, "--double-quant"]) == 0
    assert "3 checkpoints scored into" in capsys.readouterr().out
    ids = [e.id for e in store.read(suite / "p.h5").entries]
    assert ids == ["run/step64", "run/step64/int8", "run/step64/nf4-double"]


def test_that_an_adapter_is_scored_beside_the_base_that_it_names(suite, capsys):
    folder = adapter(suite / "lora", str(suite / "run" / "step64"))
    words = ["score", str(suite / "p.h5"), "-t", str(suite / "texts.jsonl"), "--adapter", folder]
    assert main_guard(build_app(), words) == 0
    base, other = store.read(suite / "p.h5").entries
    assert (base.step, other.label) == (64, "lora")
    assert (other.relation, other.parent) == ("adapter-on", base.id)


def test_that_a_named_model_is_the_base_of_an_adapter(suite, capsys):
    one, two = suite / "run" / "step0", suite / "run" / "step64"
    folder = adapter(suite / "lora", "org/not-here")
    found = with_adapters(list(checkpoints_of(str(one))), [folder])
    assert [c.path for c in found] == [str(one)] * 2
    assert found[1].problem == ""
    assert found[1].parents == (found[0].label,)
    both = [c for place in (one, two) for c in checkpoints_of(str(place))]
    with pytest.raises(UsageError, match="is none of the 2 models"):
        with_adapters(both, [folder])
    (alone,) = with_adapters([], [folder])
    assert "org/not-here, which is not here" in alone.problem


def test_that_what_is_no_adapter_or_nothing_at_all_is_a_usage_error(suite, capsys):
    with pytest.raises(UsageError, match="there is no adapter in"):
        with_adapters([], [str(suite / "run")])
    assert main_guard(build_app(), ["score", str(suite / "p.h5")]) == 2
    assert "--model or --adapter" in capsys.readouterr().err
    words = ["score", str(suite / "p.h5"), "-m", str(suite / "run"), "--quantize", "3bit"]
    assert main_guard(build_app(), words) == 2
    assert "Use 8bit, nf4 or fp4" in capsys.readouterr().err
