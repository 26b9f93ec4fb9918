"""How soon the KL heat map of many models is there and how it moves, beside an empty canvas."""

from __future__ import annotations

import gc
import statistics
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from PySide6.QtCore import QTimer
from PySide6.QtWidgets import QApplication, QWidget

from explorer.bench.stand import SIZE, Empty, Stand, application, frame, peak_mib, until
from explorer.bench.synthetic import freeze, synthetic_project
from explorer.bridge import questions
from explorer.bridge.display import display
from explorer.bridge.plots import source_of
from explorer.plots.source import Source

RUNS, TEXTS = 100, 10_000
EVERY = {"order": "run", "steps": "1"}
CLOSE, FRAMES, TURNS = 0.2, 15, 6
"""Share of the rows that is looked at while moving; frames of a turn, turns of a round."""
FIRST_S, PAN, MEMORY_MIB = 1.0, 1.5, 1024.0


@dataclass
class Found:
    """Seconds of rounds; megabytes above what was there before the view."""

    every: list[float] = field(default_factory=list)
    usual: list[float] = field(default_factory=list)
    still: list[float] = field(default_factory=list)
    making: list[float] = field(default_factory=list)
    empty: list[float] = field(default_factory=list)
    empty_making: list[float] = field(default_factory=list)
    memory: float = 0.0


def measure(repeats: int, folder: Path, n: int = 10_000, n_texts: int = TEXTS) -> Mapping[str, Any]:
    """First picture of ``n`` models, moving over their matrix, memory; and what does not hold.

    First picture: from asking the pool to the end of the frame that has the cells, with all rows
    in sight and with the usual choices (clusters, few steps); every time nothing is known yet.
    Moving: whole frames of the window, as :func:`~explorer.bench.stand.frame` times them, in turns
    with a canvas of the view's size that only clears: when all tiles are there, and, both, while
    the pool makes tiles (which takes the cores from software OpenGL). Memory: the process's peak
    above what it held with the vectors prepared.
    """
    path = folder / "many.h5"
    synthetic_project(path, n_runs=RUNS, n_steps=n // RUNS, n_texts=n_texts)
    freeze(path)
    loaded = questions.load(path, "clip2", frozenset())
    source = source_of(loaded)
    assert source is not None
    with display("1600x1000"):
        qt = application()
        found = Found()
        _once(qt, source, Found())  # modules are loaded, OpenGL is up
        gc.collect()
        before = peak_mib(forget=True)
        for _ in range(repeats):
            _once(qt, source, found)
        found.memory = peak_mib() - before
    return _figures(found, source)


def _once(qt: QApplication, source: Source, found: Found) -> None:
    found.usual.append(_opened(qt, source, {})[0])
    seconds, stand = _opened(qt, source, EVERY, keep=True)
    found.every.append(seconds)
    assert stand is not None
    _moves(qt, stand, found)
    stand.close()


def _opened(
    qt: QApplication, source: Source, options: Mapping[str, Any], *, keep: bool = False
) -> tuple[float, Stand | None]:
    """Seconds to the first picture; the stand if it is kept."""
    stand = Stand("heatmap", replace(source), options)
    until(qt, lambda: stand.window.windowHandle().isExposed())
    swaps: list[float] = []
    surface = stand.view.board.cells.native  # type: ignore[attr-defined]
    start = time.perf_counter()
    stand.open()
    surface.frameSwapped.connect(
        lambda: swaps.append(time.perf_counter()) if stand.answer is not None else None
    )
    until(qt, lambda: bool(swaps))
    if not keep:
        stand.close()
    return swaps[0] - start, stand if keep else None


def _moves(qt: QApplication, stand: Stand, found: Found) -> None:
    """Turns of frames: ours while tiles are made, ours with them, an empty canvas."""
    view, beside = stand.view, QWidget()
    board = view.board  # type: ignore[attr-defined]
    beside.resize(*SIZE)
    empty = Empty(beside)
    beside.show()
    until(qt, lambda: beside.windowHandle().isExposed())
    board.zoom(1 / CLOSE)

    def nothing() -> float:
        return frame(beside, empty.native, lambda: None)

    def move(by: float) -> float:
        to = board.window_.moved(by, by, board.n)
        return frame(stand.window, board.cells.native, lambda: board.show_window(to))

    for turn in range(TURNS):
        step = board.window_.span / 40 * (1 if turn < TURNS / 2 else -1)
        _forget(qt, stand)
        found.making.append(_turn(qt, lambda by=step: move(by)))
        until(qt, lambda: not view._busy)  # type: ignore[attr-defined]
        found.still.append(_turn(qt, lambda by=-step: move(by)))
        found.empty.append(_turn(qt, nothing))
        _forget(qt, stand)
        found.empty_making.append(_turn(qt, nothing))
    empty.close()
    beside.deleteLater()


def _forget(qt: QApplication, stand: Stand) -> None:
    """Have the tiles in sight made again, from now on."""
    view: Any = stand.view
    until(qt, lambda: not view._busy)
    view._tiles.clear()
    view._ask_tiles()


def _turn(qt: QApplication, one: Callable[[], float]) -> float:
    """The median of frames, each from the event loop, where answers arrive between them."""
    taken: list[float] = []
    timer = QTimer(interval=0)
    timer.timeout.connect(lambda: taken.append(one()))
    timer.start()
    until(qt, lambda: len(taken) >= FRAMES)
    timer.stop()
    return statistics.median(taken)


def _figures(found: Found, source: Source) -> Mapping[str, Any]:
    middle = {name: statistics.median(getattr(found, name)) for name in
              ("every", "usual", "still", "making", "empty", "empty_making")}  # fmt: skip
    still, making = (
        middle[ours] / middle[theirs]
        for ours, theirs in (("still", "empty"), ("making", "empty_making"))
    )
    out = {
        "models": len(source.entries),
        "texts": source.prepared.n_texts,
        "first picture, all rows, s": round(middle["every"], 3),
        "first picture, all rows, slowest, s": round(max(found.every), 3),
        "first picture, clusters of some steps, s": round(middle["usual"], 3),
        "frame of an empty canvas of the view's size, ms": round(1000 * middle["empty"], 2),
        "frame while moving, ms": round(1000 * middle["still"], 2),
        "moving, times an empty canvas": round(still, 2),
        "frame of an empty canvas while tiles are made, ms": round(1e3 * middle["empty_making"], 2),
        "frame while moving and tiles are made, ms": round(1000 * middle["making"], 2),
        "moving while tiles are made, times an empty canvas beside the same": round(making, 2),
        "memory above the vectors, MiB": round(found.memory, 1),
    }
    missed = [
        f"{name}: {value:.3g}, must be less than {limit:g}"
        for name, value, limit in (
            ("first picture, all rows, s", middle["every"], FIRST_S),
            ("first picture, clusters of some steps, s", middle["usual"], FIRST_S),
            ("moving, times an empty canvas", still, PAN),
            ("moving while tiles are made, times an empty canvas", making, PAN),
            ("memory above the vectors, MiB", found.memory, MEMORY_MIB),
        )
        if not value < limit and value == value
    ]
    return {**out, "missed": missed}
