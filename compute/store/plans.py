"""Batch plans: one JSON file per entry in flight, replaced whole."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from compute.store import files, hooks

AMENDMENTS = "amendments"
"""Key of a plan that may change without making its finished batches worthless."""


def plan_digest(plan: Mapping[str, Any]) -> str:
    """sha256 in hex of the plan as sorted JSON, without its amendments."""
    fixed = {k: v for k, v in plan.items() if k != AMENDMENTS}
    return hashlib.sha256(json.dumps(fixed, sort_keys=True).encode()).hexdigest()


def read_plan(path: Path, entry_id: str) -> dict[str, Any] | None:
    """The plan of an entry, None when there is none that can be read."""
    try:
        data = json.loads(path.read_bytes())
        if data["klscope_plan"] != 1 or data["entry"] != entry_id:
            return None
        plan = data["plan"]
    except (OSError, ValueError, KeyError, TypeError):
        return None
    return plan if isinstance(plan, dict) else None


def write_plan(
    target: Path, entry_id: str, plan: Mapping[str, Any], supersede: Callable[[], None]
) -> None:
    """Replace a plan; ``supersede`` ends the batches of the old one, once the new one is on disk.

    So batches that can be read always belong to the plan beside them.
    """
    data = {"klscope_plan": 1, "entry": entry_id, "plan": dict(plan)}
    text = json.dumps(data, separators=(",", ":")).encode()
    new_version = files.new_version(target, "plan", supersede)
    with new_version as temp, open(temp, "xb", buffering=0) as file:
        files.write_all(file.fileno(), text[: len(text) // 2])
        hooks.at("plan:half-written")
        files.write_all(file.fileno(), text[len(text) // 2 :])
    hooks.at("plan:written")
