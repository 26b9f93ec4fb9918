"""The warm embedding worker: waits for requests, draws the newest, sends frames as it goes.

Requests (JSON lines on stdin): ``{"request": "embed", "generation": g, "spec": {...}}`` replaces
the one that is running, ``{"request": "stop"}`` ends it. With ``"start": {...}`` (positions of the
entries of the spec, as :func:`compute.core.events.packed` writes them) it is a preview, which goes
on from there and is never kept. ``"least_s"`` is the least time between two frames.
``pause`` holds the running one between two iterations, ``resume`` lets it go on; any other request
ends a pause. Cancel, or the end of stdin, ends the worker. An error of one request is a Notice with
``entry = "generation:<g>"``.
"""

from __future__ import annotations

import dataclasses
import json
import sys
import threading
import traceback
from collections.abc import Callable, Mapping
from typing import Any, NamedTuple, NoReturn

import numpy as np
from numpy.typing import NDArray

from compute.core.control import Control
from compute.core.errors import Cancelled, KlscopeError, MissingPart, UsageError
from compute.core.events import Emit, Notice, Started, unpacked
from compute.core.specs import EmbedSpec, EmbedWorkerSpec, from_json
from compute.embedding.tsne import warm
from compute.jobs.embed import Projects, draw, preview

LEAST_FRAME_S = 0.05
"""About 20 frames per second."""

_POLL_S = 0.2
"""How often a worker without a request looks whether it was cancelled."""


def serve(spec: EmbedWorkerSpec, emit: Emit, control: Control) -> NoReturn:
    """Answer requests until cancelled.

    Sends ``Started("warm")`` once openTSNE is imported; without openTSNE a Notice comes before it,
    and maps that do not need it are still drawn.

    Raises
    ------
    Cancelled
        The only way it ends.
    """
    inbox = _Inbox(control.resume)
    control.on_request = inbox.put
    try:
        warm()
    except MissingPart as error:
        emit(Notice(error.message))
    emit(Started("warm"))
    projects = Projects()
    while True:
        control.checkpoint()
        request = inbox.take(_POLL_S)
        if request is not None:
            _answer(request, projects, emit, _Turn(inbox, request.serial, control))


class _Superseded(Exception):  # noqa: N818 - a request, not a failure
    """A newer request, or stop, has come."""


class _Request(NamedTuple):
    serial: int
    data: Mapping[str, Any]


class _Inbox:
    """The newest request, put by the thread that reads stdin, taken by the worker."""

    def __init__(self, resume: Callable[[], None]) -> None:
        self._resume = resume
        self._changed = threading.Condition()
        self._newest: _Request | None = None
        self.serial = 0

    def put(self, request: Mapping[str, Any]) -> None:
        kind = request.get("request")
        if kind not in ("embed", "stop"):
            print(f"not a request of the embedding worker: {kind!r}", file=sys.stderr)
            return
        with self._changed:
            self.serial += 1
            self._newest = _Request(self.serial, request) if kind == "embed" else None
            self._changed.notify()
        self._resume()

    def take(self, timeout_s: float) -> _Request | None:
        with self._changed:
            self._changed.wait_for(lambda: self._newest is not None, timeout_s)
            request, self._newest = self._newest, None
            return request


class _Turn:
    """Leave to go on with one request: until cancel, stop, or a newer one."""

    def __init__(self, inbox: _Inbox, serial: int, control: Control) -> None:
        self._inbox, self._serial, self._control = inbox, serial, control

    def checkpoint(self) -> None:
        self._control.checkpoint()
        if self._inbox.serial != self._serial:
            raise _Superseded


def _answer(request: _Request, projects: Projects, emit: Emit, turn: _Turn) -> None:
    """Draw one map. This is the border of a request: it may fail, the worker may not."""
    generation = request.data.get("generation", 0)
    try:
        spec = _spec_of(request.data)
        rows = projects.prepared(spec)
        start = _start_of(request.data)
        least_s = float(request.data.get("least_s", LEAST_FRAME_S))
        if start is None:
            draw(rows, spec, emit, turn, least_s=least_s)
        else:
            preview(rows, spec, start, emit, turn, least_s=least_s)
    except _Superseded:
        return
    except Cancelled:
        raise
    except Exception as error:  # border
        emit(Notice(_sentence(error), entry=f"generation:{generation}"))


def _spec_of(request: Mapping[str, Any]) -> EmbedSpec:
    try:
        line = json.dumps({"job": "embed", **request["spec"]})
        generation = int(request.get("generation", 0))
    except (KeyError, TypeError, ValueError) as error:
        raise UsageError(f"{error!r}", tried="Reading a request for a map") from error
    spec = from_json(line)
    if not isinstance(spec, EmbedSpec):
        raise UsageError("it asks for another kind of job", tried="Reading a request for a map")
    return dataclasses.replace(spec, generation=generation)


def _start_of(request: Mapping[str, Any]) -> NDArray[np.float32] | None:
    if "start" not in request:
        return None
    try:
        return np.asarray(unpacked(request["start"]), dtype=np.float32)
    except (KeyError, TypeError, ValueError) as error:
        raise UsageError(f"{error!r}", tried="Reading the positions of a preview") from error


def _sentence(error: Exception) -> str:
    if isinstance(error, KlscopeError):
        return error.message
    traceback.print_exception(error, file=sys.stderr)
    return f"The map could not be drawn: {type(error).__name__}: {error}"
