"""``klscope doctor``: what this machine offers, in one table."""

from __future__ import annotations

import json
import os
import platform
import shutil
import subprocess
import sys
from importlib import metadata
from typing import Annotated, Any

import typer
from rich.console import Console
from rich.table import Table

from compute.core.cores import available_cores

LIBRARIES = (
    "torch",
    "transformers",
    "accelerate",
    "h5py",
    "numpy",
    "scipy",
    "safetensors",
    "PySide6-Essentials",
    "vispy",
    "openTSNE",
    "scikit-learn",
)
GL_SECONDS = 60


def doctor(
    as_json: Annotated[bool, typer.Option("--json", help="One JSON object.")] = False,
) -> None:
    """Check OpenGL, Qt, devices and library versions."""
    report = examine()
    if as_json:
        typer.echo(json.dumps(report, indent=1))
    else:
        _print(report)
    if report["problems"]:
        raise typer.Exit(1)


def examine() -> dict[str, Any]:
    """Versions, devices and display; ``problems`` are sentences, empty when all is well."""
    versions = {name: _version(name) for name in LIBRARIES}
    report: dict[str, Any] = {
        "klscope": _version("klscope"),
        "python": platform.python_version(),
        "system": platform.platform(),
        "cores": available_cores(),
        "libraries": versions,
        "torch": _torch(),
        "display": _display(),
        "opengl": _opengl(),
    }
    report["problems"] = _problems(report)
    return report


def _version(name: str) -> str:
    try:
        return metadata.version(name)
    except metadata.PackageNotFoundError:
        return ""


def _torch() -> dict[str, Any]:
    """Devices, asked of a process of its own: a broken driver must not end this one."""
    code = "import json; from compute.scoring.devices import report; print(json.dumps(report()))"
    return _ask([sys.executable, "-c", code])


def _display() -> dict[str, str]:
    return {
        "DISPLAY": os.environ.get("DISPLAY", ""),
        "WAYLAND_DISPLAY": os.environ.get("WAYLAND_DISPLAY", ""),
        "Xvfb": shutil.which("Xvfb") or "",
    }


def _opengl() -> dict[str, Any]:
    if not _version("PySide6-Essentials"):
        return {"error": "the window is not installed (pip install 'klscope[gui]')"}
    command = [sys.executable, "-m", "explorer.glcheck"]
    shown = any(_display()[k] for k in ("DISPLAY", "WAYLAND_DISPLAY"))
    if not shown and sys.platform.startswith("linux"):
        if not shutil.which("xvfb-run"):
            return {"error": "no display, and no virtual one (Xvfb) is installed"}
        command = ["xvfb-run", "-a", *command]
    return _ask(command)


def _ask(command: list[str]) -> dict[str, Any]:
    try:
        done = subprocess.run(command, capture_output=True, text=True, timeout=GL_SECONDS)
    except (OSError, subprocess.TimeoutExpired) as e:
        return {"error": str(e)}
    lines = done.stdout.strip().splitlines()
    if done.returncode or not lines:
        last = (done.stderr.strip().splitlines() or ["no answer"])[-1]
        return {"error": last[:300]}
    answer: dict[str, Any] = json.loads(lines[-1])
    return answer


def _problems(report: dict[str, Any]) -> list[str]:
    problems = [
        f"{name} is not installed" for name, version in report["libraries"].items() if not version
    ]
    for part, word in (("torch", "torch"), ("opengl", "OpenGL")):
        if error := report[part].get("error"):
            problems.append(f"{word}: {error}")
    return problems


def _devices(said: dict[str, Any]) -> list[tuple[str, str]]:
    """Rows of the table: what scoring uses by itself, and what each device can do."""
    if "error" in said:
        return []
    gpus = [(f"cuda:{k}", _device(gpu)) for k, gpu in enumerate(said["gpus"])]
    return [
        ("scoring uses", ", ".join(said["auto"])),
        *(gpus or [("CUDA", "none")]),
        ("MPS", "yes" if said["mps"] else "no"),
        ("CPU", _device(said["cpu"])),
    ]


def _device(said: dict[str, Any]) -> str:
    bfloat16 = "bfloat16" if said["bfloat16"] else "no bfloat16 in hardware"
    return f"{said['name']}, {said['memory'] / (1 << 30):.0f} GiB, {bfloat16}"


def _print(report: dict[str, Any]) -> None:
    table = Table(show_header=False, box=None, padding=(0, 2, 0, 0))
    for name in ("klscope", "python", "system", "cores"):
        table.add_row(name, str(report[name]))
    for name, version in report["libraries"].items():
        table.add_row(name, version or "[red]missing[/red]")
    for row in _devices(report["torch"]):
        table.add_row(*row)
    gl = report["opengl"]
    table.add_row("OpenGL", gl.get("opengl", gl.get("error", "")))
    table.add_row("renderer", gl.get("renderer", ""))
    shown = report["display"]
    table.add_row("display", shown["DISPLAY"] or shown["WAYLAND_DISPLAY"] or "none (Xvfb is used)")
    Console().print(table)
    for problem in report["problems"]:
        Console(stderr=True).print(f"[yellow]Caution:[/yellow] {problem}")
