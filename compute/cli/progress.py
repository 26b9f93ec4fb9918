"""Run a job in this process and show its events: a bar, plain lines, or JSON lines."""

from __future__ import annotations

import signal
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager
from types import FrameType
from typing import Any, Protocol

import typer

from compute.cli.app import DEBUG
from compute.core.control import Control
from compute.core.events import (
    LAST,
    CancelledEvent,
    Event,
    Failed,
    Finished,
    Notice,
    Partial,
    Progress,
    Started,
    encode,
)
from compute.core.numbers import count, duration
from compute.core.specs import JobSpec
from compute.executors import LocalExecutor
from compute.jobs import run

_PLAIN_EVERY_S = 5.0


class _Display(AbstractContextManager["_Display"], Protocol):
    """Shows events as they come."""

    def show(self, event: Event) -> None: ...


def run_job(spec: JobSpec, json_output: bool = False) -> Finished:
    """Run ``spec`` here and show how it goes.

    Progress goes to stderr: a bar on a terminal, a line now and then otherwise. With
    ``json_output`` every event is one JSON line on stdout instead. The first Ctrl+C asks the job
    to stop, the second stops it.

    Returns
    -------
    Finished
        The last event, with the job's summary.

    Raises
    ------
    typer.Exit
        With code 1 if the job failed or was cancelled, 2 if the request made no sense; the reason
        has been shown.
    """
    control = Control()
    control.start = LocalExecutor().start
    last: list[Event] = []
    with _display(json_output) as display, _interruptible(control):

        def emit(event: Event) -> None:
            if isinstance(event, LAST):
                last.append(event)
            display.show(event)

        run(spec, emit, control, details=DEBUG in sys.argv)
    match last[-1]:
        case Finished() as finished:
            return finished
        case Failed(message=message, resumable=resumable, usage=usage):
            _tell(f"{message}{_RESUME if resumable else ''}", json_output)
            raise typer.Exit(2 if usage else 1)
        case CancelledEvent(message=message):
            _tell(message or "Cancelled. What was finished is kept.", json_output)
    raise typer.Exit(1)


_RESUME = " What was finished is kept; the same command goes on from there."


def _tell(message: str, json_output: bool) -> None:
    if not json_output:
        typer.echo(message, err=True)


@contextmanager
def _interruptible(control: Control) -> Iterator[None]:
    """Ctrl+C asks first; only the main thread may say so."""
    if threading.current_thread() is not threading.main_thread():
        yield
        return

    def ask(_number: int, _frame: FrameType | None) -> None:
        if control.cancelled:
            raise KeyboardInterrupt
        control.cancel()
        print("\nStopping. Press Ctrl+C again to stop at once.", file=sys.stderr)

    before = signal.signal(signal.SIGINT, ask)
    try:
        yield
    finally:
        signal.signal(signal.SIGINT, before)


def _display(json_output: bool) -> _Display:
    if json_output:
        return _JsonLines()
    return _Bar() if sys.stderr.isatty() else _PlainLines()


class _JsonLines(AbstractContextManager["_JsonLines"]):
    """Every event as one line on stdout."""

    def show(self, event: Event) -> None:
        print(encode(event), flush=True)

    def __exit__(self, *_: object) -> None:
        return None


class _PlainLines(AbstractContextManager["_PlainLines"]):
    """A line when something begins, a caution, and progress every few seconds."""

    def __init__(self) -> None:
        self._said = float("-inf")

    def show(self, event: Event) -> None:
        match event:
            case Progress():
                now = time.monotonic()
                if now - self._said < _PLAIN_EVERY_S and event.fraction < 1:
                    return
                self._said = now
                self._line(f"{100 * event.fraction:5.1f} %  {_about(event)}")
            case _:
                if line := plain_line(event):
                    self._line(line)

    def _line(self, text: str) -> None:
        print(text, file=sys.stderr, flush=True)

    def __exit__(self, *_: object) -> None:
        return None


class _Bar(AbstractContextManager["_Bar"]):
    """One bar with what is being done, the rate and the time left."""

    def __init__(self) -> None:
        from rich.console import Console
        from rich.progress import BarColumn, TaskProgressColumn, TextColumn
        from rich.progress import Progress as RichProgress

        self._bar: Any = RichProgress(
            BarColumn(bar_width=32),
            TaskProgressColumn(),
            TextColumn("{task.description}", markup=False),
            console=Console(stderr=True),
            transient=True,
        )
        self._task = self._bar.add_task("", total=1.0)

    def __enter__(self) -> _Bar:
        self._bar.start()
        return self

    def show(self, event: Event) -> None:
        match event:
            case Progress():
                self._bar.update(self._task, completed=event.fraction, description=_about(event))
            case Started(title=title):
                self._bar.update(self._task, description=title)
            case _:
                if line := plain_line(event):
                    self._bar.console.print(line, markup=False, highlight=False)

    def __exit__(self, *_: object) -> None:
        self._bar.stop()


def plain_line(event: Event) -> str:
    """An event as a line for people, "" for those that are not shown."""
    match event:
        case Started(title=title, total=total, unit=unit):
            return f"{title} ({count(total)} {unit})" if total and unit else title
        case Notice(message=message, entry=entry):
            return f"{entry}: {message}" if entry else message
        case Partial(entry=entry, status="failed", error=error):
            return f"{entry}: {error}"
        case _:
            return ""


def _about(event: Progress) -> str:
    """``s-seed0 step 160 · 12,000 tokens/s · 40 s left``."""
    parts = [event.message or event.entry]
    if event.rate > 0:
        parts.append(f"{count(round(event.rate))} {event.rate_unit}")
    if event.eta_s > 0:
        parts.append(f"{duration(event.eta_s)} left")
    return " · ".join(part for part in parts if part)
