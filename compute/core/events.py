"""Job events: what a job says while it runs, as JSON lines on its own pipe.

A job sends Started, any number of Progress, Partial, Frame, Reply and Notice, then exactly one of
Finished, Failed or Cancelled. A worker never finishes by itself.
"""

from __future__ import annotations

import base64
import dataclasses
import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, TypeAlias

import numpy as np
from numpy.typing import NDArray

from compute.core.errors import KlscopeError
from compute.core.tables import frozen


@dataclass(frozen=True, slots=True)
class Started:
    """``total`` is in ``unit`` (for example checkpoints)."""

    title: str
    total: int = 0
    unit: str = ""


@dataclass(frozen=True, slots=True)
class Progress:
    """``fraction`` of the whole job in [0, 1]; ``rate`` in ``rate_unit``; seconds, -1 = unknown."""

    fraction: float
    done: int = 0
    total: int = 0
    message: str = ""
    entry: str = ""
    entry_fraction: float = 0.0
    rate: float = -1.0
    rate_unit: str = "tokens/s"
    eta_s: float = -1.0
    memory_bytes: int = -1


@dataclass(frozen=True, slots=True)
class Partial:
    """Something new can be read from the project: entry ``entry`` changed to ``status``.

    ``committed`` is True when it is in the file itself, False when it is in ``.parts``.
    """

    entry: str
    status: str
    n_scored: int = 0
    committed: bool = False
    error: str = ""


@dataclass(frozen=True, eq=False, slots=True)
class Frame:
    """An embedding state. ``coords`` (K, dims) float32; ``final`` marks the true result."""

    generation: int
    iteration: int
    n_iter: int
    ids: tuple[str, ...]
    coords: NDArray[np.float32]
    final: bool = False
    key: str = ""
    params: Mapping[str, Any] = field(default_factory=dict)
    info: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, eq=False, slots=True)
class Reply:
    """What a worker answers to a request. JSON values only; arrays by :func:`packed`."""

    data: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Notice:
    """A caution that does not stop the job."""

    message: str
    entry: str = ""


@dataclass(frozen=True, slots=True)
class Finished:
    summary: Mapping[str, Any] = field(default_factory=dict)
    message: str = ""


@dataclass(frozen=True, slots=True)
class Failed:
    """``usage`` = the request itself made no sense."""

    message: str
    resumable: bool = False
    usage: bool = False


@dataclass(frozen=True, slots=True)
class CancelledEvent:
    message: str = ""


Event: TypeAlias = (
    Started | Progress | Partial | Frame | Reply | Notice | Finished | Failed | CancelledEvent
)
Emit: TypeAlias = Callable[[Event], None]

EVENTS: dict[str, type[Event]] = {
    "started": Started,
    "progress": Progress,
    "partial": Partial,
    "frame": Frame,
    "reply": Reply,
    "notice": Notice,
    "finished": Finished,
    "failed": Failed,
    "cancelled": CancelledEvent,
}
NAMES = {cls: name for name, cls in EVENTS.items()}
LAST = (Finished, Failed, CancelledEvent)


_PACKED = {"float32": "<f4", "int64": "<i8", "int16": "<i2"}


def packed(array: NDArray[Any]) -> dict[str, Any]:
    """A float32, int64 or int16 array as JSON values: base64 of its little-endian bytes."""
    raw = np.ascontiguousarray(array, dtype=_PACKED[array.dtype.name])
    data = base64.b64encode(raw.tobytes()).decode()
    return {"dtype": array.dtype.name, "shape": list(array.shape), "base64": data}


def unpacked(data: Mapping[str, Any]) -> NDArray[Any]:
    """The inverse of :func:`packed`; read-only.

    Raises
    ------
    ValueError, KeyError, TypeError
        If this is not a packed array.
    """
    raw = np.frombuffer(base64.b64decode(data["base64"]), dtype=_PACKED[data["dtype"]])
    return frozen(raw.reshape(data["shape"]))


def encode(event: Event) -> str:
    """One JSON line without its newline."""
    data = {f.name: getattr(event, f.name) for f in dataclasses.fields(event)}
    if isinstance(event, Frame):
        data["coords"] = packed(np.asarray(event.coords, dtype=np.float32))
    return json.dumps({"event": NAMES[type(event)], **data})


def decode(line: str) -> Event:
    """The inverse of :func:`encode`.

    Raises
    ------
    KlscopeError
        If the line is not an event.
    """
    try:
        data = json.loads(line)
        cls = EVENTS[data.pop("event")]
        if cls is Frame:
            data["coords"] = unpacked(data["coords"])
            data["ids"] = tuple(data["ids"])
        return cls(**data)
    except (ValueError, KeyError, TypeError, AttributeError) as e:
        raise KlscopeError(f"{e}", tried="Reading a job event") from e
