"""Jobs as child processes of this one."""

from __future__ import annotations

import json
import os
import queue
import signal
import subprocess
import sys
import threading
from collections import deque
from collections.abc import Callable, Mapping
from contextlib import suppress
from pathlib import Path
from typing import IO, Any

from compute.core.cores import available_cores
from compute.core.errors import KlscopeError
from compute.core.events import LAST, CancelledEvent, Event, Failed, decode
from compute.core.specs import JobSpec, to_json
from compute.executors.contract import Exit

LOG_LINES = 200
_ROOT = Path(__file__).resolve().parents[2]


def child_environment(n_threads: int = 0) -> dict[str, str]:
    """Environment of a process that computes; ``n_threads`` 0 = every core it may use.

    Passive waiting is what lets two such processes share cores: spinning OpenMP pools on
    2 cores are 5-10 times slower.
    """
    threads = str(n_threads or available_cores())
    env = {**os.environ, "OMP_WAIT_POLICY": "passive", "KMP_BLOCKTIME": "0"}
    env.update(OMP_NUM_THREADS=threads, TOKENIZERS_PARALLELISM="false", PYTHONUNBUFFERED="1")
    env.setdefault("CUBLAS_WORKSPACE_CONFIG", ":4096:8")  # the same sums in the same order
    if (_ROOT / "pyproject.toml").exists():  # a checkout: the child finds the same packages
        env["PYTHONPATH"] = os.pathsep.join(filter(None, (str(_ROOT), env.get("PYTHONPATH"))))
    return env


class LocalHandle:
    """One child process, its reader threads and its way of ending."""

    def __init__(
        self,
        process: subprocess.Popen[bytes],
        on_event: Callable[[Event], None],
        on_exit: Callable[[Exit], None],
    ) -> None:
        self._process, self._on_event, self._on_exit = process, on_event, on_exit
        self._log: deque[str] = deque(maxlen=LOG_LINES)
        self._last: Event | None = None
        self._exit: Exit | None = None
        self._asked_to_stop = False
        self._gone = threading.Event()
        self._to_send: queue.SimpleQueue[str | None] = queue.SimpleQueue()
        self._reader = threading.Thread(target=self._read_events, name=f"job-{self.pid}")
        self._helpers = [
            threading.Thread(target=self._read_log, name=f"job-{self.pid}-log"),
            threading.Thread(target=self._write, name=f"job-{self.pid}-requests"),
        ]

    def listen(self) -> None:
        for thread in (*self._helpers, self._reader):
            thread.daemon = True
            thread.start()

    @property
    def pid(self) -> int:
        return self._process.pid

    def log_tail(self) -> str:
        return "\n".join(self._log)

    def send(self, line: str) -> None:
        """One line to the job's stdin, written by a thread; a job that has ended does not mind."""
        self._to_send.put(line)

    def request(self, request: Mapping[str, Any]) -> None:
        self.send(json.dumps(dict(request)))

    def pause(self) -> None:
        self.request({"request": "pause"})

    def resume(self) -> None:
        self.request({"request": "resume"})

    def cancel(self, grace_s: float = 5.0) -> None:
        self._asked_to_stop = True
        self.request({"request": "cancel"})
        name = f"job-{self.pid}-cancel"
        thread = threading.Thread(target=self._insist, args=(grace_s,), name=name, daemon=True)
        self._helpers.append(thread)
        thread.start()

    def kill(self) -> None:
        self._process.kill()

    def wait(self, timeout: float | None = None) -> Exit | None:
        self._reader.join(timeout)
        if self._reader.is_alive():
            return None
        for thread in self._helpers:
            thread.join()
        return self._exit

    def _insist(self, grace_s: float) -> None:
        for step in (self._process.terminate, self._process.kill):
            if self._gone.wait(grace_s):
                return
            step()

    def _write(self) -> None:
        stdin = _pipe(self._process.stdin)
        try:
            while (line := self._to_send.get()) is not None:
                stdin.write(line.encode() + b"\n")
                stdin.flush()
        except BrokenPipeError:
            return

    def _read_log(self) -> None:
        for raw in _pipe(self._process.stderr):
            self._log.append(raw.decode(errors="replace").rstrip())

    def _read_events(self) -> None:
        try:
            for raw in _pipe(self._process.stdout):
                self._one_line(raw.decode(errors="replace"))
        except BaseException:
            self.kill()  # nobody reads any more: the job must not wait on a full pipe
            raise
        finally:
            self._end()

    def _one_line(self, line: str) -> None:
        try:
            event = decode(line)
        except KlscopeError:
            self._log.append(line.rstrip())
            return
        if self._last is None:
            self._last = event if isinstance(event, LAST) else None
            self._on_event(event)

    def _end(self) -> None:
        code = self._process.wait()
        self._gone.set()
        self._to_send.put(None)
        for thread in self._helpers[:2]:
            thread.join()
        self._close()
        if self._last is None:
            self._last = self._say_why(code)
            self._on_event(self._last)
        self._exit = Exit(code, self._last, self.log_tail())
        self._on_exit(self._exit)

    def _close(self) -> None:
        for pipe in (self._process.stdin, self._process.stdout, self._process.stderr):
            with suppress(BrokenPipeError):
                _pipe(pipe).close()

    def _say_why(self, code: int) -> Event:
        """The last event of a job that sent none."""
        if self._asked_to_stop:
            return CancelledEvent("Cancelled. What was finished is kept.")
        return Failed(how_it_ended(code), resumable=True)


class LocalExecutor:
    """Starts each job as ``python -m compute``."""

    def start(
        self,
        spec: JobSpec,
        on_event: Callable[[Event], None],
        on_exit: Callable[[Exit], None],
    ) -> LocalHandle:
        """Start the job.

        Raises
        ------
        KlscopeError
            If the process cannot be started.
        """
        handle = LocalHandle(_popen(getattr(spec, "n_threads", 0)), on_event, on_exit)
        handle.send(to_json(spec))
        handle.listen()
        return handle


def _popen(n_threads: int) -> subprocess.Popen[bytes]:
    try:
        return subprocess.Popen(
            [sys.executable, "-m", "compute"],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            env=child_environment(n_threads),
            start_new_session=True,  # a Ctrl-C in the terminal is the owner's to answer
        )
    except OSError as error:
        raise KlscopeError(f"{error}", tried="Starting a job's process") from error


def _pipe(pipe: IO[bytes] | None) -> IO[bytes]:
    assert pipe is not None
    return pipe


def how_it_ended(code: int) -> str:
    """One sentence for a process that ended without its last event."""
    if code == -signal.SIGTERM:
        return "The job's process was asked to end from outside. What was finished is kept."
    if code == -9:
        return (
            "The job's process was stopped by signal 9, perhaps because the machine ran out of "
            "memory. What was finished is kept."
        )
    if code < 0:
        return f"The job's process crashed (signal {-code}). What was finished is kept."
    return f"The job's process ended with code {code} before its end. What was finished is kept."
