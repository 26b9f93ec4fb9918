"""Edits: shown at once, written by a child, taken back where that fails."""

from __future__ import annotations

import pytest

from compute import store
from compute.core.errors import KlscopeError
from compute.executors import LocalExecutor
from explorer.bench.synthetic import synthetic_project
from explorer.bridge.desk import Desk
from explorer.bridge.edits import Edits
from explorer.bridge.jobs import EmbedWorker
from explorer.bridge.session import Session
from explorer.state.app import AppState


@pytest.fixture
def project(tmp_path):
    path = tmp_path / "p.h5"
    synthetic_project(path, n_runs=2, n_steps=3, n_texts=20)
    return path


@pytest.fixture
def desk(qapp):
    made = Desk()
    yield made
    made.close()


@pytest.fixture
def session(qtbot, desk, project):
    state = AppState()
    state.map.method = "pca"  # needs no worker
    made = Session(state, desk, EmbedWorker(desk), desk)
    made.state = state
    with qtbot.waitSignal(made.opened, timeout=10_000):
        made.open(project)
    yield made
    made.close()


@pytest.fixture
def edits(session):
    made = Edits(session.state.shell, session, session)
    yield made
    made.close()


def label_of(session: Session, entry: str) -> str:
    return next(e.label for e in session.state.library.entries if e.id == entry)


def test_that_an_edit_is_seen_at_once_and_written_soon(session, edits, project, qtbot) -> None:
    state = session.state
    edits.put(project, "run00/step10", {"label": "best"})
    assert label_of(session, "run00/step10") == "best"
    assert not state.shell.saved
    edits.put(project, "run00/step10", {"tags": ("keep",)})
    edits.put(project, "run01/step0", {"family": "cousins"})
    qtbot.waitUntil(lambda: state.shell.saved, timeout=20_000)
    entries = {e.id: e for e in store.read(project).entries}
    assert (entries["run00/step10"].label, entries["run00/step10"].tags) == ("best", ("keep",))
    assert entries["run01/step0"].family == "cousins"
    assert label_of(session, "run00/step10") == "best"


def test_that_an_edit_that_cannot_be_written_is_taken_back(session, edits, project, qtbot) -> None:
    before = project.read_bytes()
    project.write_bytes(b"no longer a project")
    with qtbot.waitSignal(edits.refused, timeout=20_000) as refused:
        edits.put(project, "run00/step10", {"label": "best"})
        assert label_of(session, "run00/step10") == "best"
    assert refused.args[0].startswith("The edit was not saved. ")
    assert label_of(session, "run00/step10") == "run00 step 10"
    assert session.state.shell.saved
    project.write_bytes(before)


def test_that_an_edit_whose_process_cannot_start_is_taken_back(
    session, edits, project, monkeypatch
) -> None:
    def refuse(*_: object, **__: object) -> None:
        raise KlscopeError("No memory.")

    said: list[str] = []
    lost: list[object] = []
    edits.refused.connect(said.append)
    edits.lost.connect(lost.extend)
    monkeypatch.setattr(LocalExecutor, "start", refuse)
    edits.put(project, "run00/step10", {"label": "best"})
    assert said == ["The edit was not saved. No memory."]
    assert lost == [("run00/step10", {"label": "best"})]
    assert label_of(session, "run00/step10") == "run00 step 10"
    assert session.state.shell.saved


def test_that_a_window_that_closes_waits_for_its_edits(session, project) -> None:
    made = Edits(session.state.shell, session, session)
    made.put(project, "run00/step0", {"step": 1})
    made.put(project, "run00/step0", {"step": 2})
    made.close()
    assert store.read(project).entries[0].step == 2
