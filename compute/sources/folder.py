"""A local folder: one model, a training run, or a folder of runs."""

from __future__ import annotations

import difflib
import json
import os
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from compute.core.errors import InputError
from compute.core.files import read_problem
from compute.core.tables import Checkpoint, Listing
from compute.core.weights import GGUF, is_gguf
from compute.sources import cache
from compute.sources.checking import looks_like_model, read_config
from compute.sources.gguf import row_of
from compute.sources.naming import Step, in_order, seed_of, size_of, step_of

SUITE = "suite.json"
_DEPTH = 4


@dataclass(frozen=True, slots=True)
class Found:
    """A checkpoint folder. ``run`` is "" for a model on its own; step -1 = the name says none."""

    path: Path
    run: str
    step: Step
    last: bool = False


def accepts(source: str) -> bool:
    """Whether the source is a folder on this machine."""
    return Path(source).expanduser().is_dir()


def find(source: str) -> Listing:
    """The checkpoints below a folder, by the naming rules of :mod:`compute.sources.naming`.

    Raises
    ------
    InputError
        If the folder is not there, is a file, or holds no model.
    """
    folder = Path(source).expanduser()
    _must_be_folder(folder)
    folder = Path(os.path.abspath(folder))
    found = sorted(_walk(folder, _DEPTH), key=_order)
    if not found:
        raise _no_model(folder)
    suite = _suite(folder)
    rows = tuple(_checkpoint(f, folder, suite) for f in found)
    return Listing(str(folder), folder.name, rows, _notes(suite, rows))


def _order(found: Found) -> tuple[Any, ...]:
    return in_order(found.run), found.last, found.step.step, in_order(found.path.name)


def _walk(folder: Path, depth: int, below: str = "") -> Iterator[Found]:
    """Checkpoints in and below ``folder``; ``below`` is its path from the source."""
    children = _folders(folder)
    steps = {child: step for child in children if (step := step_of(child.name))}
    saved = [child for child in steps if looks_like_model(child)]
    if looks_like_model(folder):
        yield _single(folder, below, bool(saved))
    yield from (Found(path, "", Step(-1)) for path in sorted(folder.glob(f"*{GGUF}")))
    if saved:
        run = below or folder.name
        yield from (Found(child, run, steps[child]) for child in steps)
        children = [child for child in children if child not in steps]
    if depth > 0:
        for child in children:
            yield from _walk(child, depth - 1, f"{below}/{child.name}" if below else child.name)


def _single(folder: Path, below: str, in_run: bool) -> Found:
    """The model in ``folder`` itself: the last state of a run, one of its steps, or on its own."""
    if in_run:
        return Found(folder, below or folder.name, Step(-1), last=True)
    step = step_of(folder.name)
    if step and not below:
        return Found(folder, folder.parent.name, step)
    return Found(folder, "", Step(-1))


def _folders(folder: Path) -> list[Path]:
    try:
        return sorted(p for p in folder.iterdir() if p.is_dir() and not p.name.startswith("."))
    except OSError as e:
        raise read_problem(e, f"Reading {folder}") from e


def _checkpoint(found: Found, folder: Path, suite: Mapping[str, Any]) -> Checkpoint:
    if is_gguf(found.path):
        return row_of(found.path, str(folder))
    row = _noted(found, suite)
    name = found.run or found.path.name
    seen = suite.get("tokens_per_step", -1)
    tokens = found.step.tokens
    if tokens < 0 and seen > 0 and found.step.step >= 0 and row:
        tokens = found.step.step * seen
    return Checkpoint(
        path=str(found.path),
        label=_label(found),
        family=str(row.get("family") or suite.get("family", "")) if row else _family(found.path),
        run=found.run,
        step=found.step.step,
        tokens_seen=tokens,
        seed=int(row.get("seed", seed_of(name))),
        size=str(row.get("size", size_of(name))),
        source=str(folder),
    )


def _noted(found: Found, suite: Mapping[str, Any]) -> Mapping[str, Any]:
    """What the suite says of the run, or of a model on its own."""
    models = suite.get("models")
    noted = suite.get("runs", {}) if found.run else models if isinstance(models, dict) else {}
    row = noted.get(found.run.rpartition("/")[2] if found.run else found.path.name)
    return row if isinstance(row, dict) else {}


def _label(found: Found) -> str:
    if not found.run:
        return found.path.name
    return f"{found.run} final" if found.last else f"{found.run} step {found.step.step}"


def _family(folder: Path) -> str:
    return str(read_config(folder).get("model_type", ""))


def _suite(folder: Path) -> dict[str, Any]:
    """What ``klscope grow`` wrote, in the folder or one or two above it; {} if nothing."""
    for place in (folder, folder.parent, folder.parent.parent):
        try:
            data = json.loads((place / SUITE).read_text(encoding="utf-8"))
        except (OSError, ValueError, RecursionError):
            continue
        if isinstance(data, dict) and isinstance(data.get("runs"), dict):
            return data
    return {}


def _notes(suite: Mapping[str, Any], rows: tuple[Checkpoint, ...]) -> tuple[str, ...]:
    """A grown suite that is not whole yet says so."""
    wanted = (suite.get("recipe") or {}).get("checkpoints")
    if not wanted:
        return ()
    have = Counter(row.run for row in rows)
    short = [run for run, n in have.items() if run in suite["runs"] and n < len(wanted)]
    if not short:
        return ()
    return (
        f"{', '.join(short)}: not all of the {len(wanted)} checkpoints are there yet; "
        "klscope grow with the same arguments completes them.",
    )


def _must_be_folder(folder: Path) -> None:
    tried = f"Looking for models in {folder}"
    if folder.is_file():
        advice = "Name the folder it is in" if looks_like_model(folder.parent) else ""
        raise InputError(
            "it is a file, not a folder",
            tried=tried,
            advice=advice or "A model is a folder with config.json, weights and a tokenizer",
        )
    if not folder.exists():
        raise InputError("there is no such folder", tried=tried, advice=_did_you_mean(folder))


def _did_you_mean(folder: Path) -> str:
    parent, asked = folder.parent, str(folder)
    while not parent.is_dir() and parent != parent.parent:
        folder, parent = parent, parent.parent
    try:
        names = [p.name for p in parent.iterdir() if p.is_dir()]
    except OSError:
        names = []
    close = [str(parent / n) for n in difflib.get_close_matches(folder.name, names, 3, 0.6)]
    close += [f"{name} (in the Hugging Face cache)" for name in cache.close_to(asked)]
    if not close:
        return "Check the path for a typing error; a model of the Hugging Face cache is org/name"
    return f"Did you mean {' or '.join(close)}?"


def _no_model(folder: Path) -> InputError:
    tried = f"Looking for models in {folder}"
    advice = "A model is a folder with config.json, safetensors weights and a tokenizer"
    files = [p for p in folder.rglob("*") if p.is_file()][:10_000]
    if not files:
        return InputError("the folder is empty", tried=tried, advice=advice)
    kinds = Counter(p.suffix.lower() or "no suffix" for p in files).most_common(3)
    shown = ", ".join(f"{n} {suffix}" for suffix, n in kinds)
    noun = "file" if len(files) == 1 else "files"
    return InputError(
        f"it holds {len(files)} {noun} ({shown}) and no model", tried=tried, advice=advice
    )
