"""``klscope score`` on the command line."""

import json

import pytest

from compute.cli import build_app, main_guard
from compute.cli.score import checkpoints_of, step_filter
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
