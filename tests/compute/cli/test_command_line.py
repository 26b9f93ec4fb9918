"""The command line: the table, help without heavy imports, exit codes, sentences."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from compute.cli import COMMANDS, build_app, main_guard
from compute.cli.progress import plain_line, run_job
from compute.core.control import Control
from compute.core.errors import InputError, UsageError
from compute.core.events import Emit, Notice, Partial, Progress, Started, decode
from compute.core.specs import GrowSpec

HEAVY = ("torch", "transformers", "sklearn", "openTSNE", "h5py", "scipy", "PySide6")


def _run(*arguments: str) -> int:
    return main_guard(build_app(), arguments)


def test_that_help_loads_no_command() -> None:
    code = (
        "import sys; from compute.cli import build_app, main_guard;"
        "main_guard(build_app(), ['--help']);"
        f"print([m for m in {HEAVY!r} if m in sys.modules], file=sys.stderr)"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stderr.strip() == "[]"
    for name, _, help_text in COMMANDS:
        if " " not in name:
            assert name in done.stdout
            assert help_text in done.stdout


@pytest.mark.parametrize("name", [row[0] for row in COMMANDS])
def test_that_every_command_of_the_table_has_help(
    name: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert _run(*name.split(), "--help") == 0
    assert "--help" in capsys.readouterr().out


def test_that_rows_can_be_added_and_replaced(capsys: pytest.CaptureFixture[str]) -> None:
    app = build_app([("hello", "x:y", "Say hello."), ("grow", "x:y", "Another.")])
    assert main_guard(app, ["--help"]) == 0
    out = capsys.readouterr().out
    assert "Say hello." in out
    assert "Another." in out


def test_that_the_version_is_told(capsys: pytest.CaptureFixture[str]) -> None:
    assert _run("--version") == 0
    assert capsys.readouterr().out.startswith("klscope ")


@pytest.mark.parametrize(
    "arguments",
    [
        ["nonsense"],
        ["grow"],
        ["grow", "--out", "x", "--steps", "many"],
        ["grow", "--out", "x", "--seeds", "a"],
        ["grow", "--out", "x", "--sizes", "huge"],
        ["grow", "--out", "x", "--preset", "huge"],
        ["texts", "build", "x", "-o", "y", "--n", "0"],
        ["models"],
    ],
)
def test_that_wrong_usage_ends_with_2(
    arguments: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    assert _run(*arguments) == 2
    shown = capsys.readouterr()
    assert shown.err
    assert "Traceback" not in shown.err
    assert shown.out == ""


def test_that_an_error_is_one_paragraph(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    assert _run("models", str(tmp_path)) == 1
    err = capsys.readouterr().err
    assert err == (
        f"Looking for models in {tmp_path}: the folder is empty. "
        "A model is a folder with config.json, safetensors weights and a tokenizer.\n"
    )


def test_that_debug_shows_the_traceback(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    assert _run("models", str(tmp_path), "--debug") == 1
    assert "Traceback" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("error", "code", "says"),
    [
        (UsageError("no"), 2, "no."),
        (InputError("no"), 1, "no."),
        (KeyboardInterrupt(), 1, "Cancelled"),
        (ValueError("odd"), 1, "Something unexpected happened (ValueError: odd)"),
        (SystemExit(2), 2, ""),
        (SystemExit(None), 0, ""),
        (SystemExit("stop"), 1, "stop"),
    ],
)
def test_that_every_end_has_its_exit_code(
    error: BaseException, code: int, says: str, capsys: pytest.CaptureFixture[str]
) -> None:
    def app(_arguments: object) -> None:
        raise error

    assert main_guard(app, []) == code
    shown = capsys.readouterr().err
    assert says in shown
    assert "Traceback" not in shown


def _model(folder: Path) -> None:
    folder.mkdir(parents=True)
    (folder / "config.json").write_text('{"architectures": ["GPTNeoXForCausalLM"]}')
    (folder / "tokenizer.json").write_text("{}")
    (folder / "model.safetensors").write_bytes(b"\x02\0\0\0\0\0\0\0{}")


def test_that_models_lists_a_run(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    for step in (1, 2):
        _model(tmp_path / "run" / f"step{step}")
    assert _run("models", str(tmp_path / "run")) == 0
    shown = capsys.readouterr()
    assert "run step 1" in shown.out
    assert "run step 2 = run step 1" in shown.err
    assert _run("models", str(tmp_path / "run"), "--json") == 0
    data = json.loads(capsys.readouterr().out)
    assert [c["duplicate_of"] for c in data["checkpoints"]] == ["", "run step 1"]


def test_that_texts_build_reports(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "a.txt").write_text("word " * 400)
    out = tmp_path / "t.jsonl"
    assert _run("texts", "build", str(tmp_path / "a.txt"), "-o", str(out), "--json") == 0
    assert json.loads(capsys.readouterr().out)["n_texts"] == 2
    assert _run("texts", "build", str(tmp_path / "a.txt"), "-o", str(out), "-n", "1") == 0
    assert "1 texts of" in capsys.readouterr().out


Job = Any


@pytest.fixture
def job(monkeypatch: pytest.MonkeyPatch) -> Any:
    """Put a function in the place of the grow job."""

    def put(function: Job) -> None:
        monkeypatch.setattr("compute.jobs.runner.load", lambda _kind: function)

    return put


def _three_steps(_spec: GrowSpec, emit: Emit, _control: Control) -> Mapping[str, Any]:
    emit(Started("Growing 1 models", 3, "steps"))
    emit(Progress(0.5, message="s-seed0 step 1", rate=1234.4, eta_s=40))
    emit(Notice("careful", "s-seed0"))
    emit(Progress(1.0, message="s-seed0 step 3"))
    return {"out": "x"}


def test_that_a_job_shows_plain_lines(job: Any, capsys: pytest.CaptureFixture[str]) -> None:
    job(_three_steps)
    assert run_job(GrowSpec("x")).summary == {"out": "x"}
    shown = capsys.readouterr()
    assert shown.out == ""
    assert shown.err.splitlines() == [
        "Growing 1 models (3 steps)",
        " 50.0 %  s-seed0 step 1 · 1,234 tokens/s · 40 s left",
        "s-seed0: careful",
        "100.0 %  s-seed0 step 3",
    ]


def test_that_a_job_prints_events_as_json(job: Any, capsys: pytest.CaptureFixture[str]) -> None:
    job(_three_steps)
    run_job(GrowSpec("x"), json_output=True)
    events = [decode(line) for line in capsys.readouterr().out.splitlines()]
    assert [type(e).__name__ for e in events] == [
        "Started",
        "Progress",
        "Notice",
        "Progress",
        "Finished",
    ]


def test_that_a_terminal_gets_a_bar(
    job: Any, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    job(_three_steps)
    monkeypatch.setattr("sys.stderr.isatty", lambda: True)
    run_job(GrowSpec("x"))
    assert "s-seed0: careful" in capsys.readouterr().err


def test_that_a_failed_job_ends_with_1(job: Any, capsys: pytest.CaptureFixture[str]) -> None:
    def fail(*_args: object) -> Mapping[str, Any]:
        raise InputError("the disk is full", tried="Saving")

    job(fail)
    assert main_guard(lambda _a: run_job(GrowSpec("x")) and None, []) == 1
    assert capsys.readouterr().err == "Saving: the disk is full.\n"


def test_that_ctrl_c_asks_the_job_to_stop(job: Any, capsys: pytest.CaptureFixture[str]) -> None:
    def interrupted(_spec: GrowSpec, _emit: Emit, control: Control) -> Mapping[str, Any]:
        os.kill(os.getpid(), signal.SIGINT)
        control.checkpoint()
        return {}

    job(interrupted)
    before = signal.getsignal(signal.SIGINT)
    assert main_guard(lambda _a: run_job(GrowSpec("x")) and None, []) == 1
    assert "Cancelled" in capsys.readouterr().err
    assert signal.getsignal(signal.SIGINT) is before


def test_that_a_second_ctrl_c_stops_at_once(job: Any, capsys: pytest.CaptureFixture[str]) -> None:
    def deaf(*_args: object) -> Mapping[str, Any]:
        os.kill(os.getpid(), signal.SIGINT)
        os.kill(os.getpid(), signal.SIGINT)
        return {}

    job(deaf)
    assert main_guard(lambda _a: run_job(GrowSpec("x")) and None, []) == 1
    assert "Cancelled" in capsys.readouterr().err


def test_that_a_failed_entry_is_a_line() -> None:
    assert plain_line(Partial("m", "failed", error="NaN logits")) == "m: NaN logits"
    assert plain_line(Partial("m", "done")) == ""
