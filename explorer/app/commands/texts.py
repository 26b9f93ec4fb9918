"""The text set that new models are scored on, and what scoring would cost."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtWidgets import QFileDialog

from compute import store, texts
from compute.core.tables import FIRST_TEXTS, TextSet
from explorer.app.commands.group import Handler
from explorer.app.commands.project import example
from explorer.bridge import questions
from explorer.state import library as lib
from explorer.state.cost import Given, cost

if TYPE_CHECKING:
    from explorer.app.build import App

TEXTS = "Text sets (*.jsonl);;All files (*)"


class Texts:
    """``_size`` is (texts, bytes) of the chosen set."""

    def __init__(self, app: App) -> None:
        self._app, self._state = app, app.state
        self._size = (0, 0)
        self._bytes_per_token = 0.0
        app.session.opened.connect(self._use_project)
        events, new = self._state.library.events, self._state.new_job.events
        self._signals = (
            events.unticked, events.entries, events.listings, events.queued,
            new.device, new.dtype, new.options, new.speeds, new.visible,
        )  # fmt: skip
        for signal in self._signals:
            signal.connect(self.count_cost, max_args=0)

    def table(self) -> Mapping[str, Handler]:
        return {"texts.choose": self._choose}

    def close(self) -> None:
        self._app.session.opened.disconnect(self._use_project)
        for signal in self._signals:
            signal.disconnect(self.count_cost)

    def suggest(self, folder: Path) -> None:
        """The set beside the checkpoints, else the example's texts; nothing when one is chosen."""
        if self._state.shell.project or self._state.new_job.texts:
            return
        beside = [p for p in (folder / "texts.jsonl", folder.parent / "texts.jsonl") if p.is_file()]
        if beside:
            self._choose(str(beside[0]))
        elif example() is not None:
            self._choose(str(example()))

    def count_cost(self) -> None:
        """Say what scoring the ticked checkpoints would cost, while somebody looks."""
        new = self._state.new_job
        if not new.visible:
            return
        chosen = lib.leaves_to_score(self._state.library)
        entries, rule = self._state.library.entries, self._state.library.rule
        new.project_rule = rule
        new.n_of_rule = sum(e.bos == rule and e.n_scored > 0 for e in entries) if rule else 0
        n_texts, n_bytes = self._size
        given = Given(
            n_texts,
            n_bytes,
            self._bytes_per_token,
            1 if new.options.one_visit or n_texts <= FIRST_TEXTS else 2,
            new.device,
            new.dtype,
            n_ways=1 + len(new.options.quantize),
            layers=bool(new.options.layers),
        )
        new.cost = cost(chosen, given, new.speeds)
        if not chosen:
            new.problem = "Nothing to score. Tick checkpoints that are not scored yet."
        elif not n_texts:
            new.problem = "Choose a text set first."
        else:
            new.problem = ""

    def _use_project(self) -> None:
        shell, new = self._state.shell, self._state.new_job
        new.texts, new.texts_fixed = "", True
        new.texts_label = f"The {shell.n_total:,} texts of this project"
        self._size = (shell.n_total, round(shell.n_total * shell.mean_bytes))
        self._bytes_per_token = 0.0
        path = self._app.session.path
        if path is not None:
            self._app.desk.ask("tokens", lambda: questions.bytes_per_token(path), self._know_tokens)
        self.count_cost()

    def _know_tokens(self, found: float) -> None:
        self._bytes_per_token = found
        self.count_cost()

    def _choose(self, path: str | None) -> None:
        if path is None:
            path, _ = QFileDialog.getOpenFileName(self._app.shell, "Choose a text set", "", TEXTS)
        if not path:
            return
        chosen, folder = Path(path), self._app.data_folder()
        self._app.desk.ask("texts", lambda: _texts_of(chosen, folder), self._chosen, self._refused)

    def _refused(self, sentence: str) -> None:
        self._state.new_job.problem = sentence
        self._app.shell.notify(sentence, "danger")

    def _chosen(self, found: tuple[Path, TextSet, str]) -> None:
        path, text_set, label = found
        new = self._state.new_job
        new.texts, new.texts_fixed, new.texts_label = str(path), False, label
        self._size = (len(text_set), int(text_set.n_bytes.sum()))
        self._bytes_per_token = 0.0
        self.count_cost()


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
