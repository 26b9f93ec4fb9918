"""What every test gets: a display, folders of its own, and a check that nothing is left behind.

Qt tests run on the display there is, else on an Xvfb that is started here, once, when the first of
them is collected. Without Xvfb they run on Qt's ``offscreen`` platform, which has no OpenGL, and
those marked ``gl`` are skipped.
"""

from __future__ import annotations

import gc
import os
import shutil
import sys
import tempfile
import threading
import time
from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import hypothesis
import pytest

hypothesis.settings.register_profile("klscope", deadline=None)  # machines are slow at times
hypothesis.settings.load_profile("klscope")

_PRIVATE = Path(tempfile.mkdtemp(prefix="klscope-tests-"))
_FOLDERS = {
    "XDG_CONFIG_HOME": "config",
    "XDG_CACHE_HOME": "cache",
    "XDG_DATA_HOME": "data",
    "XDG_STATE_HOME": "state",
    "XDG_RUNTIME_DIR": "run",
    "HF_HOME": "hf",
}
_FIXED = {
    "OMP_WAIT_POLICY": "passive",
    "HF_HUB_OFFLINE": "1",
    "HF_HUB_DISABLE_TELEMETRY": "1",
    "TOKENIZERS_PARALLELISM": "false",
    "QT_API": "pyside6",
    "QT_ENABLE_HIGHDPI_SCALING": "0",
}
_AT_END = pytest.StashKey[ExitStack]()
_FAILED = pytest.StashKey[bool]()
_PATIENCE_S = 3.0
# Started once by a library, for as long as the process lives: no test's own.
_LIBRARY_THREADS = ("tqdm",)
_LIBRARY_PROCESSES = ("multiprocessing.resource_tracker", "loky.backend.resource_tracker")


def pytest_configure(config: pytest.Config) -> None:
    for variable, folder in _FOLDERS.items():
        (_PRIVATE / folder).mkdir(mode=0o700, exist_ok=True)
        os.environ[variable] = str(_PRIVATE / folder)
    os.environ.update(_FIXED)
    if not {"LC_ALL", "LC_CTYPE", "LANG"} & set(os.environ):
        os.environ["LANG"] = "C.UTF-8"
    config.stash[_AT_END] = ExitStack()


def pytest_unconfigure(config: pytest.Config) -> None:
    config.stash[_AT_END].close()
    shutil.rmtree(_PRIVATE, ignore_errors=True)


# ---------------------------------------------------------------- a display


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    if config.option.collectonly or not any(map(_needs_display, items)):
        return
    if not _has_display(config):
        os.environ["QT_QPA_PLATFORM"] = "offscreen"
    if os.environ.get("QT_QPA_PLATFORM") == "offscreen":
        skip = pytest.mark.skip(reason="OpenGL needs a display, and there is no Xvfb to start")
        for item in items:
            if item.get_closest_marker("gl"):
                item.add_marker(skip)


def _needs_display(item: pytest.Item) -> bool:
    asks = {"qtbot", "qapp"}.intersection(getattr(item, "fixturenames", ()))
    draws = {"explorer", "journeys"}.intersection(item.path.relative_to(item.config.rootpath).parts)
    return bool(asks or draws or item.get_closest_marker("gl"))


def _has_display(config: pytest.Config) -> bool:
    """Whether there is one now; starts Xvfb, for the whole session, where there was none."""
    from compute.core.errors import MissingPart
    from explorer.bridge.display import display, has_display

    if not has_display():
        os.environ["LIBGL_ALWAYS_SOFTWARE"] = "1"
    try:
        config.stash[_AT_END].enter_context(display("1920x1200"))
    except MissingPart:
        return False
    return True


# ---------------------------------------------------------------- nothing is left behind


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item: pytest.Item) -> Iterator[None]:
    report: Any = yield
    if report.failed:
        item.stash[_FAILED] = True
    return report


@pytest.fixture(autouse=True)
def nothing_left_behind(request: pytest.FixtureRequest) -> Iterator[None]:
    """Fail a test that leaves a widget, a running timer, a thread or a child process."""
    if request.node.get_closest_marker("leaks_allowed"):
        yield
        return
    gc.freeze()  # what lives now is not this test's: the collector need not look at it again
    before = _Alive.now()
    yield
    if request.node.stash.get(_FAILED, False):
        return
    left = _left_since(before)
    if left:
        pytest.fail("left behind: " + "; ".join(left), pytrace=False)


@dataclass(frozen=True)
class _Alive:
    """What is alive at one moment: a key for each thing, and words for it."""

    things: dict[object, str]

    @classmethod
    def now(cls) -> _Alive:
        return cls({**_threads(), **_children(), **_qt_objects()})


def _left_since(before: _Alive) -> list[str]:
    """Words for what is new; waits a little for what is about to end by itself."""
    deadline = time.monotonic() + _PATIENCE_S
    while True:
        _let_qt_delete()
        left = [words for key, words in _Alive.now().things.items() if key not in before.things]
        if not left or time.monotonic() > deadline:
            return left
        time.sleep(0.02)


def _threads() -> dict[object, str]:
    return {
        ("thread", thread.ident): f"thread {thread.name}"
        for thread in threading.enumerate()
        if not isinstance(thread, threading._DummyThread)
        and type(thread).__module__.partition(".")[0] not in _LIBRARY_THREADS
    }


def _children() -> dict[object, str]:
    """Child processes of this one, zombies too (Linux; elsewhere none are seen)."""
    found: dict[object, str] = {}
    for listing in Path("/proc/self/task").glob("*/children"):
        try:
            pids = listing.read_text().split()
        except OSError:
            continue
        for pid in pids:
            command = _command(pid)
            if not any(name in command for name in _LIBRARY_PROCESSES):
                found["process", pid] = f"process {pid} ({command})"
    return found


def _command(pid: str) -> str:
    try:
        words = Path("/proc", pid, "cmdline").read_bytes().split(b"\0")
    except OSError:
        return "gone"
    return b" ".join(words).decode(errors="replace")[:120] or "zombie"


def _application() -> Any:
    widgets = sys.modules.get("PySide6.QtWidgets")
    return widgets.QApplication.instance() if widgets else None


def _let_qt_delete() -> None:
    """Send deferred deletions first: what they free is then seen by the garbage collector."""
    app = _application()
    if app is None:
        return
    from PySide6.QtCore import QEvent, QThreadPool

    QThreadPool.globalInstance().waitForDone(1000)
    app.sendPostedEvents(None, QEvent.Type.DeferredDelete.value)
    app.processEvents()
    gc.collect()
    app.sendPostedEvents(None, QEvent.Type.DeferredDelete.value)


def _qt_objects() -> dict[object, str]:
    """Top-level widgets, active timers and running Qt threads."""
    app = _application()
    if app is None:
        return {}
    from PySide6.QtCore import QThread, QTimer
    from shiboken6 import Shiboken

    found: dict[object, str] = {}
    for widget in app.topLevelWidgets():
        key = "widget", Shiboken.getCppPointer(widget)[0]
        found[key] = f"widget {type(widget).__name__} {widget.objectName()}".rstrip()
    for thing in gc.get_objects():
        kind = type(thing)
        if not issubclass(kind, (QTimer, QThread)) or not Shiboken.isValid(thing):
            continue
        if issubclass(kind, QTimer) and thing.isActive():
            found["timer", id(thing)] = f"timer of {thing.interval()} ms, {_owner(thing)}"
        elif issubclass(kind, QThread) and thing.isRunning() and thing != QThread.currentThread():
            found["qthread", id(thing)] = f"Qt thread {kind.__name__}"
    return found


def _owner(thing: Any) -> str:
    parent = thing.parent()
    return f"in a {type(parent).__name__}" if parent is not None else "without a parent"
