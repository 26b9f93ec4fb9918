"""Help: commands and keys, the tour, this computer."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from compute.core.assets import asset
from explorer.actions.registry import sheet
from explorer.app.commands.group import Handler
from explorer.app.commands.project import Projects
from explorer.bridge.doctor import Doctor

if TYPE_CHECKING:
    from explorer.app.build import App
    from explorer.panels.dialogs import DoctorDialog


class Help:
    """Commands that explain."""

    def __init__(self, app: App, projects: Projects) -> None:
        self._app, self._state, self._projects = app, app.state, projects
        self._doctor = Doctor(app)
        self._dialog: DoctorDialog | None = None
        self._tour_waits = False
        self._doctor.report.connect(self._show_report)
        self._doctor.problem.connect(self._show_problem)
        app.session.opened.connect(self._on_opened)

    def table(self) -> Mapping[str, Handler]:
        return {
            "help.keys": lambda _: self._show_keys(),
            "help.tour": lambda _: self._tour(),
            "help.doctor": lambda _: self._examine(),
        }

    def close(self) -> None:
        self._doctor.close()
        self._app.session.opened.disconnect(self._on_opened)

    def _show_keys(self) -> None:
        self._app.shell.show_keys(sheet(self._app.registry.commands(self._state)))

    # -- tour -------------------------------------------------------------------------------------

    def _tour(self) -> None:
        """On the open project; on the example when there is none."""
        if self._state.shell.page == "project" and self._app.session.path is not None:
            self._show_tour()
        else:
            self._tour_waits = True
            self._projects.open(asset("example.h5"))

    def _on_opened(self) -> None:
        if self._tour_waits:
            self._tour_waits = False
            self._show_tour()

    def _show_tour(self) -> None:
        guide = self._app.shell.show_tour()
        guide.ended.connect(lambda: setattr(self._state.preferences, "toured", True))

    # -- this computer ----------------------------------------------------------------------------

    def _examine(self) -> None:
        self._dialog = self._app.shell.show_doctor()
        self._dialog.finished.connect(self._forget_dialog)
        self._doctor.start()

    def _forget_dialog(self) -> None:
        self._dialog = None

    def _show_report(self, report: dict[str, Any]) -> None:
        if self._dialog is not None:
            self._dialog.show_report(report)

    def _show_problem(self, sentence: str) -> None:
        if self._dialog is not None:
            self._dialog.show_problem(sentence)
