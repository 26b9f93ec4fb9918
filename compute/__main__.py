"""Run one job: the spec is the first line of stdin, events are JSON lines on stdout.

Later lines of stdin are requests; its end means cancel, so a dead owner leaves no orphan.
Descriptor 1 is taken for events and then points at stderr: no library's print reaches them.
"""

from __future__ import annotations

import os

os.environ.setdefault("OMP_WAIT_POLICY", "passive")  # before anything that loads OpenMP
os.environ.setdefault("KMP_BLOCKTIME", "0")
os.environ.setdefault("TOKENIZERS_PARALLELISM", "false")

import faulthandler
import json
import signal
import sys
import threading
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any

from compute.core.control import Control
from compute.core.errors import KlscopeError
from compute.core.events import LAST, Emit, Event, Failed, encode
from compute.core.specs import JobSpec, ScoreWorkerSpec, from_json
from compute.executors import LocalExecutor
from compute.jobs import run

ORPHAN_GRACE_S = 60.0
"""How long a job may go on after its owner died before the process ends itself."""
NOTHING_TO_KEEP: tuple[type[JobSpec], ...] = (ScoreWorkerSpec,)
"""Jobs that end at once then: whatever they would still find, nobody would hear it."""
FIRST_TO_DIE = "800"
"""Of -1000 to 1000: how willingly the kernel ends a process for want of memory."""


class _Pipe:
    """Writes events to one descriptor, whole lines, from any thread."""

    def __init__(self, descriptor: int, control: Control) -> None:
        self._descriptor, self._control = descriptor, control
        self._lock = threading.Lock()
        self.last: Event | None = None

    def emit(self, event: Event) -> None:
        data = (encode(event) + "\n").encode()
        with self._lock:
            if isinstance(event, LAST):
                self.last = event
            try:
                while data:
                    data = data[os.write(self._descriptor, data) :]
            except BrokenPipeError:
                self._control.cancel()


def take_stdout() -> int:
    """Keep descriptor 1 for events and point 1 at 2, for this process and its libraries."""
    events = os.dup(1)
    os.set_inheritable(events, False)
    os.dup2(2, 1)
    sys.stdout.reconfigure(line_buffering=True)  # type: ignore[union-attr]
    return events


def lines(descriptor: int) -> Iterator[str]:
    """Lines as they arrive. Unbuffered, so that no lock is held at interpreter exit."""
    rest = b""
    while chunk := os.read(descriptor, 65536):
        *whole, rest = (rest + chunk).split(b"\n")
        for line in whole:
            yield line.decode(errors="replace")


def obey(requests: Iterator[str], control: Control, grace_s: float) -> None:
    """Hand requests to ``control`` until stdin ends, then cancel and see that we really end."""
    for line in requests:
        if line.strip():
            _one_request(line, control)
    if not grace_s:
        os._exit(1)
    control.cancel()
    timer = threading.Timer(grace_s, os._exit, (1,))
    timer.daemon = True
    timer.start()


def _one_request(line: str, control: Control) -> None:
    known = {"cancel": control.cancel, "pause": control.pause, "resume": control.resume}
    try:
        request: dict[str, Any] = json.loads(line)
        action = known.get(request["request"])
    except (ValueError, KeyError, TypeError):
        print(f"not a request: {line[:200]}", file=sys.stderr)
        return
    if action is not None:
        action()
    else:
        control.on_request(request)


def start(requests: Iterator[str], emit: Emit, control: Control) -> None:
    """Read the spec, begin to listen, run the job."""
    try:
        spec = from_json(next(requests, ""))
    except KlscopeError as error:
        emit(Failed(error.message))
        return
    if getattr(spec, "low_priority", False) and hasattr(os, "nice"):
        os.nice(10)
    grace_s = ORPHAN_GRACE_S
    if isinstance(spec, NOTHING_TO_KEEP):
        grace_s = 0.0
        die_first()
    obeying = (requests, control, grace_s)
    threading.Thread(target=obey, args=obeying, name="requests", daemon=True).start()
    run(spec, emit, control)


def die_first() -> None:
    """Let a system that runs out of memory end this process before others (Linux)."""
    with suppress(OSError):
        Path("/proc/self/oom_score_adj").write_text(FIRST_TO_DIE)


def main() -> int:
    """Exit code 1 when the job failed, else 0."""
    faulthandler.enable()  # where a library crashed goes to the log
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # the owner decides: it gets the same Ctrl-C
    control = Control()
    control.start = LocalExecutor().start
    pipe = _Pipe(take_stdout(), control)
    start(lines(0), pipe.emit, control)
    return int(isinstance(pipe.last, Failed))


if __name__ == "__main__":
    sys.exit(main())
