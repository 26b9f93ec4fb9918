"""Diffusion: a window is dragged, others follow, export, undo; weights are measured."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import numpy as np
import pytest
from PySide6.QtCore import QEvent, QPointF, Qt
from PySide6.QtGui import QImage, QMouseEvent
from PySide6.QtWidgets import QApplication
from safetensors.numpy import save_file

from compute import store
from compute.analysis.diffusion import exponents_from, in_loglikelihood
from compute.core.assets import asset
from compute.core.tables import Entry, TextSet
from explorer.app.build import App
from explorer.bench.synthetic import freeze
from explorer.bridge.settings import Settings
from explorer.plots.diffusion.spec import exponent

pytestmark = pytest.mark.gl
LONG, N_STEPS, N_TEXTS = 60_000, 24, 40


def opened(qapp, qtbot, tmp_path: Path, project: Path) -> App:
    made = App(qapp, Settings(tmp_path / "settings.json"), project, tmp_path / "demo")
    with qtbot.waitSignal(made.ready, timeout=LONG):
        made.shell.show()
    qtbot.waitUntil(lambda: bool(made.session.current.entries), timeout=LONG)
    return made


@pytest.fixture
def app(qapp, qtbot, tmp_path):
    project = Path(shutil.copy(asset("example.h5"), tmp_path / "suite.h5"))
    made = opened(qapp, qtbot, tmp_path, project)
    yield made
    made.shell.close()
    made.dispose()


def shown(app: App, qtbot, view: str):
    """The view, when its answer is there."""
    app.commander.execute(f"show.{view}")
    qtbot.waitUntil(lambda: getattr(app.views.host(view), "answer", None) is not None, timeout=LONG)
    return app.views.host(view)


def mouse(board, what: QEvent.Type, x: float, y: float) -> None:
    left = Qt.MouseButton.LeftButton
    held = Qt.MouseButton.NoButton if what == QEvent.Type.MouseButtonRelease else left
    at = QPointF(x, y)
    event = QMouseEvent(what, at, board.mapToGlobal(at), left, held,
                        Qt.KeyboardModifier.NoModifier)  # fmt: skip
    QApplication.sendEvent(board, event)


def drag(board, start: float, end: float, y: float) -> None:
    mouse(board, QEvent.Type.MouseButtonPress, start, y)
    for share in (0.3, 0.7, 1.0):
        mouse(board, QEvent.Type.MouseMove, start + share * (end - start), y)
    mouse(board, QEvent.Type.MouseButtonRelease, end, y)


def test_that_a_window_is_dragged_read_out_followed_exported_and_taken_back(
    app, qtbot, tmp_path
) -> None:
    host = shown(app, qtbot, "diffusion")
    view, options = host.view, app.state.plots["diffusion"]
    side, board = view.side(), view.board
    assert side.isVisible()
    qtbot.waitUntil(lambda: "of 200 bootstraps" in side.laws.verdict.text(), timeout=LONG)
    app.undo.seal()
    window = board.picture.window
    middle, low = (window.left + window.right) / 2, board.picture.lower
    drag(board, middle, middle + float(low.px(1000.0)) - window.left, window.rect.bottom - 8)
    assert abs(options.options["start"] - 1000) <= 32
    strong = view._strong
    run, at = host.answer.runs[strong], int(view._fitting.refit.fits[0].at[strong])
    prepared = app.views._plots.source.prepared
    law = exponents_from(in_loglikelihood(prepared, run), np.array([at])).law
    line = next(row for row in side.rows.lines if row.strong)
    assert line.cells[0] == exponent(float(law.exponent[0]))
    qtbot.waitUntil(
        lambda: all("–" in row.second for row in side.rows.lines), timeout=LONG
    )  # the bootstrap has followed, for every run

    app.commander.execute("views.split")
    app.state.views.right = "steps"
    qtbot.waitUntil(lambda: app.views.host("steps").answer is not None, timeout=LONG)
    qtbot.keyClick(board, Qt.Key.Key_Return)
    assert app.state.selection.selected == run.ids[at]
    steps = app.views.host("steps").view
    qtbot.waitUntil(
        lambda: [w for _, w in steps._plots[0].label_rects()] == [run.name], timeout=LONG
    )
    other = next(r for r in host.answer.runs if r.name != run.name)
    steps.select((other.ids[30],))
    qtbot.waitUntil(lambda: host.answer.names[view._strong] == other.name, timeout=LONG)
    assert view._look.lit.sum() == 1
    app.state.selection.hovered = other.ids[30]
    said = f"{other.name}, step {other.steps[30]:,}"
    qtbot.waitUntil(lambda: board.marked.said.startswith(said), timeout=LONG)

    app.commander.execute("views.join")
    app.commander.execute("show.diffusion")
    app.state.selection.chosen = frozenset()
    app.state.views.unit = "nats"
    words = "squared distance, nats/text"
    qtbot.waitUntil(lambda: words in [t.words for t in board.picture.texts], timeout=LONG)
    for suffix in ("png", "svg", "pdf", "csv"):
        app.commander.execute("views.export", str(tmp_path / f"diffusion.{suffix}"))
    assert (
        json.loads(QImage(str(tmp_path / "diffusion.png")).text("klscope"))["view"] == host.kind.id
    )
    drawn = (tmp_path / "diffusion.svg").read_text()
    for words in ("Exponent against start", "Log-likelihood", "Weights", "lag, steps after"):
        assert words in drawn
    assert "<image" not in drawn
    rows = (tmp_path / "diffusion.csv").read_text().splitlines()
    assert "c_q" in rows[0]
    assert len(rows) == 1 + len(host.answer.runs)
    assert (tmp_path / "diffusion.pdf").read_bytes().startswith(b"%PDF")

    app.undo.seal()
    for _ in range(12):
        if options.options["start"] == -1:
            break
        app.commander.execute("history.undo")
    assert options.options["start"] == -1
    qtbot.waitUntil(lambda: view._fitting.start_of(view._strong) > 2000, timeout=LONG)


def project_on_disk(folder: Path) -> Path:
    """One run with its checkpoints, and no distances of weights."""
    rng = np.random.default_rng(0)
    steps = [k * 8 for k in range(N_STEPS)]
    weights = np.cumsum(rng.normal(size=(N_STEPS, 2000)), axis=0).astype(np.float32)
    rows = np.cumsum(rng.normal(size=(N_STEPS, N_TEXTS)), axis=0) - 300
    path, entries = folder / "p.h5", []
    ids = tuple(map(str, range(N_TEXTS)))
    store.create(path, TextSet(ids, tuple(f"text {i} " * 20 for i in ids), ("",) * N_TEXTS))
    for k, step in enumerate(steps):
        place = folder / "suite" / "one" / f"step{step}"
        place.mkdir(parents=True)
        save_file({"a": weights[k]}, place / "model.safetensors")
        config = {"model_type": "gpt_neox", "architectures": ["GPTNeoXForCausalLM"]}
        (place / "config.json").write_text(json.dumps(config))
        entries.append(
            Entry(f"one/step{step}", label=f"one step {step}", run="one", step=step,
                  source=str(folder / "suite"), status="done", n_scored=N_TEXTS)
        )  # fmt: skip
    found = {e.id: rows[k].astype(np.float32) for k, e in enumerate(entries)}
    store.commit(path, store.PutEntries(tuple(entries)), store.PutRows(found))
    freeze(path)
    return path


def test_that_weights_that_were_not_measured_are_measured_by_one_press(
    qapp, qtbot, tmp_path
) -> None:
    app = opened(qapp, qtbot, tmp_path, project_on_disk(tmp_path))
    try:
        host = shown(app, qtbot, "diffusion")
        assert host.view.measure.isVisible()
        assert len(host.answer.spaces) == 1
        host.view.measure.click()
        qtbot.waitUntil(lambda: [r.status for r in app.state.jobs.rows] == ["done"], timeout=LONG)
        qtbot.waitUntil(lambda: len(host.answer.spaces) == 2, timeout=LONG)
        assert not host.view.measure.isVisible()
        c_w = float(host.view._fitting.refit.fits[1].law.exponent[0])
        assert c_w == pytest.approx(1.0, abs=0.15)
        assert host.view.side().rows.lines[0].cells[2] == exponent(c_w)
    finally:
        app.shell.close()
        app.dispose()
