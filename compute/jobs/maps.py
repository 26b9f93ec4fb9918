"""Several maps at once, in processes of their own, while the owner does something else."""

from __future__ import annotations

import multiprocessing
import os
import signal
import sys
import tempfile
import threading
import traceback
from collections.abc import Callable, Iterable, Mapping, Sequence
from concurrent.futures import Future, ProcessPoolExecutor, wait
from concurrent.futures.process import BrokenProcessPool
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from compute import embedding
from compute.core.control import Control
from compute.core.cores import available_cores
from compute.core.errors import InputError, KlscopeError
from compute.report.contract import MapRequest
from compute.report.study import Drawn, Study

WEIGHTS = "weights:"
_POLL_S = 0.2
_LOST = "The process that made its map has ended, as it does when memory runs out."


class Maps:
    """Maps in the making; a context manager, at whose end no process is left.

    Parameters
    ----------
    study : Study
        Gives rows and weight distances; its options give the seed.
    control : Control
        Asked while waiting. A cancel ends the processes at once.
    n_processes : int
        0 = one for each core.
    """

    def __init__(self, study: Study, control: Control, n_processes: int = 0) -> None:
        self.done: dict[MapRequest, Drawn] = {}
        self.problems: dict[MapRequest, str] = {}
        self._study, self._control = study, control
        self._n = n_processes or available_cores()
        self._futures: dict[Future[_Answer], MapRequest] = {}
        self._matrices: dict[str, _Matrix] = {}
        self._at_end = ExitStack()

    def __enter__(self) -> Maps:
        self._folder = Path(
            self._at_end.enter_context(tempfile.TemporaryDirectory(prefix="klscope-maps-"))
        )
        context = multiprocessing.get_context("spawn")
        self._stop = context.Event()
        self._pool = ProcessPoolExecutor(
            self._n, mp_context=context, initializer=_begin, initargs=(self._stop,)
        )
        self._at_end.callback(self._pool.shutdown, wait=True, cancel_futures=True)
        return self

    def __exit__(self, kind: type[BaseException] | None, *_: object) -> None:
        if kind is not None:
            self._stop.set()
        self._at_end.close()

    def start(self, requests: Iterable[MapRequest]) -> None:
        """Begin these maps, each once; what cannot begin is a problem of its own."""
        for request in dict.fromkeys(requests):
            self._control.checkpoint()
            if request in self._futures.values() or request in self.done:
                continue
            try:
                self._futures[self._pool.submit(_drawn, self._task(request))] = request
            except KlscopeError as error:
                self.problems[request] = error.message
            except BrokenProcessPool:
                self.problems[request] = _LOST

    @property
    def n_waiting(self) -> int:
        return len(self._futures)

    def collect(self) -> None:
        """Take what is ready; never waits."""
        for future in [f for f in self._futures if f.done()]:
            self._take(self._futures.pop(future), future)

    def wait_for(self, requests: Sequence[MapRequest]) -> None:
        """Wait until all of these are done or have a problem.

        Raises
        ------
        Cancelled
        """
        while waited := [f for f, request in self._futures.items() if request in requests]:
            self._control.checkpoint()
            wait(waited, timeout=_POLL_S)
            self.collect()

    def _take(self, request: MapRequest, future: Future[_Answer]) -> None:
        try:
            answer = future.result()
        except BrokenProcessPool:
            answer = _LOST
        if isinstance(answer, str):
            self.problems[request] = answer
        else:
            self.done[request] = answer

    def _task(self, request: MapRequest) -> _Task:
        matrix = self._matrix(request.analysis)
        picked = matrix.picked(request)
        values = {
            "dims": request.dims, "perplexity": request.perplexity,
            "seed": self._study.options.seed,
        }  # fmt: skip
        ids = tuple(matrix.ids[k] for k in picked)
        return _Task(str(matrix.path), picked, ids, request.method, values)

    def _matrix(self, analysis: str) -> _Matrix:
        """The distances of an analysis, written once for every map of it."""
        if analysis not in self._matrices:
            ids, squared = _distances(self._study, analysis)
            path = self._folder / f"{len(self._matrices)}.npy"
            np.save(path, squared)
            self._matrices[analysis] = _Matrix(path, ids)
        return self._matrices[analysis]


@dataclass(frozen=True, slots=True)
class _Matrix:
    """Squared distances in a file, and whose they are."""

    path: Path
    ids: tuple[str, ...]

    def picked(self, request: MapRequest) -> tuple[int, ...]:
        if not request.ids:
            return tuple(range(len(self.ids)))
        wanted = set(request.ids)
        found = tuple(k for k, name in enumerate(self.ids) if name in wanted)
        if not found:
            raise InputError(f"none of the entries of a map of {request.analysis!r} can be used")
        return found


def _distances(study: Study, analysis: str) -> tuple[tuple[str, ...], NDArray[np.float64]]:
    """KL of an analysis, bits/byte, or squared weight distances of a run; whose rows they are."""
    if not analysis.startswith(WEIGHTS):
        rows = study.prepared(analysis)
        return rows.ids, rows.kl
    run = analysis.removeprefix(WEIGHTS)
    if run not in study.weights:
        raise InputError(
            f"the project has no weight distances of {run}", advice="Import them with klscope"
        )
    found = study.weights[run]
    kept = complete(found.squared)
    return tuple(str(s) for s in found.steps[kept]), found.squared[np.ix_(kept, kept)]


def complete(squared: NDArray[np.float64]) -> NDArray[np.int64]:
    """Rows between which every distance is known: those that lack most are left out, in turn."""
    kept = np.arange(len(squared))
    while len(kept):
        lacking = np.isnan(squared[np.ix_(kept, kept)]).sum(axis=1)
        if not lacking.any():
            break
        kept = np.delete(kept, int(np.argmax(lacking)))
    return kept


# ---------------------------------------------------------------- within a process


@dataclass(frozen=True, slots=True)
class _Task:
    path: str
    picked: tuple[int, ...]
    ids: tuple[str, ...]
    method: str
    values: Mapping[str, Any]


_Answer = Drawn | str
"""A map, or the sentence that says why there is none."""


@dataclass(frozen=True, eq=False, slots=True)
class _Rows:
    """What an estimator needs of rows."""

    ids: tuple[str, ...]
    kl: NDArray[np.float64]
    digest: str = ""

    def digest_of(self, ids: Sequence[str]) -> str:
        return ""


class _Leave:
    """Leave to go on: whoever cancels ends the process."""

    def checkpoint(self) -> None:
        return None


def _begin(stop: Any) -> None:
    """The owner decides about Ctrl+C; without an owner, or when it says stop, nothing goes on."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    for name, wait_for in (("stop", stop.wait), ("owner", _owner_gone)):
        threading.Thread(target=_end_after, args=(wait_for,), name=name, daemon=True).start()


def _owner_gone() -> None:
    owner = multiprocessing.parent_process()
    if owner is not None:
        owner.join()


def _end_after(wait_for: Callable[[], object]) -> None:
    wait_for()
    os._exit(1)


def _drawn(task: _Task) -> _Answer:
    """One map. This is the border of a process: a surprise is a sentence."""
    try:
        return _map(task)
    except KlscopeError as error:
        return error.message
    except MemoryError:
        return "There was not enough memory for its map."
    except Exception as error:  # border
        traceback.print_exception(error, file=sys.stderr)
        return f"Its map met something unexpected ({type(error).__name__}: {error})."


def _map(task: _Task) -> Drawn:
    squared = np.load(task.path, mmap_mode="r")
    whole = len(task.picked) == len(squared)
    kl = np.array(squared if whole else squared[np.ix_(task.picked, task.picked)])
    params = embedding.make_params(task.method, task.values)
    plan = embedding.plan(len(task.ids), params)
    made = embedding.embed(_Rows(task.ids, kl), params, lambda _state: None, _Leave())
    info = {**made.info, "params": dict(made.params), "note": plan.note}
    return Drawn(task.ids, np.asarray(made.coords, np.float64), info)
