"""Starting jobs and steering them."""

from __future__ import annotations

import itertools
import shutil
from collections.abc import Callable, Mapping
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from compute import store
from compute.core.errors import KlscopeError
from compute.core.tables import Checkpoint, Entry
from explorer.app.commands.group import Handler
from explorer.app.commands.project import Projects, example
from explorer.app.commands.texts import Texts
from explorer.bridge.origins import checkpoints_of
from explorer.state import library as lib

if TYPE_CHECKING:
    from explorer.app.build import App


class Jobs:
    """The work itself is done by ``app.work``; here it is asked for."""

    def __init__(self, app: App, texts: Texts, projects: Projects) -> None:
        self._app, self._state = app, app.state
        self._texts, self._projects = texts, projects

    def table(self) -> Mapping[str, Handler]:
        work = self._app.work
        return {
            "job.new": lambda _: self._show_new(),
            "job.start": lambda _: self._ask_trust(lib.to_score(self._state.library), self._score),
            "job.cancel": work.cancel,
            "job.pause": work.pause,
            "job.continue": work.go_on,
            "job.resume": work.again,
            "job.move": work.move,
            "job.log": lambda job: self._app.shell.show_log(work.log(job)),
            "jobs.toggle": lambda _: self._toggle(),
            "jobs.show": lambda _: setattr(self._state.jobs, "open", True),
            "suite.grow": lambda _: self._grow(),
            "job.tokens": self._score_tokens,
            "job.weights": self._measure_weights,
            "recipe.keep": self._keep_recipe,
        }

    def close(self) -> None:
        pass

    def _show_new(self) -> None:
        self._state.new_job.visible = True
        self._texts.count_cost()

    def _ask_trust(
        self, checkpoints: tuple[Checkpoint, ...], then: Callable[[tuple[Checkpoint, ...]], None]
    ) -> None:
        """One question per model with code of its own; what is refused is left out."""
        new = self._state.new_job
        waiting = lib.untrusted(checkpoints, new.trusted)
        if not waiting:
            then(checkpoints)
            return
        model = waiting[0]

        def answer(allowed: bool) -> None:
            if allowed:
                new.trusted = (*new.trusted, *model.paths)
                self._ask_trust(checkpoints, then)
            else:
                kept = tuple(c for c in checkpoints if c.path not in model.paths)
                self._ask_trust(kept, then)

        self._app.shell.ask_consent(model, answer)

    def _score(self, checkpoints: tuple[Checkpoint, ...]) -> None:
        if not checkpoints:
            return
        project = self._projects.writable()
        if project is None:
            return
        self._state.new_job.visible = False
        self._app.work.score(project, self._state.new_job.texts, checkpoints)

    def _score_tokens(self, ids: object) -> None:
        """Score these entries once more with tokens, from where they came from."""
        assert isinstance(ids, (tuple, list))
        entries = tuple(e for e in self._state.library.entries if e.id in ids)
        self._app.desk.ask(
            "origins",
            lambda: checkpoints_of(entries),
            lambda found: self._found_origins(entries, found),
            lambda sentence: self._app.shell.notify(sentence, "danger"),
        )

    def _found_origins(self, entries: tuple[Entry, ...], found: tuple[Checkpoint, ...]) -> None:
        ways = {c: (e.dtype, e.bos) for e, c in zip(entries, found, strict=True)}
        self._ask_trust(found, lambda allowed: self._score_as({c: ways[c] for c in allowed}))

    def _score_as(self, ways: Mapping[Checkpoint, tuple[str, str]]) -> None:
        """One job for each way of scoring: a row is known again by its dtype and BOS rule."""
        project = self._projects.writable() if ways else None
        if project is None:
            return
        for way in dict.fromkeys(ways.values()):
            some = tuple(c for c, own in ways.items() if own == way)
            self._app.work.score_tokens(project, some, *way)

    def _measure_weights(self, runs: object) -> None:
        """Read the weights of these runs once, from where they were scored."""
        assert isinstance(runs, (tuple, list))
        project = self._projects.writable() if runs else None
        if project is not None:
            self._app.work.measure_weights(project, tuple(runs))

    def _keep_recipe(self, name: str | None) -> None:
        """Write the recipe in use, which is in no file, into the project under a name."""
        shell = self._state.shell
        held = next((r for r in shell.held if r.name == shell.recipe), None)
        if held is None:
            return
        if name is None:
            self._app.shell.ask_name("Keep as a recipe", held.name, "Keep", self._keep_recipe)
            return
        project = self._projects.writable()
        if project is None:
            return
        kept = replace(held, name=name)
        if project == self._app.session.path and name not in shell.recipes:
            shell.held = (*shell.held, kept)
            shell.recipes = (*shell.recipes, name)
            shell.recipe = name
        self._app.work.keep_recipe(project, kept)

    def _grow(self) -> None:
        """Score a small suite now, on the example's texts, in a copy of the example."""
        folder = self._app.demo_folder or self._app.data_folder() / "demo"
        self._app.desk.ask("demo", lambda: _demo_copy(folder, example()), self._grow_into)

    def _grow_into(self, project: Path) -> None:
        self._projects.open(project)
        self._app.work.grow(project, project.parent / "suite")

    def _toggle(self) -> None:
        self._state.jobs.open = not self._state.jobs.open


def _demo_copy(folder: Path, original: Path | None) -> Path:
    """A new copy of the example that a suite may join; older ones are left alone."""
    if original is None:
        raise KlscopeError("the bundled example is missing", advice="Install klscope again")
    try:
        folder.mkdir(parents=True, exist_ok=True)
        numbers = (n for n in itertools.count(1) if not (folder / f"live-{n}").exists())
        home = folder / f"live-{next(numbers)}"
        home.mkdir()
        shutil.copyfile(original, home / "live.h5")
        store.copy_tokens(original, home / "live.h5")
    except OSError as e:
        raise KlscopeError(
            e.strerror or str(e),
            tried=f"Making a copy of the example in {folder}",
            advice="Free some room there, or start klscope in another folder",
        ) from e
    return home / "live.h5"
