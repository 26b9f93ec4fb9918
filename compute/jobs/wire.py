"""What a scoring worker and its job tell each other, as JSON values."""

from __future__ import annotations

import sys
import traceback
from collections.abc import Mapping, Sequence
from dataclasses import asdict, fields
from typing import Any

import numpy as np

from compute.core.errors import InputError, KlscopeError, MissingPart, ScoringError, UsageError
from compute.core.events import packed, unpacked
from compute.core.specs import ScoreWorkerSpec
from compute.scoring import Batch, OutOfMemory, Plan, Scored, Settings, WorkerLost

_ERRORS: dict[str, type[KlscopeError]] = {
    cls.__name__: cls
    for cls in (WorkerLost, ScoringError, UsageError, InputError, MissingPart, KlscopeError)
}


def worker_spec(settings: Settings, project: str) -> ScoreWorkerSpec:
    """The spec of a worker with these settings; the inverse of :func:`settings_of`."""
    return ScoreWorkerSpec(project, **asdict(settings))


def settings_of(spec: ScoreWorkerSpec) -> Settings:
    return Settings(**{f.name: getattr(spec, f.name) for f in fields(Settings)})


def plan_data(plan: Plan) -> dict[str, Any]:
    """Every field of a plan; :func:`plan_of` is the inverse."""
    data = {f.name: getattr(plan, f.name) for f in fields(Plan)}
    return {**data, "batches": batches_data(plan.batches)}


def plan_of(data: Mapping[str, Any]) -> Plan:
    halved = tuple((int(a), int(b)) for a, b in data["halved"])
    return Plan(**{**data, "batches": batches_of(data["batches"]), "halved": halved})


def batches_data(batches: Sequence[Batch]) -> list[list[Any]]:
    return [[b.number, b.texts, b.round] for b in batches]


def batches_of(data: Sequence[Sequence[Any]]) -> tuple[Batch, ...]:
    return tuple(Batch(number, tuple(texts), turn) for number, texts, turn in data)


def scored_data(scored: Scored) -> dict[str, Any]:
    """A finished batch without its texts, which the job knows; tokens of all texts in one array."""
    data = {"number": scored.batch.number, "values": packed(scored.values)}
    if scored.tokens:
        data["tokens"] = packed(np.concatenate(scored.tokens))
        data["n_tokens"] = [len(one) for one in scored.tokens]
    if scored.layers is not None:
        data["layers"] = packed(scored.layers)
    return data


def scored_of(data: Mapping[str, Any], batches: Mapping[int, Batch]) -> Scored:
    """The inverse of :func:`scored_data`; ``batches`` by number."""
    batch = batches[data["number"]]
    layers = unpacked(data["layers"]) if "layers" in data else None
    if "tokens" not in data:
        return Scored(batch, unpacked(data["values"]), layers=layers)
    ends = np.cumsum(data["n_tokens"])[:-1]
    tokens = tuple(np.split(unpacked(data["tokens"]), ends))
    return Scored(batch, unpacked(data["values"]), tokens, layers)


def error_data(error: Exception) -> dict[str, Any]:
    """What went wrong: klscope's own errors as they are, others as a ScoringError with details."""
    if isinstance(error, KlscopeError):
        kind = next(name for name, cls in _ERRORS.items() if isinstance(error, cls))
        words = {"tried": error.tried, "happened": error.happened, "advice": error.advice}
        return {"error": kind, **words}
    if isinstance(error, OutOfMemory):
        return {"error": "OutOfMemory"}
    what = " ".join(str(error).split())[:300]
    happened = f"it could not be scored ({type(error).__name__}: {what})"
    if isinstance(error, MemoryError):
        happened = "there is not enough memory for it"
    details = "".join(traceback.format_exception(error))
    return {"error": "ScoringError", "happened": happened, "details": details}


def error_of(data: Mapping[str, Any]) -> Exception:
    """The inverse of :func:`error_data`; details go to the log."""
    print(data.get("details", ""), end="", file=sys.stderr)
    if data["error"] == "OutOfMemory":
        return OutOfMemory()
    words = {key: data.get(key, "") for key in ("tried", "advice")}
    return _ERRORS[data["error"]](data["happened"], **words)
