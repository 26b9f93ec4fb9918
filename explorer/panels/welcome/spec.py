"""Words of the welcome page."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path

from compute.core.numbers import count
from explorer.state.map import MapTables
from explorer.state.sketch import Sketch

LEAD = "See where your models are, how they got there, and how far apart they really are."
TOUR = "Six stops: the map, time, distance, the library, how it is drawn, and the palette."
GROW = (
    "Grows four tiny models, scores them on the example's texts and draws them while it runs. "
    "About 3 minutes."
)


@dataclass(frozen=True, slots=True)
class Opening:
    """One of the large cards."""

    command: str
    title: str
    words: str
    icon: str
    key: str
    primary: bool = False


OPENINGS = (
    Opening("project.example", "Open the example",
            "Real training runs. Opens at once, needs no network.",
            "play", "Enter", primary=True),
    Opening("library.add", "Add models...",
            "A checkpoint, a training run, or a folder of runs.", "plus", "Ctrl N"),
    Opening("project.open", "Open a project...",
            "One .h5 file holds everything.", "folder-open", "Ctrl O"),
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Recent:
    """A project opened before. ``when`` is "" if the file is missing; ``sketch`` is of its map."""

    path: str
    name: str
    folder: str
    when: str
    sketch: Sketch | None = None

    @property
    def missing(self) -> bool:
        return not self.when

    @property
    def holds(self) -> str:
        """What is in it, or where it is while that is not known."""
        if self.sketch is None:
            return self.folder
        return f"{count(self.sketch.n_entries)} entries · {count(self.sketch.n_texts)} texts"


def recent(path: str, now: datetime, sketch: Sketch | None = None) -> Recent:
    """Asks the file system when the file was last written."""
    file = Path(path)
    try:
        written = datetime.fromtimestamp(file.stat().st_mtime)
    except OSError:
        return Recent(path, file.stem, str(file.parent), "")
    return Recent(path, file.stem, _home(file.parent), when(written, now), sketch)


def _home(folder: Path) -> str:
    home = Path.home()
    return f"~/{folder.relative_to(home)}" if folder.is_relative_to(home) else str(folder)


def when(written: datetime, now: datetime) -> str:
    """ "today, 14:02", "Tuesday", "3 weeks ago", "in May", "May 2024"."""
    days = (now.date() - written.date()).days
    if days <= 0:
        return f"today, {written:%H:%M}"
    if days == 1:
        return f"yesterday, {written:%H:%M}"
    if days < 7:
        return _DAYS[written.weekday()]
    if days < 56:
        weeks = max(1, round(timedelta(days=days) / timedelta(weeks=1)))
        return f"{weeks} week{'' if weeks == 1 else 's'} ago"
    month = _MONTHS[written.month - 1]
    return f"in {month}" if days < 330 else f"{month} {written.year}"


_DAYS = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")
_MONTHS = (
    "January", "February", "March", "April", "May", "June", "July", "August", "September",
    "October", "November", "December",
)  # fmt: skip


def preview_words(tables: MapTables) -> str:
    """ "11 runs, 1,188 checkpoints, 44 other models. From step 0 to 3,264."."""
    entries = tables.entries
    runs = {e.run for e in entries if e.is_checkpoint}
    n = sum(e.is_checkpoint for e in entries)
    others = len(entries) - n
    steps = [e.step for e in entries if e.step >= 0]
    reach = f" From step {count(min(steps))} to {count(max(steps))}." if steps else ""
    if not runs:
        return f"{count(len(entries))} models.{reach}"
    beside = f", {count(others)} other models" if others else ""
    many = "runs" if len(runs) > 1 else "run"
    return f"{count(len(runs))} {many}, {count(n)} checkpoints{beside}.{reach}"
