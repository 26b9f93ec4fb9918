"""Why two models differ, in the window: tokens on demand, a preview that every view follows, undo.

With ``KLSCOPE_PICTURES=folder`` it leaves a picture of the screen at every station there.
"""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from PySide6.QtGui import QGuiApplication

from compute import sources, store
from compute.analysis.runs import runs_of
from compute.core.control import Control
from compute.core.specs import ScoreSpec
from compute.jobs.score import score
from explorer.app.build import App
from explorer.bridge.settings import Settings
from explorer.plots.texts.view import TextsView
from explorer.state.selection import choose

pytestmark = pytest.mark.gl
LONG = 90_000


@pytest.fixture
def project(suite, tmp_path) -> Path:
    """The small suite, scored without tokens."""
    path = tmp_path / "suite.h5"
    found = sources.resolve(str(suite)).checkpoints
    spec = ScoreSpec(str(path), found, texts=str(suite / "texts.jsonl"), n_threads=1)
    score(spec, lambda _event: None, Control())
    return path


@pytest.fixture
def app(qapp, qtbot, tmp_path, project):
    made = App(qapp, Settings(tmp_path / "settings.json"), project, tmp_path / "demo")
    made.shell.resize(1280, 800)
    with qtbot.waitSignal(made.ready, timeout=LONG):
        made.shell.show()
    qtbot.waitUntil(lambda: bool(made.session.current.entries), timeout=LONG)
    yield made
    made.shell.close()
    made.dispose()


def picture(app: App, name: str) -> None:
    if folder := os.environ.get("KLSCOPE_PICTURES"):
        taken = QGuiApplication.primaryScreen().grabWindow(app.shell.winId())
        taken.save(str(Path(folder) / f"texts-{name}.png"))


def test_that_tokens_are_scored_on_demand_and_a_preview_is_followed(app, qtbot, project) -> None:
    def run(command: str, argument: object = None) -> None:
        app.shell.command.emit(command, argument)

    def until(done) -> None:
        qtbot.waitUntil(done, timeout=LONG)

    def view() -> TextsView | None:
        return app.shell.findChild(TextsView)

    run("show.texts")
    until(lambda: view() is not None and view()._why is not None)
    texts = view()
    lasts = [run_.ids[-1] for run_ in runs_of(app.session.current.entries)]
    choose(app.state.selection, lasts)
    until(lambda: {e.id for e in texts.entries} == set(lasts))
    until(lambda: texts.reader._absent.isVisible())
    picture(app, "1-without-tokens")

    texts.reader._absent._button.click()
    until(lambda: all(store.has_tokens(project, i) for i in lasts))
    until(lambda: len(texts.reader.page._stretches) > 20 and not texts.reader.page._plain)
    assert texts.reader.page._stretches[1].a < 0
    until(lambda: [row.status for row in app.state.jobs.rows] == ["done"])
    picture(app, "2-with-tokens")

    n_texts, before = app.state.shell.n_texts, texts._why.kl
    texts.list._toggle(0)
    assert len(app.state.plots["texts"].options["dropped"]) == 1
    texts.foot.preview.click()
    until(lambda: app.state.shell.n_texts == n_texts - 1)
    assert app.state.shell.recipe == "clip2 without 1 text"
    assert app.state.views.right == "map"
    until(lambda: texts._why.previews)
    assert texts._why.kl != before
    until(lambda: app.session.current.info.get("recipe") == app.state.shell.recipe)
    assert "clip2 without 1 text" not in store.read(project).recipes
    picture(app, "3-preview")

    run("recipe.keep", "kept")
    until(lambda: "kept" in store.read(project).recipes)
    assert len(store.read(project).recipes["kept"].dropped_texts) == 1
    until(lambda: not texts._why.previews)

    while app.state.shell.recipe != "clip2":
        assert app.state.history.undo
        run("history.undo")
    until(lambda: app.state.shell.n_texts == n_texts)
    until(lambda: texts._why.kl == pytest.approx(before))

    app.state.views.current = "texts"
    run("views.join")
    until(lambda: not texts.reader.page._plain)
    for ending in ("png", "svg", "pdf", "csv"):
        target = project.parent / f"view.{ending}"
        run("views.export", str(target))
        until(target.exists)
        assert target.stat().st_size > 1000
    picture_ = (project.parent / "view.svg").read_text()
    assert "How many texts does it take?" in picture_
    assert texts.reader._title.whole in picture_
    first = (project.parent / "view.csv").read_text()
    assert texts._why.texts.ids[texts.list.rows.listed.text_at(0)] in first
