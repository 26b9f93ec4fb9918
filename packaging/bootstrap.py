#!/usr/bin/env python3
"""Set klscope up in this folder, then show it or test it. Standard library only.

    python3 packaging/bootstrap.py demo [options of "klscope demo"]
    python3 packaging/bootstrap.py test [options of pytest: then only pytest runs]

The first run makes ``.venv``, installs the pinned packages of ``constraints.txt``, and asks apt
for whatever is missing of ``system-packages.txt``. A second run looks only whether the system
libraries are still there and, from a stamp file, that nothing else has changed.
"""

from __future__ import annotations

import hashlib
import os
import shutil
import subprocess
import sys
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
HERE = ROOT / "packaging"
VENV = ROOT / ".venv"
PYTHON = VENV / "bin" / "python"
STAMP = VENV / "klscope-setup"
INPUTS = (ROOT / "pyproject.toml", HERE / "constraints.txt", HERE / "system-packages.txt")
APT_LISTS = Path("/var/lib/apt/lists")
OLDEST = (3, 11)

CHECKS = (
    ("ruff check", ("-m", "ruff", "check", ".")),
    ("ruff format", ("-m", "ruff", "format", "--check", ".")),
    ("mypy", ("-m", "mypy")),
    ("pytest", ("-m", "pytest")),
)

LOADS = """
import ctypes, sys
for name in sys.argv[1:]:
    try:
        ctypes.CDLL(name)
    except OSError:
        print(name)
"""


class SetupError(Exception):
    """One clear sentence for the person who ran the command."""


def say(text: str) -> None:
    print(f"klscope: {text}", flush=True)


# ---------------------------------------------------------------- system packages


def wanted_packages(table: Path) -> dict[str, str]:
    """Package name to what it provides, from ``system-packages.txt``."""
    lines = (line.split("#")[0].split() for line in table.read_text().splitlines())
    return {parts[0]: parts[1] for parts in lines if parts}


def missing_packages(wanted: dict[str, str]) -> list[str]:
    """Those packages whose library cannot be loaded and whose program is not found (Linux)."""
    if sys.platform != "linux":
        return []
    libraries = [p for p in wanted.values() if ".so" in p]
    asked = [sys.executable, "-c", LOADS, *libraries]
    unloadable = subprocess.run(asked, capture_output=True, text=True, check=False).stdout.split()
    missing = []
    for package, provides in wanted.items():
        if provides == "-":
            absent = not _known_to_dpkg(package)
        elif ".so" in provides:
            absent = provides in unloadable
        else:
            absent = shutil.which(provides) is None
        if absent:
            missing.append(package)
    return missing


def _known_to_dpkg(package: str) -> bool:
    """Whether dpkg has it; True where there is no dpkg to ask."""
    if shutil.which("dpkg-query") is None:
        return True
    asked = ["dpkg-query", "-W", "-f", "${db:Status-Status}", package]
    return "installed" in _output(asked).split()


def _output(command: list[str]) -> str:
    return subprocess.run(command, capture_output=True, text=True, check=False).stdout


def venv_package() -> list[str]:
    """The package that gives this interpreter ``ensurepip``; empty when it has it or we do."""
    if PYTHON.exists():
        return []
    probe = [sys.executable, "-c", "import ensurepip, venv"]
    if subprocess.run(probe, capture_output=True, check=False).returncode == 0:
        return []
    if Path(sys.executable).resolve() == Path("/usr/bin/python3").resolve():
        return ["python3-venv"]
    return [f"python{sys.version_info[0]}.{sys.version_info[1]}-venv"]


def install_system_packages(packages: list[str]) -> None:
    """Install through apt as root or with passwordless sudo, else name the one line to run."""
    if shutil.which("apt-get") is None:
        say(
            "there is no apt-get here; should the window not open, install what these Debian "
            f"packages hold with your own package manager: {' '.join(packages)}."
        )
        return
    rights = _root_rights()
    if rights is None:
        raise SetupError(
            f"{_count(packages, 'system package')} missing, and installing needs root; run this "
            f"line{_who()}, then this command again:\n\n    {_apt_line(packages)}"
        )
    say(f"installing {_count(packages, 'system package')} through apt")
    lists_are_there = any(APT_LISTS.glob("*_Packages*"))
    if lists_are_there and _apt(rights, "install", packages) is None:
        return
    problem = _apt(rights, "update", []) or _apt(rights, "install", packages)
    if problem:
        raise SetupError(
            f"apt could not install the system packages; see above, or run this line{_who()}:\n\n"
            f"    {_apt_line(packages)}",
            problem,
        )


def _root_rights() -> list[str] | None:
    """What to put before a command to run it as root; None when we cannot."""
    if os.geteuid() == 0:
        return []
    if shutil.which("sudo"):
        probe = subprocess.run(["sudo", "-n", "true"], capture_output=True, check=False)
        if probe.returncode == 0:
            return ["sudo", "-n"]
    return None


def _who() -> str:
    return "" if shutil.which("sudo") else " as root"


def _apt_line(packages: list[str]) -> str:
    sudo = "sudo " if shutil.which("sudo") else ""
    install = f"{sudo}apt-get install -y --no-install-recommends {' '.join(packages)}"
    return f"{sudo}apt-get update && {install}"


def _apt(rights: list[str], verb: str, packages: list[str]) -> str | None:
    """Run apt-get; None when it went well, else the end of what it said."""
    options = ["-qq", "-o", "DPkg::Lock::Timeout=300"]
    if verb == "install":
        options += ["-y", "--no-install-recommends"]
    command = [*rights, "env", "DEBIAN_FRONTEND=noninteractive", "apt-get", *options, verb]
    done = subprocess.run(
        [*command, *packages], capture_output=True, text=True, check=False, stdin=subprocess.DEVNULL
    )
    return None if done.returncode == 0 else _tail(done.stdout + done.stderr)


def _tail(text: str, lines: int = 12) -> str:
    return "\n".join(text.strip().splitlines()[-lines:])


def _count(things: list[str], noun: str) -> str:
    return f"{len(things)} {noun}" + ("s" if len(things) != 1 else "")


# ---------------------------------------------------------------- the virtual environment


def make_venv() -> None:
    """Make ``.venv``, or make it again when its interpreter or its pip does not answer."""
    if PYTHON.exists():
        probe = [str(PYTHON), "-c", f"import pip, sys; sys.exit(sys.version_info[:2] < {OLDEST})"]
        if subprocess.run(probe, capture_output=True, check=False).returncode == 0:
            return
        say("the .venv here is broken; making it again")
    command = [sys.executable, "-m", "venv", "--clear", str(VENV)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    if done.returncode:
        raise SetupError(
            f"the virtual environment {VENV} could not be made; see above.",
            _tail(done.stdout + done.stderr),
        )


def install_packages() -> None:
    """Install with every version pinned.

    torch comes first and alone, so that the wheel the machine offers (with or without CUDA) is
    settled before anything else asks for it. klscope itself is installed without build isolation,
    so that the build tools are the pinned ones too. Nothing is compiled to byte code ahead: a
    fraction of the modules is ever imported, and Python compiles those then.
    """
    torch = next(
        line
        for line in (HERE / "constraints.txt").read_text().split()
        if line.startswith("torch==")
    )
    _pip("PyTorch", [torch])
    _pip("the build tools", ["hatchling", "editables"])
    extras = "gui,embed,report,exchange,quant,adapters,dev"
    _pip("the other packages", ["--no-build-isolation", "-e", f"{ROOT}[{extras}]"])


def _pip(what: str, arguments: list[str]) -> None:
    say(f"installing {what}")
    quiet = [] if sys.stdout.isatty() else ["--quiet"]
    options = ["--disable-pip-version-check", "--no-input", "--no-compile", *quiet]
    pinned = ["-c", str(HERE / "constraints.txt")]
    command = [str(PYTHON), "-m", "pip", "install", *options, *pinned, *arguments]
    environment = {**os.environ, "PIP_ROOT_USER_ACTION": "ignore"}
    done = subprocess.run(command, stderr=subprocess.PIPE, text=True, check=False, env=environment)
    if done.returncode:
        raise SetupError(
            f"pip could not install {what}; is there a network, and room on the disk? "
            "What was fetched is kept: run this again.",
            _tail("\n".join(_errors(done.stderr))),
        )


def _errors(said: str) -> list[str]:
    """pip's own errors without its many warnings, if there are any."""
    lines = said.splitlines()
    return [line for line in lines if line.startswith("ERROR")] or lines


# ---------------------------------------------------------------- setting up, once


def fingerprint(inputs: tuple[Path, ...] = INPUTS) -> str:
    """Changes when the pinned packages, this interpreter or the place of this folder change."""
    digest = hashlib.sha256(f"{ROOT}\n{sys.version_info[:2]}\n".encode())
    for path in inputs:
        digest.update(path.read_bytes())
    return digest.hexdigest()


def set_up() -> None:
    """Everything both commands need; next to nothing when it is there already."""
    start = time.monotonic()
    packages = venv_package() + missing_packages(wanted_packages(HERE / "system-packages.txt"))
    if packages:
        install_system_packages(packages)
    wanted = fingerprint()
    if PYTHON.exists() and STAMP.exists() and STAMP.read_text() == wanted:
        return
    if not os.access(ROOT, os.W_OK):
        raise SetupError(f"the folder {ROOT} cannot be written to; copy it to one of your own.")
    make_venv()
    STAMP.unlink(missing_ok=True)
    install_packages()
    STAMP.write_text(wanted)
    say(f"set up in {time.monotonic() - start:.0f} s")


# ---------------------------------------------------------------- the commands


def environment() -> dict[str, str]:
    """Ours, with the OpenMP rule and a UTF-8 locale where none is set."""
    base = {"OMP_WAIT_POLICY": "passive", **os.environ}
    if not {"LC_ALL", "LC_CTYPE", "LANG"} & set(base):
        base["LANG"] = "C.UTF-8"
    return base


def demo(arguments: list[str]) -> int:
    set_up()
    command = [str(PYTHON.with_name("klscope")), "demo", *arguments]
    return _run(command, cwd=Path.cwd())


def test(arguments: list[str]) -> int:
    set_up()
    checks = CHECKS[-1:] if arguments else CHECKS
    results = []
    for name, command in checks:
        start = time.monotonic()
        extra = arguments if name == "pytest" else []
        code = _run([str(PYTHON), *command, *extra], cwd=ROOT)
        results.append((name, code, time.monotonic() - start))
    for name, code, seconds in results:
        say(f"{name}: {'passed' if code == 0 else 'FAILED'} in {seconds:.0f} s")
    return int(any(code for _, code, _ in results))


def setup_only(_arguments: list[str]) -> int:
    set_up()
    return 0


def _run(command: list[str], cwd: Path) -> int:
    """Run to the end. Ctrl+C reaches the child too, which ends in its own way."""
    with subprocess.Popen(command, cwd=cwd, env=environment()) as child:
        while True:
            try:
                code = child.wait()
                return code if code >= 0 else 128 - code
            except KeyboardInterrupt:
                continue


COMMANDS = {"demo": demo, "test": test, "setup": setup_only}


def main(arguments: list[str]) -> int:
    if sys.version_info < OLDEST:
        wanted, found = ".".join(map(str, OLDEST)), ".".join(map(str, sys.version_info[:3]))
        say(f"Python {wanted} or newer is needed, this is {found}; run it with a newer python3.")
        return 1
    name, *rest = arguments or ["--help"]
    if name in ("-h", "--help", "help"):
        print(__doc__)
        return 0 if arguments else 2
    if name not in COMMANDS:
        say(f"there is no command {name!r} here; the commands are demo and test.")
        return 2
    try:
        return COMMANDS[name](rest)
    except SetupError as error:
        sentence, *details = error.args
        for detail in details:
            print(detail, file=sys.stderr)
        print(f"klscope: {sentence}", file=sys.stderr)
    except OSError as error:
        print(f"klscope: setting up in {ROOT} failed: {error}.", file=sys.stderr)
    except KeyboardInterrupt:
        print("klscope: stopped; run the same command again to go on.", file=sys.stderr)
        return 130
    return 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
