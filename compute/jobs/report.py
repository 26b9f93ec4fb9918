"""The report job: read a project, make its maps, then each figure and table, then the page."""

from __future__ import annotations

import dataclasses
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import compute
from compute import geometry, store
from compute.core.control import Control
from compute.core.errors import Cancelled, UsageError
from compute.core.events import Emit, Progress, Started
from compute.core.specs import ReportSpec
from compute.jobs.maps import Maps
from compute.report import ITEMS, kit
from compute.report.contract import Item, MapRequest
from compute.report.folder import PAGE, RECORD, check, new_folder
from compute.report.making import FAILED, MADE, MISSING, Made, make, requests_of
from compute.report.page import page
from compute.report.record import analyses, facts, record, text, warnings
from compute.report.study import Options, Study

_READ, _MAPS, _ITEMS = 0.04, 0.36, 0.58
"""Shares of the progress: reading, waiting for maps, items."""


def report(spec: ReportSpec, emit: Emit, control: Control) -> Mapping[str, Any]:
    """Write the report of a project into a folder, which appears when it is whole.

    Returns
    -------
    mapping
        ``folder``, ``page``, ``items`` (id, number, title, status, reason, seconds of each),
        ``seconds``, ``n_made``, ``n_missing``, ``n_failed``, ``warnings`` about the recipes.

    Raises
    ------
    UsageError
        If an item or the recipe is not known, or something else is at the place of the report.
    MissingPart
        If the extra ``report`` is not installed.
    """
    items = chosen(spec.only)
    try:
        return report_of(spec, items, emit, control)
    except Cancelled:
        raise Cancelled("Cancelled. Nothing was written.") from None


def chosen(only: Sequence[str]) -> tuple[Item, ...]:
    """The items with these ids or numbers (``fig05``, ``5``, ``Fig. 5``); () = all.

    Raises
    ------
    UsageError
        If one is not known.
    """
    if not only:
        return ITEMS
    names = {name: item for item in ITEMS for name in _names(item)}
    wanted = [name.strip().lower() for name in only]
    for name in wanted:
        if name not in names:
            raise UsageError(
                f"There is no figure or table {name!r}",
                advice=f"There are: {', '.join(item.id for item in ITEMS)}",
            )
    asked = {names[name].id for name in wanted}
    return tuple(item for item in ITEMS if item.id in asked)


def _names(item: Item) -> tuple[str, ...]:
    return item.id.lower(), item.number.lower()


def report_of(
    spec: ReportSpec, items: Sequence[Item], emit: Emit, control: Control
) -> Mapping[str, Any]:
    """The report of these items."""
    began = time.perf_counter()
    out = Path(spec.out)
    kit.need()
    check(out)
    unit = "figures and tables" if len(items) > 1 else "item"
    emit(Started(f"Report of {Path(spec.project).name}", len(items), unit))
    study = _study(spec)
    emit(Progress(_READ, message="read"))
    work = _Work(items, emit, control, spec.dpi)
    with new_folder(out) as folder:
        work.run(study, folder, spec.n_processes)
        seconds = time.perf_counter() - began
        _finish(work, folder, seconds)
        control.checkpoint()
    return {**_summary(out, work.made_in_order(), seconds), "warnings": list(warnings(work.study))}


def _study(spec: ReportSpec) -> Study:
    path = Path(spec.project)
    snapshot = store.read(path)
    geometry.find_recipe(snapshot, spec.recipe)
    options = Options(
        recipe=spec.recipe, bootstrap=spec.bootstrap, seed=spec.seed, after=spec.after,
        start=spec.start, n_drop=spec.n_drop,
    )  # fmt: skip
    weights, benchmarks = store.read_weights(path), store.read_benchmarks(path)
    return Study(snapshot, weights, benchmarks, options)


@dataclass
class _Work:
    """The items on their way: those that draw no maps are made while the maps are."""

    items: Sequence[Item]
    emit: Emit
    control: Control
    dpi: int

    def __post_init__(self) -> None:
        self.made: dict[str, Made] = {}
        self.times: dict[str, float] = {}
        self.study: Study

    def run(self, study: Study, folder: Path, n_processes: int) -> None:
        with Maps(study, self.control, n_processes) as maps:
            self.study = dataclasses.replace(study, maps=maps.done, no_maps=maps.problems)
            began = time.perf_counter()
            wanted = self._wanted(maps)
            self.times["rows and neighbours of maps"] = time.perf_counter() - began
            for item in self._open(lambda item: not wanted[item.id]):
                self._make(item, folder, maps)
            waited = time.perf_counter()
            for item in self._open(lambda _item: True):
                self._say(item, maps, "waits for its map")
                maps.wait_for(wanted[item.id])
                self._make(item, folder, maps)
            self.times["from the last item without a map"] = time.perf_counter() - waited

    def _wanted(self, maps: Maps) -> dict[str, tuple[MapRequest, ...]]:
        """The maps of each item, all of them begun."""
        wanted: dict[str, tuple[MapRequest, ...]] = {}
        for item in self.items:
            self.control.checkpoint()
            found = requests_of(self.study, item)
            if isinstance(found, Made):
                self.made[item.id] = found
                found = ()
            wanted[item.id] = found
            maps.start(found)
        return wanted

    def _open(self, choose: Any) -> list[Item]:
        return [item for item in self.items if item.id not in self.made and choose(item)]

    def _make(self, item: Item, folder: Path, maps: Maps) -> None:
        self.control.checkpoint()
        maps.collect()
        self._say(item, maps)
        self.made[item.id] = make(self.study, item, folder, self.dpi)

    def _say(self, item: Item, maps: Maps, more: str = "") -> None:
        n_maps = max(1, len(maps.done) + maps.n_waiting)
        n_items = max(1, len(self.items))
        done = _MAPS * len(maps.done) / n_maps + _ITEMS * len(self.made) / n_items
        words = f"{item.number}, {item.title}{f', {more}' if more else ''}"
        self.emit(Progress(_READ + done, len(self.made), len(self.items), words))

    def made_in_order(self) -> list[Made]:
        return [self.made[item.id] for item in self.items]


def _finish(work: _Work, folder: Path, seconds: float) -> None:
    """The page and the record."""
    made, study = work.made_in_order(), work.study
    about = {**facts(study), "made_by": f"klscope {compute.__version__}"}
    items = {m.item.id: m.seconds for m in made}
    timings = {"seconds": seconds, "items": items, **work.times}
    html = page(made, about, analyses(study), folder)
    (folder / PAGE).write_text(html, encoding="utf-8")
    (folder / RECORD).write_text(text(record(study, made, timings, about)), encoding="utf-8")


def _summary(out: Path, made: Sequence[Made], seconds: float) -> dict[str, Any]:
    lines = [
        {"id": m.item.id, "number": m.item.number, "title": m.item.title, "status": m.status,
         "reason": m.reason, "seconds": m.seconds}
        for m in made
    ]  # fmt: skip
    counts = {f"n_{s}": sum(m.status == s for m in made) for s in (MADE, MISSING, FAILED)}
    return {
        "folder": str(out), "page": str(out / PAGE), "items": lines, "seconds": seconds, **counts,
    }  # fmt: skip
