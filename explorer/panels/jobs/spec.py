"""How a job reads: icon, words, buttons. Pure."""

from __future__ import annotations

from dataclasses import dataclass

from compute.core.numbers import duration, percent, short_count, size
from explorer.state.jobs import JobRow


@dataclass(frozen=True, slots=True)
class Button:
    """A button of a job: the command it sends with the job's id."""

    command: str
    words: str
    icon: str


PAUSE = Button("job.pause", "Pause", "pause")
CONTINUE = Button("job.continue", "Continue", "play")
CANCEL = Button("job.cancel", "Cancel", "x")
RESUME = Button("job.resume", "Resume", "arrow-counter-clockwise")
AGAIN = Button("job.resume", "Try again", "arrow-counter-clockwise")
LOG = Button("job.log", "Log", "file-text")


@dataclass(frozen=True, slots=True)
class Kind:
    """What a status looks like: icon, colour of the icon, colour of the bar."""

    icon: str
    token: str
    bar: str


KINDS = {
    "running": Kind("arrow-clockwise", "accent", "accent"),
    "paused": Kind("pause-circle", "text3", "control"),
    "waiting": Kind("clock", "text3", "control"),
    "stopping": Kind("hourglass", "text3", "control"),
    "done": Kind("check-circle", "ok", "ok"),
    "failed": Kind("warning-circle", "danger", "danger"),
    "cancelled": Kind("prohibit", "text3", "control"),
}


@dataclass(frozen=True, slots=True)
class JobView:
    """A job as words."""

    title: str
    subtitle: str
    kind: Kind
    fraction: float
    percent: str
    rest: str
    buttons: tuple[Button, ...]
    waits: bool = False


def view(row: JobRow, before: JobRow | None = None) -> JobView:
    """A row of the drawer; ``before`` is the active job that comes before one that waits."""
    kind = KINDS[row.status]
    words = waits(before) if row.status == "waiting" else subtitle(row)
    return JobView(
        row.title, words, kind, row.fraction, percent(row.fraction), rest(row), buttons(row),
        row.status == "waiting",
    )  # fmt: skip


def views(rows: tuple[JobRow, ...]) -> tuple[JobView, ...]:
    """All rows of the drawer."""
    found, before = [], None
    for row in sorted(rows, key=lambda r: r.status == "waiting"):
        found.append((row.id, view(row, before)))
        before = row if row.active else before
    by_id = dict(found)
    return tuple(by_id[row.id] for row in rows)


def waits(before: JobRow | None) -> str:
    """ "waits for Score m-seed0"."""
    return f"waits for {before.title}" if before is not None else "starts next"


def subtitle(row: JobRow) -> str:
    """The second line: what happened, else how far it is."""
    if row.status == "running" and row.total and not row.message:
        return f"{row.done} of {row.total} done"
    return row.message or row.subtitle


def rest(row: JobRow) -> str:
    """Time left, speed, memory, or when it ended; only what is known. The last is cut first."""
    if row.status != "running":
        words = {"failed": "stopped", "waiting": "", "done": "done" if row.ended else ""}
        return f"{words.get(row.status, row.status)} {row.ended}".strip()
    return " · ".join(x for x in (time_left(row), speed(row), memory(row)) if x)


def speed(row: JobRow) -> str:
    return f"{short_count(row.rate)} {row.rate_unit}" if row.rate > 0 else ""


def memory(row: JobRow) -> str:
    return size(row.memory_bytes) if row.memory_bytes > 0 else ""


def time_left(row: JobRow) -> str:
    return f"{duration(row.eta_s)} left" if row.eta_s > 0 else ""


def buttons(row: JobRow) -> tuple[Button, ...]:
    """What can be done with it now."""
    match row.status:
        case "running":
            return (PAUSE, CANCEL)
        case "paused":
            return (CONTINUE, CANCEL)
        case "waiting":
            return (CANCEL,)
        case "failed":
            return (RESUME if row.resumable else AGAIN, LOG)
        case "cancelled":
            return (RESUME,) if row.resumable else ()
        case _:
            return ()


def current(rows: tuple[JobRow, ...]) -> JobRow | None:
    """The job of the status bar: the first that runs, else one that is paused or stopping."""
    order = {"running": 0, "stopping": 1, "paused": 2, "waiting": 3}
    active = [r for r in rows if r.status in order]
    return min(active, key=lambda r: order[r.status], default=None)


def problems(rows: tuple[JobRow, ...]) -> int:
    return sum(r.status == "failed" for r in rows)
