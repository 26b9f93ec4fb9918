"""Jobs as rows, and the choices of the new-job panel."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any, ClassVar

from psygnal import SignalGroupDescriptor

from compute.core import events as ev

JOB_STATUSES = ("running", "paused", "waiting", "stopping", "done", "failed", "cancelled")


@dataclass(frozen=True, slots=True)
class JobRow:
    """One job as the drawer and the status bar show it.

    ``ended`` is the time of day at which it ended, "14:02"; "" = it has not.
    """

    id: str
    title: str
    subtitle: str = ""
    status: str = "waiting"
    fraction: float = 0.0
    done: int = 0
    total: int = 0
    rate: float = -1.0
    rate_unit: str = "tokens/s"
    eta_s: float = -1.0
    memory_bytes: int = -1
    message: str = ""
    resumable: bool = False
    log: str = ""
    ended: str = ""

    def with_(self, **changes: Any) -> JobRow:
        return replace(self, **changes)

    @property
    def active(self) -> bool:
        return self.status in ("running", "paused", "waiting", "stopping")


@dataclass
class JobsState:
    """``rows`` newest last. ``open`` = the drawer is open."""

    events: ClassVar[SignalGroupDescriptor] = SignalGroupDescriptor()

    rows: tuple[JobRow, ...] = ()
    open: bool = False


def put(state: JobsState, row: JobRow) -> None:
    """Insert or replace the row with this id."""
    if any(r.id == row.id for r in state.rows):
        state.rows = tuple(row if r.id == row.id else r for r in state.rows)
    else:
        state.rows = (*state.rows, row)


def moved(rows: tuple[JobRow, ...], job: str, to: int) -> tuple[JobRow, ...]:
    """Rows with a waiting job in place ``to`` of those that wait; the others keep their order."""
    waiting = [row for row in rows if row.status == "waiting"]
    mine = next((row for row in waiting if row.id == job), None)
    if mine is None:
        return rows
    waiting.remove(mine)
    waiting.insert(min(max(to, 0), len(waiting)), mine)
    order = iter(waiting)
    return tuple(next(order) if row.status == "waiting" else row for row in rows)


def applied(row: JobRow, event: ev.Event) -> JobRow:
    """The row after an event: a pure function, so the drawer can be tested without a job."""
    match event:
        case ev.Started(title=title, total=total):
            return row.with_(status="running", title=row.title or title, total=total)
        case ev.Progress():
            status = row.status if row.status in ("paused", "stopping") else "running"
            return row.with_(
                status=status,
                fraction=event.fraction,
                done=event.done,
                total=event.total or row.total,
                rate=event.rate,
                rate_unit=event.rate_unit,
                eta_s=event.eta_s,
                memory_bytes=event.memory_bytes,
                message=event.message,
            )
        case ev.Notice(message=message):
            return row.with_(message=message)
        case ev.Finished(message=message):
            return row.with_(status="done", fraction=1.0, eta_s=-1.0, message=message)
        case ev.Failed(message=message, resumable=resumable):
            return row.with_(status="failed", message=message, resumable=resumable, eta_s=-1.0)
        case ev.CancelledEvent(message=message):
            message = message or "Cancelled. Finished texts are kept."
            return row.with_(status="cancelled", message=message, resumable=True, eta_s=-1.0)
        case ev.Partial() | ev.Frame() | ev.Reply():
            return row


@dataclass(frozen=True, slots=True)
class Speed:
    """What an earlier job took: mean parameters of its models, its settings, tokens/s overall."""

    n_params: float
    tokens_per_s: float
    device: str = "auto"
    dtype: str = "auto"


@dataclass(frozen=True, slots=True)
class Cost:
    """What "Score" would cost. -1 = unknown.

    ``n_bytes`` of weights are read, in all visits. ``measured``: by the speed of earlier jobs here;
    ``tokens_known``: by the project's own tokens per byte. ``n_each``: as they are and in how many
    quantized ways; ``with_layers``: their layers come on top.
    """

    n_checkpoints: int = 0
    n_texts: int = 0
    n_tokens: int = -1
    n_bytes: int = -1
    seconds: float = -1.0
    measured: bool = False
    tokens_known: bool = False
    n_each: int = 1
    with_layers: bool = False


@dataclass(frozen=True, slots=True)
class ScoreOptions:
    """How texts are scored: the fields of :class:`~compute.core.specs.ScoreSpec` of these names."""

    bos: str = "tokenizer"
    long_texts: str = "skip"
    one_visit: bool = False
    batch_tokens: int = 0
    tokens: bool = False
    layers: tuple[int, ...] = ()
    quantize: tuple[str, ...] = ()


@dataclass
class NewJobState:
    """The choices of the new-job panel. ``texts`` "" = the project's own texts.

    ``speeds`` are those of earlier jobs on this machine. ``project_rule`` is the BOS rule that
    ``n_of_rule`` entries of the project have; ``trusted`` holds the paths of checkpoints whose own
    code was allowed to run, one model at a time.
    """

    events: ClassVar[SignalGroupDescriptor] = SignalGroupDescriptor()

    visible: bool = False
    texts: str = ""
    texts_label: str = ""
    texts_fixed: bool = False
    device: str = "auto"
    devices: tuple[tuple[str, str], ...] = (("auto", "Automatic"), ("cpu", "CPU"))
    dtype: str = "auto"
    options: ScoreOptions = ScoreOptions()
    options_open: bool = False
    project_rule: str = ""
    n_of_rule: int = 0
    trusted: tuple[str, ...] = ()
    cost: Cost = Cost()
    speeds: tuple[Speed, ...] = ()
    problem: str = ""
