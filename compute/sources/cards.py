"""What a checkpoint's own papers say about where it comes from: model card and config.

The card is ``README.md``; its first lines between ``---`` are YAML, of which ``base_model`` (a name
or a list) and ``base_model_relation`` are read. Nothing is taken from steps of a training run,
whose line is the run itself.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from compute.core.quantization import name_of
from compute.core.tables import Checkpoint
from compute.core.weights import is_gguf
from compute.sources.checking import read_config

CARD = "README.md"
_MOST_BYTES = 1 << 16
_MOST_PARENTS = 32
_RELATIONS: Mapping[str, str] = {
    "finetune": "fine-tune-of",
    "quantized": "quantized-from",
    "adapter": "adapter-on",
    "merge": "merge-of",
}


def as_declared(row: Checkpoint) -> Checkpoint:
    """The row with its stored quantization, and the parents that its card declares."""
    folder = Path(row.adapter or row.path)
    if is_gguf(folder):
        return row
    row = row.with_(quantization=row.quantization or name_of(read_config(Path(row.path))))
    if row.run and row.step >= 0:
        return row
    names, said = declared(folder)
    if not names or row.adapter:  # an adapter's base is what its config says
        return row
    return row.with_(parents=names, relation=said or _relation(row, names))


def _relation(row: Checkpoint, names: tuple[str, ...]) -> str:
    """What it must be where the card names parents and no relation."""
    if len(names) > 1:
        return "merge-of"
    return "quantized-from" if row.quantization else "fine-tune-of"


def declared(folder: Path) -> tuple[tuple[str, ...], str]:
    """(names of parents, relation) as the card in ``folder`` has them; ((), "") = it has none."""
    data = _front_matter(folder / CARD)
    found = data.get("base_model")
    rows = found if isinstance(found, list) else [found]
    names = (str(name).strip() for name in rows[:_MOST_PARENTS] if isinstance(name, str))
    relation = _RELATIONS.get(str(data.get("base_model_relation", "")).strip().lower(), "")
    return tuple(dict.fromkeys(filter(None, names))), relation


def _front_matter(path: Path) -> Mapping[str, Any]:
    """The YAML at the head of a file, without anything that YAML could run; {} = there is none."""
    try:
        with path.open(encoding="utf-8", errors="replace") as file:
            text = file.read(_MOST_BYTES)
    except OSError:
        return {}
    first, _, rest = text.lstrip("\ufeff").partition("\n")
    head, end, _ = rest.partition("\n---")
    if first.strip() != "---" or not end:
        return {}
    import yaml

    try:
        data = yaml.safe_load(head)
    except (yaml.YAMLError, ValueError, RecursionError):
        return {}
    return data if isinstance(data, dict) else {}
