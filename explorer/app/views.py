"""The views beside the map: made when they are first shown, renewed with the project."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject

from explorer import plots
from explorer.bridge.plots import Plots
from explorer.plots.host import Host
from explorer.plots.widget import Parts

if TYPE_CHECKING:
    from explorer.app.build import App


class Views(QObject):
    """Gives the stage a page when it wants one, and every view what it asks for."""

    def __init__(self, app: App) -> None:
        super().__init__(app)
        self._app, self._state = app, app.state
        self._kinds = {kind.id: kind for kind in plots.KINDS}
        self._hosts: dict[str, Host] = {}
        self._plots = Plots(app.desk, self)
        self._plots.renewed.connect(self._renew)
        app.session.loaded.connect(self._plots.set_loaded)
        app.session.leaving.connect(partial(self._plots.set_loaded, None))
        stage = app.shell.centre.stage
        stage.wanted.connect(self._make)
        stage.shown.connect(self._on_shown)
        app.shell.set_sideless([k.id for k in plots.KINDS if k.side == "none"])
        stage.refresh()

    def host(self, view: str = "") -> Host | None:
        """The frame of a view, "" = of the one in use; None = the map, or one never shown."""
        return self._hosts.get(view or self._state.views.current)

    def _make(self, view: str) -> None:
        if view not in self._kinds or view in self._hosts:
            return
        kind, s = self._kinds[view], self._state
        ask = partial(self._plots.ask, view)
        parts = Parts(kind, s.plots[view], ask, s.shell, s.views, s.library, s.selection, s.filter,
                      s.timeline, s.map)  # fmt: skip
        host = Host(parts, partial(self._plots.prepare, view))
        self._hosts[view] = host
        host.command.connect(self._app.shell.run)
        host.made.connect(partial(self._add_side, host))
        host.titled.connect(partial(self._app.shell.reader.set_title, view))
        self._app.shell.adopt(host)
        self._app.shell.centre.stage.add_page(view, host)
        host.renew(self._plots.why_empty, there=self._plots.source is not None)

    def _add_side(self, host: Host) -> None:
        self._app.shell.adopt(host)
        side = host.view.side() if host.view is not None else None
        if side is not None:
            self._app.shell.reader.add_side(host.kind.id, host.kind.title, side)
            self._app.shell.adopt(self._app.shell.reader)

    def _on_shown(self, visible: tuple[str, ...]) -> None:
        for view, host in self._hosts.items():
            host.set_shown(shown=view in visible)

    def _renew(self) -> None:
        for host in self._hosts.values():
            host.renew(self._plots.why_empty, there=self._plots.source is not None)

    def close(self) -> None:
        """End every view's connections."""
        session, stage = self._app.session, self._app.shell.centre.stage
        session.loaded.disconnect(self._plots.set_loaded)
        stage.wanted.disconnect(self._make)
        stage.shown.disconnect(self._on_shown)
        for host in self._hosts.values():
            host.close()
