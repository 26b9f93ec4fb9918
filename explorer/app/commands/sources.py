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
            "library.add-folder": lambda _: self._add_folder(),
            "library.add-cache": lambda _: self._look_into_cache(),
            "library.remove-source": self._remove,
            "library.find": lambda _: self._app.shell.find(),
        }

    def close(self) -> None:
        pass

    def _add(self, source: str | None) -> None:
        """A folder, or a name that ``compute.sources`` resolves; None = ask which kind."""
        if source is None:
            self._app.shell.ask_source()
        else:
            self._look_into((source,), _short(source))

    def _add_folder(self) -> None:
        shell = self._app.shell
        path = QFileDialog.getExistingDirectory(shell, "Add a folder of checkpoints")
        if path:
            self._look_into((path,), _short(path))

    def _look_into_cache(self) -> None:
        self._state.library.looking_into = "the Hugging Face cache"
        self._app.desk.ask("source", questions.look_into_cache, self._pick, self._not_added)

    def _pick(self, listing: Listing) -> None:
        self._state.library.looking_into = ""
        if not listing.checkpoints:
            self._app.shell.notify("The Hugging Face cache holds no models yet.", "warn")
            return
        self._app.shell.ask_models(listing, self._picked)

    def _picked(self, names: tuple[str, ...]) -> None:
        self._look_into(names, "the chosen models")

    def _look_into(self, names: tuple[str, ...], words: str) -> None:
        self._state.library.looking_into = words
        self._app.desk.ask(
            "source", lambda: questions.look_into(names), self._added, self._not_added
        )

    def _added(self, listings: tuple[Listing, ...]) -> None:
        library = self._state.library
        library.looking_into = ""
        library.listings = lib.joined(library.listings, listings)
        library.unticked = library.unticked | {
            leaf.key for leaf in lib.leaves(library) if leaf.status == "duplicate"
        }
        self._state.shell.page = "project"
        for note in (note for listing in listings for note in listing.notes):
            self._app.shell.notify(note, "warn")
        self._texts.suggest(Path(listings[0].source))
        self._state.new_job.visible = True
        self._texts.count_cost()

    def _not_added(self, sentence: str) -> None:
        self._state.library.looking_into = ""
        self._app.shell.notify(sentence, "danger")

    def _remove(self, source: str) -> None:
        library = self._state.library
        library.listings = tuple(x for x in library.listings if x.source != source)


def _short(source: str) -> str:
    return source.replace("\\", "/").rstrip("/").rsplit("/", 1)[-1]
