"""The library: adding sources, taking them away, finding in it."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtWidgets import QFileDialog

from compute.core.tables import Listing
from explorer.app.commands.group import Handler
from explorer.app.commands.texts import Texts
from explorer.bridge import questions
from explorer.state import library as lib

if TYPE_CHECKING:
    from explorer.app.build import App


class Sources:
    """A source is looked into by the pool; what it holds is listed, and its cost shown."""

    def __init__(self, app: App, texts: Texts) -> None:
        self._app, self._state, self._texts = app, app.state, texts

    def table(self) -> Mapping[str, Handler]:
        return {
            "library.add": self._add,
            "library.remove-source": self._remove,
            "library.find": lambda _: self._app.shell.find(),
        }

    def close(self) -> None:
        pass

    def _add(self, path: str | None) -> None:
        if path is None:
            path = QFileDialog.getExistingDirectory(self._app.shell, "Add a folder of checkpoints")
        if not path:
            return
        self._state.library.looking_into = path
        source = path
        self._app.desk.ask(
            "source", lambda: questions.look_into(source), self._added, self._not_added
        )

    def _added(self, listing: Listing) -> None:
        library = self._state.library
        library.looking_into = ""
        others = tuple(x for x in library.listings if x.source != listing.source)
        library.listings = (*others, listing)
        library.unticked = library.unticked | {
            leaf.key for leaf in lib.leaves(library) if leaf.status == "duplicate"
        }
        self._state.shell.page = "project"
        for note in listing.notes:
            self._app.shell.notify(note, "warn")
        self._texts.suggest(Path(listing.source))
        self._state.new_job.visible = True
        self._texts.count_cost()

    def _not_added(self, sentence: str) -> None:
        self._state.library.looking_into = ""
        self._app.shell.notify(sentence, "danger")

    def _remove(self, source: str) -> None:
        library = self._state.library
        library.listings = tuple(x for x in library.listings if x.source != source)
