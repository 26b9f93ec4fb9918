"""The window from nothing: paint first, load the rest after the first paint."""

from __future__ import annotations

import gc
import os
import sys
from collections.abc import Mapping, MutableMapping
from dataclasses import asdict
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING, Any

from PySide6.QtCore import QEvent, QObject, QTimer, Signal
from PySide6.QtWidgets import QApplication

from explorer import theme
from explorer.actions import keys
from explorer.actions.menus import Menus
from explorer.app.tabs import plot_states, tabs
from explorer.bridge.settings import Settings
from explorer.panels.shell import Shell
from explorer.panels.shell.window import window_icon
from explorer.state import preferences
from explorer.state.app import AppState
from explorer.state.jobs import Speed
from explorer.state.map import RunMark, run_marks
from explorer.state.preferences import PreferencesState
from explorer.theme.tokens import THEMES

if TYPE_CHECKING:
    from compute.core.tables import Entry
    from explorer.actions.registry import Registry
    from explorer.app.commands import Commander
    from explorer.app.undo import Undo
    from explorer.app.views import Views
    from explorer.bridge.desk import Desk
    from explorer.bridge.edits import Edits
    from explorer.bridge.jobs import EmbedWorker, JobQueue
    from explorer.bridge.session import Session
    from explorer.bridge.work import Work
    from explorer.canvas.widget import MapWidget

REGISTRY_MS = 1_500
"""After this long without being asked for, the registry of commands is made in the background."""
OPEN_ANOTHER = ("Open another project...", "project.open", None)
SHOW_JOBS = ("Show the jobs", "jobs.show", None)
SPARE_MS = 4_000
"""When the registry, the map's process and the first picture have been imported and made."""
GIL_S = 0.001
"""How long a worker thread may keep the interpreter while the GUI thread waits for it."""


class App(QObject):
    """The running application: state, shell, and what is made after the first paint."""

    ready = Signal()

    def __init__(
        self, qt: QApplication, settings: Settings, project: Path | None, demo_folder: Path | None
    ) -> None:
        super().__init__()
        self.qt, self.settings = qt, settings
        self.demo_folder, self._project = demo_folder, project
        self.state = AppState(plots=plot_states())
        self.state.shell.theme = self._known_theme(settings.get("theme", "dark"))
        self.state.shell.recent = settings.recent()
        preferences.apply(settings.get("preferences", {}), self.state.preferences)
        self.state.new_job.device = self.state.preferences.device
        tokens = THEMES[self.state.shell.theme]
        theme.apply(qt, tokens)
        self.shell = Shell(self.state, tokens, tabs())
        self.shell.setWindowIcon(window_icon())
        self.menus = Menus(self.state, self.shell.menu_bar, self.shell.map_parts, self.shell.run)
        self.shell.set_keys(keys())
        self.shell.restore(settings.get("window", ""))
        self.state.shell.page = "project" if project else "welcome"
        self.shell.installEventFilter(self)
        self._started = False
        self._registry: Registry | None = None
        self._soon = QTimer(self, singleShot=True, interval=REGISTRY_MS)
        self._soon.timeout.connect(self._make_registry)
        self._marks: Mapping[str, RunMark] = {}
        self.map: MapWidget | None = None
        self.desk: Desk
        self.queue: JobQueue
        self.worker: EmbedWorker
        self.session: Session
        self.work: Work
        self.views: Views
        self.edits: Edits
        self.commander: Commander
        self.undo: Undo

    @staticmethod
    def _known_theme(name: str) -> str:
        return name if name in THEMES else "dark"

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if event.type() == QEvent.Type.Paint and not self._started:
            self._started = True
            QTimer.singleShot(0, self, self._after_first_paint)
        elif event.type() == QEvent.Type.WindowActivate and self.map is not None:
            self.session.look_again()
        elif event.type() == QEvent.Type.Close and watched is self.shell:
            self.close()
        return super().eventFilter(watched, event)

    def _after_first_paint(self) -> None:
        self._make_bridge()
        QTimer.singleShot(0, self, self._make_map)

    def _make_bridge(self) -> None:
        from explorer.app.commands import Commander
        from explorer.app.undo import Undo
        from explorer.app.views import Views
        from explorer.bridge.desk import Desk
        from explorer.bridge.edits import Edits
        from explorer.bridge.jobs import EmbedWorker, JobQueue
        from explorer.bridge.session import Session
        from explorer.bridge.work import Work

        self.state.shell.sketches = self.settings.sketches()
        self.desk = Desk(self)
        self.queue = JobQueue(self)
        self.worker = EmbedWorker(self)
        self.session = Session(self.state, self.desk, self.worker, self)
        self.work = Work(self.state, self.queue, self.session, self)
        self.state.new_job.speeds = _speeds(self.settings.get("speeds", []))
        self.state.new_job.events.speeds.connect(self._keep_speeds)
        self.views = Views(self)
        self.edits = Edits(self.state.shell, self.session, self)
        self.commander = Commander(self)
        self.undo = Undo(self.state, self.commander.execute, self)
        self.session.opened.connect(lambda _path: self.undo.forget())
        self.shell.command.connect(self.commander.execute)
        self.session.model.connect(self.shell.inspector.show_model)
        self.session.many.connect(self.shell.inspector.show_many)
        self.session.silhouette.connect(self._show_silhouette)
        self.session.tables.connect(self.shell.centre.set_tables)
        self.session.medians.connect(self.shell.centre.ladder.set_medians)
        self.session.problem.connect(lambda text: self.shell.notify(text, "danger"))
        self.session.notice.connect(self.shell.notify)
        self.session.unopened.connect(lambda text: self.shell.notify(text, "danger", OPEN_ANOTHER))
        self.work.notice.connect(
            lambda text, level: self.shell.notify(
                text, level, SHOW_JOBS if level == "danger" else None
            )
        )
        self.edits.lost.connect(self.undo.withdraw)
        self.edits.refused.connect(lambda text: self.shell.notify(text, "danger"))
        self.desk.failed.connect(lambda _topic, text: self.shell.notify(text, "danger"))
        self.state.shell.events.theme.connect(self._on_theme)
        self.state.preferences.events.connect(self._on_preferences)
        self.state.shell.events.presenting.connect(self._on_presenting)

    def _make_map(self) -> None:
        from explorer.canvas.widget import MapWidget

        tokens = THEMES[self.state.shell.theme]
        s = self.state
        self.map = MapWidget(s.map, s.selection, s.timeline, tokens, filtered=s.filter)
        self.map.command.connect(self.commander.execute)
        self.session.tables.connect(self.map.set_tables)
        self.session.hover.connect(self.map.set_hover_details)
        self.map.set_still(s.preferences.still)
        self.shell.set_map(self.map)
        s.library.events.entries.connect(self._show_marks)
        self.worker.start()
        if self._project is not None:
            self.commander.open_project(self._project)
        else:
            self.commander.preview_example()
        self.commander.examine_machine()
        self._soon.start()
        self.ready.emit()

    def _make_registry(self) -> None:
        """Import app-model away from the GUI thread; filling the registry then takes no time."""
        if self._registry is None:
            self.desk.ask("registry", lambda: import_module("app_model"), lambda _: self.registry)

    @property
    def registry(self) -> Registry:
        """Every command, in app-model; made now if it is asked for before it is there."""
        if self._registry is None:
            from explorer.actions.registry import Registry

            self._registry = Registry(self.shell.run)
        return self._registry

    def _show_silhouette(self, found) -> None:
        self.shell.timeline.set_silhouette(found.steps, found.kl, found.run)

    def _show_marks(self, entries: tuple[Entry, ...]) -> None:
        """Colours and shapes belong to the runs of the project, whatever is ticked."""
        marks = run_marks(entries)
        if self.map is not None and marks != self._marks:
            self._marks = marks
            self.map.set_marks(marks)

    def _on_theme(self, name: str) -> None:
        tokens = THEMES[name]
        theme.apply(self.qt, tokens)
        self.shell.set_tokens(tokens)
        if self.map is not None:
            self.map.set_tokens(tokens)
        if not self.state.shell.presenting:
            self.settings.set("theme", name)

    def _on_presenting(self, presenting: bool) -> None:
        if self.map is not None:
            self.map.set_presented(presenting)

    def _on_preferences(self, _change: object) -> None:
        chosen = self.state.preferences
        self.settings.set("preferences", preferences.dump(chosen))
        self.state.new_job.device = chosen.device
        if self.map is not None:
            self.map.set_still(chosen.still)

    def _keep_speeds(self, speeds: tuple[Speed, ...]) -> None:
        self.settings.set("speeds", [asdict(speed) for speed in speeds])

    def data_folder(self) -> Path:
        """Where files go that the user did not name."""
        from platformdirs import user_data_path

        return user_data_path("klscope", appauthor=False)

    def close(self) -> None:
        """End jobs and threads, release the canvas, remember the layout. Safe to call twice."""
        self.shell.removeEventFilter(self)
        if self.map is None:
            return
        self._soon.stop()
        self.commander.execute("present.leave")
        self.settings.set("window", self.shell.layout_state())
        self.menus.close()
        self.state.shell.events.theme.disconnect(self._on_theme)
        self.state.preferences.events.disconnect(self._on_preferences)
        self.state.shell.events.presenting.disconnect(self._on_presenting)
        self.state.library.events.entries.disconnect(self._show_marks)
        self.undo.close()
        self.views.close()
        self.state.new_job.events.speeds.disconnect(self._keep_speeds)
        self.edits.close()
        self.work.close()
        self.session.close()
        self.queue.close()
        self.worker.close()
        self.desk.close()
        self.commander.close()
        if self._registry is not None:
            self._registry.close()
        self.map.close()
        self.map = None

    def dispose(self) -> None:
        """Delete what Qt owns; for those who go on without the application object."""
        self.shell.deleteLater()
        self.deleteLater()


def enlarge(percent: int, environment: MutableMapping[str, str]) -> None:
    """Have Qt draw everything at this size, on top of a factor that is set already."""
    if percent != 100:
        before = float(environment.get("QT_SCALE_FACTOR") or 1)
        environment["QT_SCALE_FACTOR"] = f"{before * percent / 100:g}"


def _speeds(found: list[Any]) -> tuple[Speed, ...]:
    """Speeds of earlier jobs as they were kept; what makes no sense is left out."""
    made = []
    for each in found:
        try:
            speed = Speed(**each)
            usable = speed.n_params > 0 and speed.tokens_per_s > 0
        except TypeError:
            continue
        made += [speed] if usable else []
    return tuple(made)


def spare_the_collector(app: App) -> None:
    """Take what is there once everything is imported out of the garbage collector's sight.

    Else a full collection goes through some hundred thousand objects of libraries and stops the
    window for a third of a second, with 2,000 entries. Later objects are collected as ever.
    """
    app.ready.connect(lambda: QTimer.singleShot(SPARE_MS, app, gc.freeze))


def run(project: Path | None, demo_folder: Path | None = None) -> int:
    """Open the window and stay until it is closed; returns the exit code."""
    os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")
    sys.setswitchinterval(GIL_S)
    settings, chosen = Settings(), PreferencesState()
    preferences.apply(settings.get("preferences", {}), chosen)
    enlarge(chosen.scale, os.environ)
    if project is None and chosen.reopen:
        project = next((p for p in map(Path, settings.recent()[:1]) if p.is_file()), None)
    qt = QApplication.instance() or QApplication(["klscope"])
    assert isinstance(qt, QApplication)
    qt.setApplicationName("klscope")
    qt.setApplicationDisplayName("klscope")
    app = App(qt, settings, project, demo_folder)
    spare_the_collector(app)
    sys.excepthook = app.shell.surprise
    app.shell.show()
    return qt.exec()
