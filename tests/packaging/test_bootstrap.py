"""The set-up script, without installing anything: each border says one clear sentence."""

from __future__ import annotations

import importlib.util
import re
import subprocess
import sys
from pathlib import Path
from types import ModuleType

import pytest

ROOT = Path(__file__).resolve().parents[2]
SCRIPT = ROOT / "packaging" / "bootstrap.py"


@pytest.fixture
def bootstrap(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> ModuleType:
    """The script as a module, told that an empty folder is its project."""
    spec = importlib.util.spec_from_file_location("klscope_bootstrap", SCRIPT)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    (tmp_path / "packaging").mkdir()
    for name in ("constraints.txt", "system-packages.txt"):
        (tmp_path / "packaging" / name).write_text((SCRIPT.parent / name).read_text())
    (tmp_path / "pyproject.toml").write_text("")
    venv = tmp_path / ".venv"
    monkeypatch.setattr(module, "ROOT", tmp_path)
    monkeypatch.setattr(module, "VENV", venv)
    monkeypatch.setattr(module, "PYTHON", venv / "bin" / "python")
    monkeypatch.setattr(module, "STAMP", venv / "klscope-setup")
    return module


def refuse(*_arguments: object, **_options: object) -> None:
    raise AssertionError("this must not be called")


def test_that_the_script_needs_no_package() -> None:
    done = subprocess.run(
        [sys.executable, "-I", "-S", str(SCRIPT), "--help"], capture_output=True, text=True
    )
    assert done.returncode == 0, done.stderr
    assert "demo" in done.stdout


def test_that_an_unknown_command_is_refused_in_one_sentence(
    bootstrap: ModuleType, capsys: pytest.CaptureFixture[str]
) -> None:
    assert bootstrap.main(["demmo"]) == 2
    said = capsys.readouterr().out
    assert "no command 'demmo'" in said
    assert said.count("\n") == 1


def test_that_an_old_python_is_refused_in_one_sentence(
    bootstrap: ModuleType, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(bootstrap.sys, "version_info", (3, 9, 2, "final", 0))
    assert bootstrap.main(["demo"]) == 1
    assert capsys.readouterr().out == (
        "klscope: Python 3.11 or newer is needed, this is 3.9.2; run it with a newer python3.\n"
    )


def test_that_a_plain_user_is_given_the_one_apt_line(
    bootstrap: ModuleType, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(bootstrap, "missing_packages", lambda _wanted: ["libegl1", "xvfb"])
    monkeypatch.setattr(bootstrap, "venv_package", lambda: ["python3-venv"])
    monkeypatch.setattr(bootstrap, "_root_rights", lambda: None)
    monkeypatch.setattr(bootstrap.shutil, "which", lambda name: f"/usr/bin/{name}")
    monkeypatch.setattr(bootstrap, "make_venv", refuse)
    assert bootstrap.main(["demo"]) == 1
    lines = [line for line in capsys.readouterr().err.splitlines() if line.startswith("    ")]
    assert lines == [
        "    sudo apt-get update && sudo apt-get install -y --no-install-recommends "
        "python3-venv libegl1 xvfb"
    ]


def test_that_apt_is_left_alone_when_nothing_is_missing(
    bootstrap: ModuleType, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(bootstrap, "missing_packages", lambda _wanted: [])
    monkeypatch.setattr(bootstrap, "venv_package", list)
    monkeypatch.setattr(bootstrap, "install_system_packages", refuse)
    monkeypatch.setattr(bootstrap, "make_venv", lambda: bootstrap.VENV.mkdir())
    monkeypatch.setattr(bootstrap, "install_packages", lambda: None)
    bootstrap.set_up()
    assert bootstrap.STAMP.read_text() == bootstrap.fingerprint()


def test_that_the_lists_are_fetched_when_there_are_none(
    bootstrap: ModuleType, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    verbs: list[str] = []
    monkeypatch.setattr(bootstrap, "APT_LISTS", tmp_path / "lists")
    monkeypatch.setattr(bootstrap, "_root_rights", list)
    monkeypatch.setattr(bootstrap.shutil, "which", lambda name: f"/usr/bin/{name}")
    monkeypatch.setattr(bootstrap, "_apt", lambda _rights, verb, _names: verbs.append(verb))
    bootstrap.install_system_packages(["xvfb"])
    assert verbs == ["update", "install"]


def test_that_a_machine_without_apt_goes_on(
    bootstrap: ModuleType, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(bootstrap.shutil, "which", lambda _name: None)
    monkeypatch.setattr(bootstrap, "_apt", refuse)
    bootstrap.install_system_packages(["xvfb"])
    assert "xvfb" in capsys.readouterr().out


def test_that_a_package_counts_as_missing_by_what_it_provides(bootstrap: ModuleType) -> None:
    wanted = {
        "libc6": "libc.so.6",
        "gone": "libklscope-none.so.1",
        "sh": "sh",
        "none": "no-such-program",
    }
    assert bootstrap.missing_packages(wanted) == ["gone", "none"]


def test_that_a_second_run_installs_nothing(
    bootstrap: ModuleType, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(bootstrap, "missing_packages", lambda _wanted: [])
    bootstrap.PYTHON.parent.mkdir(parents=True)
    bootstrap.PYTHON.touch()
    bootstrap.STAMP.write_text(bootstrap.fingerprint())
    monkeypatch.setattr(bootstrap.subprocess, "run", refuse)
    bootstrap.set_up()


def test_that_a_changed_pin_sets_up_again(bootstrap: ModuleType, tmp_path: Path) -> None:
    pins = tmp_path / "pins.txt"
    pins.write_text("a==1")
    before = bootstrap.fingerprint((pins,))
    pins.write_text("a==2")
    assert bootstrap.fingerprint((pins,)) != before


def test_that_a_failing_pip_is_told_in_one_sentence(
    bootstrap: ModuleType, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(bootstrap, "missing_packages", lambda _wanted: [])
    monkeypatch.setattr(bootstrap, "venv_package", list)
    monkeypatch.setattr(bootstrap, "make_venv", lambda: bootstrap.VENV.mkdir())
    monkeypatch.setattr(bootstrap, "PYTHON", Path("/bin/false"))
    assert bootstrap.main(["test"]) == 1
    said = capsys.readouterr().err
    assert "is there a network" in said
    assert "Traceback" not in said
    assert not bootstrap.STAMP.exists()


def test_that_every_dependency_is_pinned_exactly() -> None:
    pins = (SCRIPT.parent / "constraints.txt").read_text().splitlines()
    loose = [p for p in pins if not p.startswith("#") and not re.fullmatch(r"[\w.-]+==[\w.]+", p)]
    assert loose == []
    assert "torch==2.13.0" in pins
