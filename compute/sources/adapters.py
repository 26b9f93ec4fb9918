"""Adapters of PEFT as checkpoints: the adapter's folder, and the model that it is put on."""

from __future__ import annotations

import json
from collections.abc import Mapping
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from compute.core.errors import InputError
from compute.core.tables import Checkpoint
from compute.core.weights import ADAPTER_CONFIG, ADAPTER_WEIGHTS, read_header
from compute.sources import cache
from compute.sources.checking import CONFIG, check, read_config

ADAPTER_ON = "adapter-on"
_WORD = "base_model_name_or_path"


def is_adapter(folder: Path) -> bool:
    """Whether a folder holds an adapter and no model of its own."""
    return (folder / ADAPTER_CONFIG).is_file() and not (folder / CONFIG).is_file()


def as_adapter(row: Checkpoint) -> Checkpoint:
    """A row whose folder holds an adapter, with its base in ``path``; others as they are.

    The base is a folder, as the adapter's config names it, or the main revision in the cache.
    """
    folder = Path(row.path)
    if row.adapter or not is_adapter(folder):
        return row
    name = base_name(folder)
    row = row.with_(adapter=str(folder), relation=ADAPTER_ON, parents=(name,) if name else ())
    base = find_base(name, folder) if name else None
    if base is None:
        what = f"It is an adapter on {name}, which is not here" if name else _NO_BASE
        return row.with_(problem=row.problem or f"{what}; name it with --model.")
    return put_on(row, base)


_NO_BASE = "It is an adapter that does not say what model it belongs to"


def put_on(row: Checkpoint, base: Path) -> Checkpoint:
    """An adapter's row with the model in the folder ``base``."""
    family = str(read_config(base).get("model_type", ""))
    return row.with_(
        path=str(base),
        family=family,
        digest="",
        problem=check(base) or check_adapter(row.adapter),
    )


def base_name(folder: Path) -> str:
    """The base as ``adapter_config.json`` names it; "" = it does not."""
    found = _config(folder).get(_WORD)
    return found.strip() if isinstance(found, str) else ""


def find_base(name: str, folder: Path) -> Path | None:
    """Where a base of this name is on this machine, seen from the adapter's folder."""
    for place in (Path(name).expanduser(), folder / name, folder.parent / name):
        if (place / CONFIG).is_file():
            return place.absolute()
    if not cache.accepts(name):
        return None
    try:
        found = cache.find(f"{name}@{cache.MAIN}").checkpoints
    except InputError:
        return None
    return Path(found[0].path) if found else None


def check_adapter(adapter: str) -> str:
    """ "" or one sentence that says why an adapter cannot be used."""
    folder = Path(adapter)
    if not _config(folder).get("peft_type"):
        return f"The adapter's config is damaged: {ADAPTER_CONFIG} names no kind of adapter."
    if not (folder / ADAPTER_WEIGHTS).is_file():
        if any(folder.glob("adapter_model.bin")):
            return (
                "The adapter is saved as a pickle (adapter_model.bin), which is not read. Save it "
                "as safetensors."
            )
        return f"The adapter has no weights: there is no {ADAPTER_WEIGHTS} in its folder."
    try:
        read_header(folder / ADAPTER_WEIGHTS)
    except InputError as e:
        return f"The adapter is damaged: {e.message}"
    if find_spec("peft") is None:
        return "An adapter needs peft (pip install peft)."
    return ""


def _config(folder: Path) -> Mapping[str, Any]:
    try:
        data = json.loads((folder / ADAPTER_CONFIG).read_text(encoding="utf-8"))
    except (OSError, ValueError, RecursionError):
        return {}
    return data if isinstance(data, dict) else {}
