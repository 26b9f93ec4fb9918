"""The main job, as a person does it: add a folder, choose texts, score, watch the map."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import pytest

from compute import store
from explorer.app.build import App
from explorer.bridge.settings import Settings
from explorer.panels.dialogs import ConsentDialog

pytestmark = pytest.mark.gl
LONG = 90_000


@pytest.fixture
def app(qapp, qtbot, tmp_path):
    made = App(qapp, Settings(tmp_path / "settings.json"), None, tmp_path / "demo")
    with qtbot.waitSignal(made.ready, timeout=LONG):
        made.shell.show()
    yield made
    made.shell.close()
    made.dispose()


def add(app: App, qtbot, folder: Path) -> None:
    app.shell.command.emit("library.add", str(folder))
    qtbot.waitUntil(lambda: bool(app.state.library.listings), timeout=LONG)
    qtbot.waitUntil(lambda: bool(app.state.new_job.texts), timeout=LONG)


def start(app: App, project: Path, monkeypatch) -> None:
    chosen = (str(project), "")
    monkeypatch.setattr("PySide6.QtWidgets.QFileDialog.getSaveFileName", lambda *_a, **_k: chosen)
    app.shell.command.emit("job.start", None)


def statuses(app: App) -> list[str]:
    return [row.status for row in app.state.jobs.rows]


def test_that_a_folder_becomes_a_map(app, suite, qtbot, tmp_path, monkeypatch) -> None:
    project = tmp_path / "mine.h5"
    add(app, qtbot, suite)
    assert app.state.new_job.visible
    assert app.state.new_job.cost.n_texts == 24
    n = app.state.new_job.cost.n_checkpoints
    start(app, project, monkeypatch)
    qtbot.waitUntil(lambda: statuses(app) == ["done"], timeout=LONG)
    qtbot.waitUntil(lambda: len(app.session.current.entries) == n, timeout=LONG)
    qtbot.waitUntil(lambda: not app.state.map.live, timeout=LONG)
    snapshot = store.read(project)
    assert {e.status for e in snapshot.entries} == {"done"}
    qtbot.waitUntil(lambda: not app.state.shell.provisional, timeout=LONG)

    app.shell.command.emit("map.dims", None)
    qtbot.waitUntil(lambda: app.session.current.coords.shape[1] == 3, timeout=LONG)
    chosen = app.session.current.entries[-1]
    with qtbot.waitSignal(app.session.model, timeout=LONG) as shown:
        app.state.selection.selected = chosen.id
    assert shown.args[0].entry == chosen
    assert len(shown.args[0].neighbours) == 5
    picture = app.map.image(400, 300)
    assert (picture.width(), picture.height()) == (400, 300)


def test_that_a_cancelled_job_can_be_resumed(app, suite, qtbot, tmp_path, monkeypatch) -> None:
    project = tmp_path / "mine.h5"
    add(app, qtbot, suite)
    start(app, project, monkeypatch)
    job = app.state.jobs.rows[0].id
    qtbot.waitUntil(lambda: app.state.jobs.rows[0].fraction > 0, timeout=LONG)
    app.shell.command.emit("job.cancel", job)
    qtbot.waitUntil(lambda: statuses(app) == ["cancelled"], timeout=LONG)
    assert store.read(project).entries
    app.shell.command.emit("job.resume", job)
    qtbot.waitUntil(lambda: statuses(app) == ["done"], timeout=LONG)
    assert {e.status for e in store.read(project).entries} == {"done"}


def test_that_one_bad_checkpoint_is_named_and_the_rest_is_scored(
    app, suite, qtbot, tmp_path, monkeypatch
) -> None:
    copy = tmp_path / "copy"
    shutil.copytree(suite, copy)
    weights = next(copy.glob("*seed0/step4/*.safetensors"))
    weights.write_bytes(weights.read_bytes()[:1000])
    project = tmp_path / "mine.h5"
    add(app, qtbot, copy)
    start(app, project, monkeypatch)
    qtbot.waitUntil(lambda: statuses(app) == ["done"], timeout=LONG)
    broken = [c for c in app.state.library.listings[0].checkpoints if c.problem]
    assert [c.step for c in broken] == [4]
    assert all(e.status == "done" for e in store.read(project).entries)


@pytest.mark.parametrize("kind", ["empty", "pictures", "absent"])
def test_that_a_folder_without_models_is_refused_in_one_sentence(
    app, qtbot, tmp_path, kind
) -> None:
    folder = tmp_path / "folder"
    if kind != "absent":
        folder.mkdir()
    if kind == "pictures":
        (folder / "a.png").write_bytes(b"\x89PNG")
    said: list[str] = []
    app.shell.notify = lambda text, *_more: said.append(text)
    app.shell.command.emit("library.add", str(folder))
    qtbot.waitUntil(lambda: bool(said), timeout=LONG)
    assert "folder" in said[0]
    assert app.state.library.listings == ()
    assert app.state.library.looking_into == ""


def test_that_a_file_that_is_not_ours_is_refused_and_left_alone(app, qtbot, tmp_path) -> None:
    path = tmp_path / "foreign.h5"
    path.write_bytes(b"not HDF5 at all")
    said: list[str] = []
    app.session.unopened.connect(said.append)
    app.shell.command.emit("project.open", str(path))
    qtbot.waitUntil(lambda: bool(said), timeout=LONG)
    assert "foreign.h5" in said[0]
    assert path.read_bytes() == b"not HDF5 at all"
    assert app.state.shell.page == "welcome"


@pytest.mark.parametrize("allowed", [True, False])
def test_that_a_model_with_code_of_its_own_is_scored_only_with_consent(
    app, suite, qtbot, tmp_path, monkeypatch, allowed: bool
) -> None:
    copy = tmp_path / "copy"
    shutil.copytree(suite, copy)
    odd = next(copy.glob("*seed1"))
    for config in odd.glob("*/config.json"):
        data = json.loads(config.read_text())
        data |= {"model_type": "unheard-of", "auto_map": {"AutoModelForCausalLM": "m.Model"}}
        config.write_text(json.dumps(data))
    add(app, qtbot, copy)
    monkeypatch.setattr(app.queue, "pump", lambda: None)  # what it would run is what matters here
    start(app, tmp_path / "mine.h5", monkeypatch)
    (dialog,) = app.shell.findChildren(ConsentDialog)
    dialog.accept() if allowed else dialog.reject()
    qtbot.waitUntil(lambda: len(app.state.jobs.rows) == 1, timeout=LONG)
    spec = app.queue.spec(app.state.jobs.rows[0].id)
    odd_paths = {c.path for c in spec.checkpoints if c.needs_trust}
    assert set(spec.trusted) == odd_paths
    assert bool(odd_paths) == allowed
    assert any(not c.needs_trust for c in spec.checkpoints)
