"""What each command of the window does. Ids are those of ``explorer.actions``."""

from __future__ import annotations

import itertools
import shutil
from pathlib import Path
from typing import TYPE_CHECKING, Any

from PySide6.QtCore import QObject
from PySide6.QtWidgets import QFileDialog

from compute import store, texts
from compute.core.assets import asset
from compute.core.errors import KlscopeError
from compute.core.tables import Checkpoint, Listing, TextSet
from explorer.bridge import questions
from explorer.state import library as lib
from explorer.state.selection import select

if TYPE_CHECKING:
    from explorer.app.build import App
    from explorer.canvas.widget import MapWidget

PROJECTS = "klscope projects (*.h5 *.hdf5);;All files (*)"
TEXTS = "Text sets (*.jsonl);;All files (*)"


class Commander(QObject):
    """One method per command; :meth:`execute` finds it in a table."""

    def __init__(self, app: App) -> None:
        super().__init__(app)
        self._app = app
        self._state = app.state
        self._text_set: tuple[str, int, int] = ("", 0, 0)
        self._preview: MapWidget | None = None
        self._table = self._commands()
        app.session.opened.connect(self._on_opened)
        events = self._state.library.events
        events.unticked.connect(self._count_cost)
        events.entries.connect(self._count_cost)
        events.listings.connect(self._count_cost)

    def close(self) -> None:
        events = self._state.library.events
        for signal in (events.unticked, events.entries, events.listings):
            signal.disconnect(self._count_cost)
        self._close_preview()

    def execute(self, command: str, argument: Any = None) -> None:
        """Run a command by id. An error it raises is shown as one sentence."""
        try:
            self._table[command](argument)
        except KlscopeError as e:
            self._app.shell.notify(e.message, "danger")

    def _commands(self) -> dict[str, Any]:
        work = self._app.work
        return {
            "project.open": self._open,
            "project.example": lambda _: self.open_project(asset("example.h5")),
            "library.add": self._add,
            "library.remove-source": self._remove_source,
            "job.new": lambda _: self._show_new_job(),
            "job.start": lambda _: self._start_job(),
            "job.cancel": work.cancel,
            "job.pause": work.pause,
            "job.continue": work.go_on,
            "job.resume": work.again,
            "job.log": lambda job: self._app.shell.show_log(work.log(job)),
            "jobs.toggle": lambda _: self._toggle_jobs(),
            "suite.grow": lambda _: self._grow(),
            "texts.choose": self._choose_texts,
            "view.theme": self._theme,
            "map.reset": lambda _: self._map().reset_view(),
            "map.dims": lambda _: self._toggle_dims(),
            "map.picture": self._save_picture,
            "timeline.play": lambda _: self._toggle_play(),
            "timeline.forward": lambda n: self._app.shell.timeline.step(n or 1),
            "timeline.back": lambda n: self._app.shell.timeline.step(-(n or 1)),
            "timeline.start": lambda _: self._app.shell.timeline.go_to_start(),
            "timeline.end": lambda _: self._app.shell.timeline.go_to_end(),
            "selection.clear": lambda _: self._select(""),
            "library.find": lambda _: self._app.shell.find(),
            "help.keys": lambda _: self._app.shell.show_keys(),
            "app.quit": lambda _: self._app.shell.close(),
        }

    # -- projects ---------------------------------------------------------------------------------

    def _open(self, path: str | None) -> None:
        if path is None:
            path, _ = QFileDialog.getOpenFileName(self._app.shell, "Open a project", "", PROJECTS)
        if path:
            self.open_project(Path(path))

    def open_project(self, path: Path) -> None:
        """Open it in the window and remember it; what is shown stays until it can be read."""
        self._app.session.open(path)

    def _on_opened(self, path: str) -> None:
        self._close_preview()
        self._state.shell.page = "project"
        select(self._state.selection, "")
        self._state.timeline.at = float("inf")
        if Path(path) != self._example():
            self._state.shell.recent = self._app.settings.remember_project(path)
        self._use_project_texts()

    def _example(self) -> Path | None:
        try:
            return asset("example.h5")
        except KlscopeError:
            return None

    def preview_example(self) -> None:
        """Show the example, playing, on the welcome page."""
        path = self._example()
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

    # -- sources ----------------------------------------------------------------------------------

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
        self._close_preview()
        self._state.shell.page = "project"
        for note in listing.notes:
            self._app.shell.notify(note, "warn")
        self._suggest_texts(Path(listing.source))
        self._show_new_job()

    def _not_added(self, sentence: str) -> None:
        self._state.library.looking_into = ""
        self._app.shell.notify(sentence, "danger")

    def _remove_source(self, source: str) -> None:
        library = self._state.library
        library.listings = tuple(x for x in library.listings if x.source != source)

    # -- texts ------------------------------------------------------------------------------------

    def _use_project_texts(self) -> None:
        shell, new = self._state.shell, self._state.new_job
        new.texts, new.texts_fixed = "", True
        new.texts_label = f"The {shell.n_total:,} texts of this project"
        self._text_set = ("", shell.n_total, round(shell.n_total * shell.mean_bytes))
        self._count_cost()

    def _suggest_texts(self, folder: Path) -> None:
        """The set beside the checkpoints, else the example's texts; nothing when one is chosen."""
        if self._state.shell.project or self._state.new_job.texts:
            return
        beside = [p for p in (folder / "texts.jsonl", folder.parent / "texts.jsonl") if p.is_file()]
        if beside:
            self._choose_texts(str(beside[0]))
        elif self._example() is not None:
            self._choose_texts(str(self._example()))

    def _choose_texts(self, path: str | None) -> None:
        if path is None:
            path, _ = QFileDialog.getOpenFileName(self._app.shell, "Choose a text set", "", TEXTS)
        if not path:
            return
        chosen = Path(path)
        folder = self._app.data_folder()
        self._app.desk.ask(
            "texts",
            lambda: _texts_of(chosen, folder),
            self._texts_chosen,
            self._texts_refused,
        )

    def _texts_refused(self, sentence: str) -> None:
        self._state.new_job.problem = sentence
        self._app.shell.notify(sentence, "danger")

    def _texts_chosen(self, found: tuple[Path, TextSet, str]) -> None:
        path, text_set, label = found
        new = self._state.new_job
        new.texts, new.texts_fixed, new.texts_label = str(path), False, label
        self._text_set = (str(path), len(text_set), int(text_set.n_bytes.sum()))
        self._count_cost()

    # -- jobs -------------------------------------------------------------------------------------

    def _show_new_job(self) -> None:
        self._state.new_job.visible = True
        self._count_cost()

    def _count_cost(self) -> None:
        new = self._state.new_job
        if not new.visible:
            return
        chosen = lib.to_score(self._state.library)
        entries, rule = self._state.library.entries, self._state.library.rule
        new.project_rule = rule
        new.n_of_rule = sum(e.bos == rule and e.n_scored > 0 for e in entries) if rule else 0
        sizes = [c.n_params for c in chosen if c.n_params > 0]
        _, n_texts, n_bytes = self._text_set
        mean = sum(sizes) / len(sizes) if sizes else -1
        new.cost = questions.cost(len(chosen), mean, n_texts, n_bytes)
        if not chosen:
            new.problem = "Nothing to score. Tick checkpoints that are not scored yet."
        elif not n_texts:
            new.problem = "Choose a text set first."
        else:
            new.problem = ""

    def _start_job(self) -> None:
        self._ask_trust(lib.to_score(self._state.library))

    def _ask_trust(self, checkpoints: tuple[Checkpoint, ...]) -> None:
        """One question per model with code of its own; what is refused is left out."""
        new = self._state.new_job
        waiting = lib.untrusted(checkpoints, new.trusted)
        if not waiting:
            self._score(checkpoints)
            return
        model = waiting[0]

        def answer(allowed: bool) -> None:
            if allowed:
                new.trusted = (*new.trusted, *model.paths)
                self._ask_trust(checkpoints)
            else:
                self._ask_trust(tuple(c for c in checkpoints if c.path not in model.paths))

        self._app.shell.ask_consent(model, answer)

    def _score(self, checkpoints: tuple[Checkpoint, ...]) -> None:
        if not checkpoints:
            return
        project = self._writable_project()
        if project is None:
            return
        self._state.new_job.visible = False
        self._app.work.score(project, self._state.new_job.texts, checkpoints)

    def _writable_project(self) -> Path | None:
        """The open project, or a new file the user names; a copy of the bundled example."""
        current = self._app.session.path
        if current is not None and current != self._example():
            return current
        name = "models.h5" if current is None else "example-and-mine.h5"
        path, _ = QFileDialog.getSaveFileName(
            self._app.shell, "Save the project as", name, PROJECTS
        )
        if not path:
            return None
        target = Path(path if path.endswith((".h5", ".hdf5")) else path + ".h5")
        if current is not None:
            shutil.copyfile(current, target)
            self.open_project(target)
        return target

    def _grow(self) -> None:
        """Score a small suite now, on the example's texts, in a copy of the example."""
        folder = self._app.demo_folder or self._app.data_folder() / "demo"
        self._app.desk.ask("demo", lambda: _demo_copy(folder, self._example()), self._grow_into)

    def _grow_into(self, project: Path) -> None:
        self.open_project(project)
        self._app.work.grow(project, project.parent / "suite")

    def _toggle_jobs(self) -> None:
        self._state.jobs.open = not self._state.jobs.open

    # -- view -------------------------------------------------------------------------------------

    def _map(self) -> MapWidget:
        assert self._app.map is not None
        return self._app.map

    def _theme(self, name: str | None) -> None:
        shell = self._state.shell
        shell.theme = name or ("light" if shell.theme == "dark" else "dark")

    def _toggle_dims(self) -> None:
        self._state.map.dims = 5 - self._state.map.dims

    def _toggle_play(self) -> None:
        self._state.timeline.playing = not self._state.timeline.playing

    def _select(self, entry: str) -> None:
        select(self._state.selection, entry)

    def _save_picture(self, path: str | None) -> None:
        if path is None:
            path, _ = QFileDialog.getSaveFileName(
                self._app.shell, "Save the picture", "map.png", "Pictures (*.png)"
            )
        if not path:
            return
        target = path if path.lower().endswith(".png") else path + ".png"
        view = self._map()
        if view.image(view.width(), view.height(), 2.0).save(target, "PNG"):
            self._app.shell.notify(f"Saved {Path(target).name}.", "ok")
        else:
            self._app.shell.notify(f"{target} could not be written. Choose another folder.", "warn")


def _picture_of(path: Path) -> Any:
    """Tables of a project's default map: the cached t-SNE, else PCA."""
    from compute.core.specs import EmbedSpec
    from explorer.state.map import MapTables

    loaded = questions.load(path, "clip2", frozenset())
    if loaded.prepared is None:
        raise KlscopeError(loaded.why_empty)
    spec = EmbedSpec(project=str(path), entries=loaded.prepared.ids)
    found = questions.picture(path, loaded.prepared, spec).embedding
    assert found is not None  # asked for at once
    by_id = {e.id: e for e in loaded.entries}
    row = {e.id: r for r, e in enumerate(loaded.entries)}
    return MapTables(
        tuple(by_id[i] for i in found.ids),
        found.coords,
        loaded.bits_per_byte[[row[i] for i in found.ids]],
        found.params,
        found.info,
    )


def _texts_of(path: Path, folder: Path) -> tuple[Path, TextSet, str]:
    """A text set from JSONL, or the texts of a project written out as JSONL."""
    if path.suffix in (".h5", ".hdf5"):
        text_set = store.read(path).texts
        out = folder / f"texts-{text_set.digest[:12]}.jsonl"
        if not out.exists():
            folder.mkdir(parents=True, exist_ok=True)
            texts.write_texts(text_set, out)
        return out, text_set, f"The example's {len(text_set):,} texts"
    text_set = texts.read_texts(path)
    return path, text_set, f"{path.name}, {len(text_set):,} texts"


def _demo_copy(folder: Path, example: Path | None) -> Path:
    """A new copy of the example that a suite may join; older ones are left alone."""
    if example is None:
        raise KlscopeError("the bundled example is missing", advice="Install klscope again")
    try:
        folder.mkdir(parents=True, exist_ok=True)
        numbers = (n for n in itertools.count(1) if not (folder / f"live-{n}").exists())
        home = folder / f"live-{next(numbers)}"
        home.mkdir()
        shutil.copyfile(example, home / "live.h5")
    except OSError as e:
        raise KlscopeError(
            e.strerror or str(e),
            tried=f"Making a copy of the example in {folder}",
            advice="Free some room there, or start klscope in another folder",
        ) from e
    return home / "live.h5"
