"""The heat map in the window: a pair pressed is compared in Texts, a closer look, undo, export."""

from __future__ import annotations

import json

import pytest
from PySide6.QtCore import QPoint, Qt
from PySide6.QtGui import QImage

from compute import geometry
from explorer.plots.heatmap.paint import card_lines
from tests.journeys.at_work import LONG, example, shown

pytestmark = pytest.mark.gl


@pytest.fixture
def app(qapp, qtbot, tmp_path):
    yield from example(qapp, qtbot, tmp_path)


def middle(board, i: int, j: int) -> QPoint:
    """The middle of a cell."""
    c, w = board.place.cells, board.window_
    scale = c.w / w.span
    return QPoint(int(c.x + (j + 0.5 - w.x) * scale), int(c.y + (i + 0.5 - w.y) * scale))


def test_that_a_pair_is_pressed_compared_looked_at_closer_exported_and_taken_back(
    app, qtbot, tmp_path
) -> None:
    host = shown(app, qtbot, "heatmap")
    board, entries = host.view.board, host.answer.entries
    i, j = next(
        (a, b) for a, x in enumerate(entries) for b, y in enumerate(entries)
        if x.is_checkpoint and y.is_checkpoint and x.run != y.run and x.step == y.step > 1000
    )  # fmt: skip
    qtbot.mouseMove(board, middle(board, i, j))
    host.view._point(i, j)
    qtbot.waitUntil(lambda: host.view._marked.pair is not None, timeout=LONG)
    prepared = app.views._plots.source.prepared
    kl, se = geometry.kl_to(prepared, entries[i].id)
    at = prepared.ids.index(entries[j].id)
    pair = host.view._marked.pair
    assert (pair.kl, pair.se) == pytest.approx((kl[at], se[at]), rel=1e-9)
    assert card_lines(pair, board.figure, host.view.unit)[0].startswith(entries[i].run)

    qtbot.mouseClick(board, Qt.MouseButton.LeftButton, pos=middle(board, i, j))
    two = {entries[i].id, entries[j].id}
    assert app.state.selection.chosen == two
    texts = shown(app, qtbot, "texts")
    qtbot.waitUntil(lambda: {texts.answer.a.id, texts.answer.b.id} == two, timeout=LONG)

    app.commander.execute("show.heatmap")
    app.undo.seal()
    app.state.plots["heatmap"].choose(order="run", steps="1")
    every = len(app.session.current.entries)
    qtbot.waitUntil(lambda: len(host.answer.entries) == every, timeout=LONG)
    assert host.answer.tree is None
    board.zoom(4.0)
    qtbot.waitUntil(lambda: len(host.view._tiles) > 0, timeout=LONG)
    qtbot.waitUntil(lambda: bool(app.state.plots["heatmap"].options["window"]), timeout=LONG)
    app.undo.seal()
    app.commander.execute("history.undo")
    assert app.state.plots["heatmap"].options["window"] == []
    app.commander.execute("history.undo")
    qtbot.waitUntil(lambda: host.answer.tree is not None, timeout=LONG)
    assert [e.id for e in host.answer.entries] == [e.id for e in entries]

    for suffix in ("png", "svg", "pdf", "csv"):
        app.commander.execute("views.export", str(tmp_path / f"heatmap.{suffix}"))
    assert json.loads(QImage(str(tmp_path / "heatmap.png")).text("klscope"))["view"] == "heatmap"
    drawn = (tmp_path / "heatmap.svg").read_text()
    assert "another seed</text>" in drawn
    assert f"KL of {len(entries)} × {len(entries)} pairs</text>" in drawn
    rows = (tmp_path / "heatmap.csv").read_text().splitlines()
    assert len(rows) == 1 + len(entries) * (len(entries) - 1) // 2
    assert (tmp_path / "heatmap.pdf").read_bytes().startswith(b"%PDF")
