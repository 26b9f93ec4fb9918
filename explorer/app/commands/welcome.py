"""The welcome page: the example in motion, and a sentence about this computer."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from compute.core.errors import KlscopeError
from explorer.app.commands.group import Handler
from explorer.app.commands.project import example
from explorer.bridge import questions

if TYPE_CHECKING:
    from explorer.app.build import App
    from explorer.canvas.widget import MapWidget


class Welcome:
    """What the page shows goes as soon as another page is there."""

    def __init__(self, app: App) -> None:
        self._app, self._state = app, app.state
        self._preview: MapWidget | None = None
        self._state.shell.events.page.connect(self._on_page)

    def table(self) -> Mapping[str, Handler]:
        return {}

    def close(self) -> None:
        self._state.shell.events.page.disconnect(self._on_page)
        self._close_preview()

    def _on_page(self, page: str) -> None:
        if page != "welcome":
            self._close_preview()

    def preview_example(self) -> None:
        """Show the example, playing, on the welcome page."""
        path = example()
        if path is None:
            return
        self._app.desk.ask(
            "preview", lambda: _picture_of(path), self._show_preview, lambda _sentence: None
        )

    def _show_preview(self, tables: Any) -> None:
        from explorer.canvas.widget import MapWidget
        from explorer.state.map import MapState, SelectionState, TimelineState
        from explorer.theme.tokens import THEMES

        if self._state.shell.page != "welcome":
            return
        timeline = TimelineState()
        self._preview = MapWidget(MapState(), SelectionState(), timeline, THEMES["dark"])
        self._preview.set_plain(plain=True)
        self._preview.set_tables(tables)
        self._app.shell.welcome.set_preview(self._preview, timeline, tables)

    def _close_preview(self) -> None:
        if self._preview is not None:
            self._app.shell.welcome.set_preview(None)
            self._preview.close()
            self._preview.deleteLater()
            self._preview = None

    def examine_machine(self) -> None:
        """One sentence about this computer for the welcome page."""
        self._app.desk.ask(
            "machine",
            lambda: (questions.machine(), questions.devices()),
            self._show_machine,
            lambda _sentence: None,
        )

    def _show_machine(self, found: tuple[str, tuple[tuple[str, str], ...]]) -> None:
        sentence, self._state.new_job.devices = found
        self._app.shell.set_machine(sentence)


def _picture_of(path: Path) -> Any:
    """Tables of a project's default map: the cached t-SNE, else PCA."""
    from compute.core.specs import EmbedSpec
    from explorer.state.map import Links, MapTables

    loaded = questions.load(path, "clip2", None)
    if loaded.prepared is None:
        raise KlscopeError(loaded.why_empty)
    spec = EmbedSpec(project=str(path), entries=loaded.prepared.ids)
    request = questions.PictureRequest(path, loaded.prepared, spec)
    found = questions.picture(request).embedding
    assert found is not None  # asked for at once
    by_id = {e.id: e for e in loaded.entries}
    row = {e.id: r for r, e in enumerate(loaded.entries)}
    return MapTables(
        tuple(by_id[i] for i in found.ids),
        found.coords,
        loaded.bits_per_byte[[row[i] for i in found.ids]],
        found.params,
        found.info,
        loaded.links if found.ids == spec.entries else Links(),
    )
