"""The heat map in the window: the KL of the geometry layer, pairs, rows and clusters selected."""

from __future__ import annotations

import itertools

import numpy as np
import pytest
from PySide6.QtCore import QPoint, QPointF, Qt
from PySide6.QtGui import QImage, QMouseEvent, QPainter, QWheelEvent
from PySide6.QtWidgets import QLabel

from compute import geometry
from compute.analysis.clustering import tree_of
from explorer.plots.contract import Nothing, Request
from explorer.plots.heatmap import ask
from explorer.plots.heatmap.cells import Raster
from explorer.plots.heatmap.paint import card_lines
from explorer.plots.heatmap.spec import BELOW, KIND, MOST_CLUSTERED, SYMLOG, TILE, TOP_CODE
from explorer.plots.heatmap.textured import Textured
from explorer.plots.heatmap.view import NONE_LEFT
from explorer.theme.ramps import near_far
from explorer.theme.tokens import LIGHT


@pytest.fixture
def opened(open_view, example_source):
    made = open_view("heatmap", example_source)
    made.view.resize(1010, 800)
    made.view.show()
    return made


def place_of(board, i: int, j: int) -> QPoint:
    c, w = board.place.cells, board.window_
    scale = c.w / w.span
    return QPoint(int(c.x + (j + 0.5 - w.x) * scale), int(c.y + (i + 0.5 - w.y) * scale))


def test_that_the_numbers_are_those_of_the_geometry_layer(opened) -> None:
    found, source = opened.answer(), opened.source
    kl = geometry.kl_matrix(source.prepared)
    rows = [source.row_of[e.id] for e in found.entries]
    assert rows == found.rows.tolist()
    np.testing.assert_allclose(found.block.values, kl[np.ix_(rows, rows)], rtol=1e-9, atol=1e-15)
    table = opened.view.table()
    assert len(table.rows) == len(rows) * (len(rows) - 1) // 2
    for (a, b), (_, _, value, se) in list(zip(table.ids, table.rows, strict=True))[::997]:
        i, j = source.row_of[a], source.row_of[b]
        assert value == pytest.approx(kl[i, j], rel=1e-9)
        assert se == pytest.approx(geometry.kl_to(source.prepared, a)[1][j], rel=1e-6)
    codes, place = found.block.codes, SYMLOG.places(found.block.values)
    shown = codes != BELOW
    np.testing.assert_array_equal(codes[shown], np.rint(place * TOP_CODE)[shown])


def test_that_clusters_are_in_the_order_of_the_tree_of_the_analysis_layer(opened) -> None:
    for linkage in ("ward", "average"):
        found = opened.choose(linkage=linkage)
        rows, _ = ask.chosen_rows(opened.source, "auto")
        tree = tree_of(Part(opened.source.prepared, rows), linkage)
        ours = [e.id for e in found.entries]
        theirs = [tree.ids[k] for k in tree.order]
        assert ours in (theirs, theirs[::-1])
        assert found.cophenetic == tree.cophenetic
        np.testing.assert_array_equal(found.tree.heights, tree.heights)
        assert f"{tree.cophenetic:.2f}" in texts_of(opened.view.side())


class Part:
    """Some rows of a table, for the tree."""

    def __init__(self, prepared, rows) -> None:
        self.ids = tuple(prepared.ids[k] for k in rows)
        self.n_texts, self.part = prepared.n_texts, prepared.qs[rows].__getitem__


def texts_of(widget) -> str:
    return " ".join(each.text() for each in widget.findChildren(QLabel))


def test_that_rows_by_run_keep_every_nth_step_and_the_last(opened) -> None:
    found = opened.choose(order="run", steps="20")
    assert found.tree is None
    for run in opened.source.runs:
        mine = [e.id for e in found.entries if e.id in run.ids]
        assert mine == [run.ids[t] for t in sorted({*range(0, len(run.ids), 20), len(run.ids) - 1})]
    every = opened.choose(order="run", steps="1")
    assert len(every.entries) == len(opened.source.entries)


def test_that_a_tile_is_the_block_it_says(opened) -> None:
    source = opened.source
    rows, _ = ask.chosen_rows(source, "1")
    kl = geometry.kl_matrix(source.prepared)
    found = ask.tiles(rows, ((1, 0, 1), (1, 1, 0), (0, 2, 2)), False, source)
    i, j = rows[: 2 * TILE : 2], rows[2 * TILE : 4 * TILE : 2]
    near = np.rint(SYMLOG.places(kl[np.ix_(i, j)]) * TOP_CODE)
    assert np.abs(found[1, 0, 1] - near).max() <= 1
    np.testing.assert_array_equal(found[1, 1, 0], found[1, 0, 1].T)
    assert found[0, 2, 2].shape == (TILE, TILE)
    assert (np.diag(found[0, 2, 2]) == 0).all()


def test_that_pairs_below_the_noise_floor_are_hatched_and_said_to_be(opened) -> None:
    found = opened.choose(order="run", steps="50")
    codes = found.block.codes
    i, j = (int(k) for k in np.argwhere(codes == BELOW)[0])
    floors = [found.entries[k].noise_floor for k in (i, j)]
    assert found.block.values[i, j] < max(floors)
    assert (np.diag(codes) == 0).all()
    assert (found.block.plain != BELOW).all()
    opened.view._point(i, j)
    words = card_lines(opened.view._marked.pair, opened.view.board.figure, opened.view.unit)
    assert "< floor" in words[-2]
    opened.choose(hatch=False)
    assert (
        opened.view._look(opened.view.board.window_).overview is found.block.plain
        or (opened.view._look(opened.view.board.window_).overview != BELOW).all()
    )


def test_that_pointing_reads_out_kl_and_se_and_where_they_lie(opened, qtbot) -> None:
    found, board = opened.answer(), opened.view.board
    i, j = 3, len(found.entries) - 4
    qtbot.mouseMove(board, place_of(board, i, j))
    opened.view._point(i, j)
    pair = opened.view._marked.pair
    prepared = opened.source.prepared
    kl, se = geometry.kl_to(prepared, found.entries[i].id)
    at = opened.source.row_of[found.entries[j].id]
    assert (pair.kl, pair.se) == pytest.approx((kl[at], se[at]), rel=1e-9)
    assert opened.state.selection.hovered == found.entries[i].id
    words = card_lines(pair, board.figure, opened.view.unit)
    assert found.entries[i].run in words[0]
    assert "bits/byte" in words[2]
    assert words[3].startswith(("Between", "Above", "Below"))
    assert words[2] in board.accessibleDescription()
    opened.state.views.unit = "nats"
    assert "nats/text" in card_lines(pair, board.figure, opened.view.unit)[2]


def test_that_a_press_selects_the_pair_and_strips_select_rows(opened, qtbot) -> None:
    found, board = opened.answer(), opened.view.board
    ids = [e.id for e in found.entries]
    left, control = Qt.MouseButton.LeftButton, Qt.KeyboardModifier.ControlModifier
    qtbot.mouseClick(board, left, pos=place_of(board, 5, 40))
    i, j = board.cell_at(QPointF(place_of(board, 5, 40)))
    assert opened.state.selection.chosen == {ids[i], ids[j]}
    strip = board.place.left_strip
    at = QPoint(int(strip.x + 4), place_of(board, 60, 0).y())
    row = board.row_at(QPointF(at))
    qtbot.mouseClick(board, left, Qt.KeyboardModifier.ShiftModifier, at)
    assert opened.state.selection.chosen == {ids[i], ids[j], ids[row]}
    qtbot.mouseClick(board, left, control, at)
    assert opened.state.selection.chosen == {ids[i], ids[j]}
    assert int(opened.view._marked.chosen.sum()) == 2


def test_that_a_branch_selects_its_cluster(opened, qtbot) -> None:
    found, board = opened.answer(), opened.view.board
    top = board.place.top_tree
    at = QPoint(int(top.x + 0.8 * top.w), int(top.y + 0.5 * top.h))
    first, last = board.cluster_at(QPointF(at))
    assert 0 < last - first < len(found.entries) - 1
    qtbot.mouseClick(board, Qt.MouseButton.LeftButton, pos=at)
    assert opened.state.selection.chosen == {e.id for e in found.entries[first : last + 1]}


def test_that_another_views_entry_is_shown_and_a_filter_leaves_rows_out(opened) -> None:
    found = opened.answer()
    opened.state.selection.hovered = found.entries[7].id
    assert opened.view._marked.other == 7
    run = found.entries[-1].run or found.entries[-1].label
    hidden = frozenset(e.id for e in found.entries if (e.run or e.label) == run)
    opened.state.filter.hidden = hidden
    left = opened.view.board.figure.entries
    assert [e.id for e in left] == [e.id for e in found.entries if e.id not in hidden]
    kl = geometry.kl_matrix(opened.source.prepared)
    rows = [opened.source.row_of[e.id] for e in left]
    np.testing.assert_allclose(opened.view._block.values, kl[np.ix_(rows, rows)], rtol=1e-9,
                               atol=1e-15)  # fmt: skip
    assert len(opened.view.board.figure.tree.top) == len(left) - 1
    opened.state.filter.hidden = frozenset(e.id for e in found.entries)
    assert opened.view.board.figure.note == NONE_LEFT
    assert opened.view.table().rows == ()
    opened.state.filter.hidden = frozenset()
    assert len(opened.view.board.figure.entries) == len(found.entries)


def test_that_closer_looks_are_made_of_tiles_and_are_kept(opened, qtbot) -> None:
    found = opened.choose(order="run", steps="1")
    board = opened.view.board
    assert found.block.stride > 1
    before = len(opened.view._tiles)
    c = board.place.cells
    centre = QPointF(c.x + c.w / 2, c.y + c.h / 2)
    event = QWheelEvent(centre, board.mapToGlobal(centre), QPoint(), QPoint(0, 960),
                        Qt.MouseButton.NoButton, Qt.KeyboardModifier.NoModifier,
                        Qt.ScrollPhase.NoScrollPhase, False)  # fmt: skip
    board.wheelEvent(event)
    span = board.window_.span
    assert span < 0.5 * len(found.entries)
    assert len(opened.view._tiles) > before
    with qtbot.waitSignal(board.settled, timeout=5000):
        pass
    assert opened.view.option["window"][2] == pytest.approx(span / len(found.entries), abs=1e-5)
    qtbot.keyClick(board, Qt.Key.Key_R)
    assert opened.view.option["window"] == []
    assert board.window_.span == len(found.entries)


def test_that_dragging_moves_and_selects_nothing(opened, qtbot) -> None:
    opened.choose(window=[0.4, 0.4, 0.2])
    board = opened.view.board
    before = board.window_
    a, left = place_of(board, int(before.y) + 9, int(before.x) + 9), Qt.MouseButton.LeftButton
    qtbot.mousePress(board, left, pos=a)
    b = QPointF(a) - QPointF(60, 30)
    board.mouseMoveEvent(QMouseEvent(QMouseEvent.Type.MouseMove, b, board.mapToGlobal(b), left,
                                     left, Qt.KeyboardModifier.NoModifier))  # fmt: skip
    qtbot.mouseRelease(board, left, pos=b.toPoint())
    scale = before.span / board.place.cells.w
    assert board.window_.x - before.x == pytest.approx(60 * scale)
    assert board.window_.y - before.y == pytest.approx(30 * scale)
    assert opened.state.selection.chosen == frozenset()


def test_that_keys_go_from_cell_to_cell_and_enter_selects(opened, qtbot) -> None:
    found, board = opened.answer(), opened.view.board
    qtbot.keyClick(board, Qt.Key.Key_Down)
    i, j = opened.view._marked.cell
    qtbot.keyClick(board, Qt.Key.Key_Right)
    qtbot.keyClick(board, Qt.Key.Key_Up, Qt.KeyboardModifier.ShiftModifier)
    assert opened.view._marked.cell == (i - 10, j + 1)
    qtbot.keyClick(board, Qt.Key.Key_Return)
    assert opened.state.selection.chosen == {found.entries[i - 10].id, found.entries[j + 1].id}
    span = board.window_.span
    qtbot.keyClick(board, Qt.Key.Key_Plus)
    assert board.window_.span < span
    qtbot.keyClick(board, Qt.Key.Key_Minus)
    assert board.window_.span == pytest.approx(span)
    board._settle.stop()


@pytest.mark.parametrize("size", [(690, 600), (1010, 800), (1560, 900)])
@pytest.mark.parametrize("order", ["run", "clusters"])
def test_that_no_name_lies_on_another_or_is_cut(
    open_view, example_source, qapp, size, order
) -> None:
    made = open_view("heatmap", example_source, LIGHT)
    made.view.resize(*size)
    made.view.show()
    made.choose(order=order)
    qapp.processEvents()
    board = made.view.board
    rects = board.label_rects()
    assert len(rects) >= 5
    for (a, one), (b, two) in itertools.combinations(rects, 2):
        assert not a.intersects(b), (one, two)
    for rect, one in rects:
        assert board.rect().contains(rect.toAlignedRect()), one
    bar = made.view.side().bar
    bar.resize(292, bar.height())
    for (a, one), (b, two) in itertools.combinations(bar.label_rects(), 2):
        assert not a.intersects(b), (one, two)


def test_that_an_export_shows_cells_names_and_the_scale(opened) -> None:
    sheet = opened.view.picture()
    image = QImage(sheet.size(), QImage.Format.Format_RGB32)
    painter = QPainter(image)
    sheet.render(painter, QPoint(0, 0))
    painter.end()
    assert sheet.height() > opened.view.board.height()
    seen = {image.pixel(x, image.height() // 2) for x in range(0, image.width(), 3)}
    table = {0xFF000000 | r << 16 | g << 8 | b for r, g, b in near_far().tolist()}
    assert len(seen & table) > 10


def test_that_too_many_rows_are_not_clustered_and_one_model_says_so(
    example_source, monkeypatch
) -> None:
    options = {o.name: o.usual for o in KIND.options if o.asks}
    monkeypatch.setattr(ask, "MOST_CLUSTERED", 50)
    found = ask.answer(example_source, Request(options))
    assert found.tree is None
    assert "clusters are offered up to 50 rows" in found.note
    assert MOST_CLUSTERED == 2_000

    class One:
        entries = example_source.entries[:1]

    nothing = ask.answer(One(), Request(options))
    assert isinstance(nothing, Nothing)
    assert nothing.act.command == "library.add"


@pytest.mark.gl
def test_that_opengl_draws_what_qpainter_draws(opened, qapp, qtbot) -> None:
    opened.choose(order="run", steps="1", window=[0.1, 0.1, 0.3])
    board = opened.view.board
    assert isinstance(board.cells, Textured)
    qtbot.waitExposed(opened.view)
    qtbot.wait(200)
    ours = board.cells.native.grabFramebuffer()
    raster = Raster(board)
    raster.resize(board.cells.native.size())
    raster.show(board.look_of(board.window_))
    theirs = raster.grab().toImage()
    raster.deleteLater()
    w, h = ours.width(), ours.height()
    places = [(x, y) for x in range(7, w, 41) for y in range(7, h, 43)]
    alike = [ours.pixel(p[0], p[1]) == theirs.pixel(p[0], p[1]) for p in places]
    assert np.mean(alike) > 0.9


def test_that_it_falls_back_to_painting(opened, qapp, qtbot) -> None:
    board = opened.view.board
    board._fall_back("no")
    qtbot.waitUntil(lambda: isinstance(board.cells, Raster), timeout=5000)
    assert board.cells._look is not None
    assert board.grab().toImage().width() > 0
