"""How long the GUI thread is blocked while views are opened, pointed at, selected in, switched."""

from __future__ import annotations

import gc
import sys
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import Any

from PySide6.QtCore import QEvent, QPoint, QPointF, Qt, QTimer
from PySide6.QtGui import QMouseEvent, QWheelEvent
from PySide6.QtWidgets import QApplication, QWidget

from explorer.bench.stand import application, until
from explorer.bench.synthetic import varied_project
from explorer.bench.window import SIZE, Watch
from explorer.bridge.display import display
from explorer.plots import KINDS
from explorer.plots.contract import PlotKind
from explorer.state.selection import choose, clear

MOST_MS = 100.0
PAUSE_MS, REST_S = 40, 1.5
"""Between two acts; after them, until answers are there."""
ACROSS, DOWN = 12, 9
"""Places that are pointed at."""
SLOW = ("open", "choose", "select", "unit", "filter")
"""Acts after which answers are waited for."""
Act = Callable[[], None]


@dataclass
class Seen:
    """The longest gap of a view outside painting, and what was done just before it."""

    gap: float = 0.0
    after: str = ""
    acts: int = 0
    paint: float = 0.0
    slow: dict[str, float] = field(default_factory=dict)


def measure(
    repeats: int, folder: Path, n_texts: int = 10_000, n_runs: int = 20
) -> Mapping[str, Any]:
    """Longest gaps of the event loop, without the paints in them, for each view in turn.

    2,000 entries: runs, null controls, quantized variants, layers, weight distances. In the whole
    window each view is opened, every choice of its bar is made, the pointer goes over it, it is
    pressed, dragged and zoomed, and selection, hover, filter, unit and table change.
    """
    path = folder / "views.h5"
    path.unlink(missing_ok=True)
    varied_project(path, n_texts=n_texts, n_runs=n_runs)
    found: dict[str, Seen] = {}
    with display(f"{SIZE[0]}x{SIZE[1]}"):
        qt = application()
        for _ in range(repeats):
            _run(qt, path, folder, found)
    return _figures(found)


def _run(qt: QApplication, path: Path, folder: Path, found: dict[str, Seen]) -> None:
    from explorer.app.build import GIL_S, App, spare_the_collector
    from explorer.bridge.settings import Settings

    sys.setswitchinterval(GIL_S)
    app = App(qt, Settings(folder / "views-settings.json"), path, None)
    spare_the_collector(app)
    app.shell.resize(*SIZE)
    app.shell.show()
    until(qt, lambda: app.map is not None and len(app.session.current.entries) > 1, 120)
    app.commander.execute("map.halt")
    until(qt, lambda: False, REST_S)
    for kind in KINDS:
        _watched(qt, app, kind, found.setdefault(kind.id, Seen()))
    app.shell.close()
    app.dispose()
    gc.unfreeze()


def _watched(qt: QApplication, app: Any, kind: PlotKind, seen: Seen) -> None:
    """Do everything to one view, and keep what its longest gap came after."""
    watch = Watch(app.shell)
    watch.start()
    for name, act in _acts(app, kind):
        _soon(qt, act)
        rest = REST_S if name.startswith(SLOW) and ": " not in name else 0.0
        until(qt, lambda: False, max(PAUSE_MS / 1000, rest))
        longest = max(watch.found.gaps, default=0.0)
        seen.paint = max(seen.paint, max(watch.found.paints, default=0.0))
        seen.acts += 1
        if longest > MOST_MS:
            seen.slow[name] = round(longest, 1)
        if longest > seen.gap:
            seen.gap, seen.after = longest, name
        watch.start()
    watch.stop()


def _soon(qt: QApplication, act: Act) -> None:
    """Do it in a turn of the event loop, as a gesture would come."""
    failed: list[Exception] = []

    def do() -> None:
        try:
            act()
        except Exception as error:  # raised again outside of the event loop
            failed.append(error)
        qt.exit()

    QTimer.singleShot(0, do)
    qt.exec()
    if failed:
        raise failed[0]


def _acts(app: Any, kind: PlotKind) -> Iterator[tuple[str, Act]]:
    """What is done, one after the other; later ones are made when earlier ones are done."""
    state, command = app.state, app.commander.execute
    yield "open", partial(command, f"show.{kind.id}")
    host = app.views.host(kind.id)
    yield "open, the answer", lambda: None
    if host is None or host.view is None:
        return
    yield from _hands(host.view, "")
    ids = [e.id for e in app.session.current.entries]
    for i in ids[:: max(len(ids) // 20, 1)]:
        yield "point at an entry", partial(setattr, state.selection, "hovered", i)
    yield "select two", partial(choose, state.selection, (ids[3], ids[-9]))
    yield "select a run", partial(choose, state.selection, tuple(ids[: len(ids) // 20]))
    yield "select all", partial(choose, state.selection, tuple(ids))
    yield "select nothing", partial(clear, state.selection)
    yield from _choices(app, kind, host)
    yield "unit", partial(command, "views.unit")
    yield "unit", partial(command, "views.unit")
    yield "filter, grey", partial(setattr, state.filter, "greyed", frozenset(ids[::2]))
    yield "filter, hide", partial(setattr, state.filter, "hidden", frozenset(ids[::3]))
    yield "filter, none", partial(_no_filter, state.filter)
    yield "select table", partial(command, "views.table")
    yield "select table", partial(command, "views.table")


def _no_filter(state: Any) -> None:
    state.hidden = state.greyed = frozenset()


def _choices(app: Any, kind: PlotKind, host: Any) -> Iterator[tuple[str, Act]]:
    """Every choice of the bar, and the hands again after each that shows something else."""
    chosen = app.state.plots[kind.id]
    for option in kind.options:
        values = list(option.choices) if option.choices else []
        if option.look == "check":
            values = [not option.usual]
        for value in values:
            if value != option.usual:
                name = f"choose {option.name} = {value}"
                yield name, partial(chosen.choose, **{option.name: value})
                yield from _hands(host.view, f"{name}: ")
        if values:
            usual = {option.name: option.usual}
            yield f"choose {option.name} again", partial(chosen.choose, **usual)


def _hands(view: QWidget, before: str) -> Iterator[tuple[str, Act]]:
    """The pointer goes over the view, presses and drags in its middle, and turns the wheel."""
    for y in range(1, DOWN + 1, 2):
        yield f"{before}move", partial(_row, view, y / (DOWN + 1))
    for share in (0.3, 0.5, 0.7):
        yield f"{before}press", partial(_press, view, share)
        yield f"{before}drag", partial(_drag, view, share)
    yield f"{before}wheel", partial(_wheel, view, 240)
    yield f"{before}wheel", partial(_wheel, view, -240)


def _row(view: QWidget, share: float) -> None:
    """One move of the pointer; the next acts are other ones, as a hand is that fast."""
    step = int(share * 97) % ACROSS
    at = QPoint(int(view.width() * (step + 0.5) / ACROSS), int(view.height() * share))
    _mouse(view, at, QEvent.Type.MouseMove, Qt.MouseButton.NoButton)


def _press(view: QWidget, share: float) -> None:
    at = QPoint(int(view.width() * share), int(view.height() * 0.5))
    for kind in (QEvent.Type.MouseButtonPress, QEvent.Type.MouseButtonRelease):
        _mouse(view, at, kind, Qt.MouseButton.LeftButton)


def _drag(view: QWidget, share: float) -> None:
    at = QPoint(int(view.width() * share), int(view.height() * 0.4))
    _mouse(view, at, QEvent.Type.MouseButtonPress, Qt.MouseButton.LeftButton)
    _mouse(view, at + QPoint(40, 20), QEvent.Type.MouseMove, Qt.MouseButton.LeftButton)
    _mouse(view, at + QPoint(40, 20), QEvent.Type.MouseButtonRelease, Qt.MouseButton.LeftButton)


def _under(view: QWidget, at: QPoint) -> tuple[QWidget, QPointF, QPointF]:
    """The widget that gets the mouse there, and the place in it and on the screen."""
    target = view.childAt(at) or view
    return target, QPointF(target.mapFrom(view, at)), QPointF(view.mapToGlobal(at))


def _mouse(view: QWidget, at: QPoint, kind: QEvent.Type, button: Qt.MouseButton) -> None:
    target, local, world = _under(view, at)
    down = Qt.MouseButton.NoButton if kind == QEvent.Type.MouseButtonRelease else button
    if kind == QEvent.Type.MouseMove:
        button = Qt.MouseButton.NoButton
    event = QMouseEvent(kind, local, world, button, down, Qt.KeyboardModifier.NoModifier)
    QApplication.sendEvent(target, event)


def _wheel(view: QWidget, turn: int) -> None:
    at = QPoint(view.width() // 2, view.height() // 2)
    target, local, world = _under(view, at)
    event = QWheelEvent(local, world, QPoint(), QPoint(0, turn), Qt.MouseButton.NoButton,
                        Qt.KeyboardModifier.NoModifier, Qt.ScrollPhase.NoScrollPhase,
                        False)  # fmt: skip
    QApplication.sendEvent(target, event)


def _figures(found: Mapping[str, Seen]) -> Mapping[str, Any]:
    out: dict[str, Any] = {}
    for view, seen in found.items():
        out[f"{view}: longest gap outside painting, ms"] = round(float(seen.gap), 1)
        out[f"{view}: after"] = seen.after
        out[f"{view}: longest paint, ms"] = round(float(seen.paint), 1)
        out[f"{view}: acts"] = seen.acts
    missed = [
        f"{view}: {ms:g} ms after {name!r}, must be less than {MOST_MS:g}"
        for view, seen in found.items()
        for name, ms in seen.slow.items()
    ]
    return {**out, "missed": missed}
