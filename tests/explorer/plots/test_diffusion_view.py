"""Diffusion in the window: the analysis layer's numbers, a window that is dragged, labels apart."""

from __future__ import annotations

import itertools
from dataclasses import replace
from types import SimpleNamespace

import numpy as np
import pytest
from PySide6.QtCore import QEvent, QPoint, QPointF, Qt
from PySide6.QtGui import QImage, QMouseEvent, QPainter
from PySide6.QtWidgets import QApplication

from compute.analysis.diffusion import (
    SCALES,
    at_start,
    diffusion_of,
    exponents,
    exponents_from,
    in_loglikelihood,
    in_weights,
    representative_start,
    text_draws,
    verdict,
)
from compute.analysis.diffusion.folding import folding
from compute.analysis.diffusion.scales import on_scale
from compute.analysis.runs import runs_of
from compute.report.study import Options
from explorer.plots.contract import Nothing, Request
from explorer.plots.diffusion import ask
from explorer.plots.diffusion.board import Raster
from explorer.plots.diffusion.layer import Layers
from explorer.plots.diffusion.reading import words_of
from explorer.plots.diffusion.side import rich
from explorer.plots.diffusion.spec import KIND, MOST_RUNS, exponent, interval
from explorer.theme.tokens import DARK, LIGHT
from tests.explorer.plots.conftest import Opened

LEFT = Qt.MouseButton.LeftButton


@pytest.fixture
def opened(open_view, example_source):
    made = open_view("diffusion", example_source)
    made.view.resize(1010, 860)
    made.view.show()
    settled(made)
    return made


def settled(made: Opened) -> None:
    """The window rests: what follows from the pool is there."""
    made.view._rest.stop()
    made.view._ask_boots()


def runs(source):
    return runs_of((e for e in source.entries if e.is_checkpoint), at_least=2)


def mouse(board, what: QEvent.Type, x: float, y: float) -> None:
    held = Qt.MouseButton.NoButton if what == QEvent.Type.MouseButtonRelease else LEFT
    at = QPointF(x, y)
    event = QMouseEvent(what, at, board.mapToGlobal(at), LEFT, held,
                        Qt.KeyboardModifier.NoModifier)  # fmt: skip
    QApplication.sendEvent(board, event)


def drag(board, x: float, y: float, *to: float) -> None:
    mouse(board, QEvent.Type.MouseButtonPress, x, y)
    for each in to:
        mouse(board, QEvent.Type.MouseMove, each, y)


def drop(board, x: float, y: float) -> None:
    mouse(board, QEvent.Type.MouseButtonRelease, x, y)


# ---------------------------------------------------------------- numbers


def test_that_the_table_is_that_of_the_analysis_layer(opened) -> None:
    source, options = opened.source, Options()
    rows = source.prepared
    draws = text_draws(rows.n_texts, options.bootstrap, options.seed)
    table = opened.view.table()
    titles = [c.title for c in table.columns]
    found = {row[0]: dict(zip(titles, row, strict=True)) for row in table.rows}
    assert set(found) == {run.name for run in runs(source)}
    for run in runs(source):
        whole = diffusion_of(rows, run, source.weights.get(run.name))
        at = at_start(whole, rows, representative_start(whole), draws)
        got = found[run.name]
        assert got["Start"] == at.start
        laws = [got[name] for name in ("c_q", "R²", "c_w", "R² of weights")]
        assert laws == pytest.approx([at.c_q, at.r2_q, at.c_w, at.r2_w], rel=1e-12)
        assert (got["c_q from"], got["c_q to"]) == at.c_q_interval
        derived = [got[name] for name in ("alpha", "Hurst", "trajectory dimension")]
        assert derived == pytest.approx([at.alpha, at.hurst, at.dimension], rel=1e-12)
        assert got["effective dimension"] == at.effective_dimension
        assert (got["R² of noise plus drift"], got["power law wins"]) == (
            at.laws.r2_drift, at.laws.wins,
        )  # fmt: skip


def test_that_the_read_out_says_those_numbers_and_the_verdict(opened) -> None:
    source, options, side = opened.source, Options(), opened.view.side()
    run = runs(source)[1]
    opened.state.plots["diffusion"].choose(run=run.name)
    settled(opened)
    rows = source.prepared
    draws = text_draws(rows.n_texts, options.bootstrap, options.seed)
    whole = diffusion_of(rows, run, source.weights.get(run.name))
    at = at_start(whole, rows, representative_start(whole), draws)
    line = next(line for line in side.rows.lines if line.strong)
    assert line.name == run.name
    assert line.cells[0] == exponent(at.c_q)
    assert line.cells[2:] == (exponent(at.c_w), exponent(at.alpha))
    assert line.second == interval(*at.c_q_interval)
    facts = dict(side.facts.words())
    assert facts["Hurst exponent, H"] == exponent(at.hurst)
    assert facts["Trajectory dimension, D"] == exponent(at.dimension)
    assert facts["Hölder exponent, α"] == exponent(at.alpha)
    assert facts["Effective dimension"] == (f"{at.effective_dimension:.0f} of {at.n_texts:,} texts")
    assert side.laws.verdict.text().startswith(rich(verdict(at.laws, at.c_q, "c_q")))


def test_that_curves_are_the_exponents_of_every_regular_start(opened) -> None:
    source, fitting = opened.source, opened.view._fitting
    for points in (10, 17):
        opened.state.plots["diffusion"].choose(points=points)
        for r, run in enumerate(runs(source)):
            path = in_loglikelihood(source.prepared, run)
            other = in_weights(source.weights[run.name], run, path.reasons)
            for s, each in enumerate((path, other)):
                every = exponents(each, points)
                curve = fitting.curves[s][r]
                law = dict(zip(every.windows.starts.tolist(), every.law.exponent, strict=True))
                expected = np.array([law[at] for at in curve.at.tolist()])
                np.testing.assert_array_equal(curve.values, expected)
                assert len(curve.at) > 50


def test_that_another_start_and_length_refit_as_the_analysis_layer_does(opened) -> None:
    source = opened.source
    opened.state.plots["diffusion"].choose(start=1000, points=15)
    fits = opened.view._fitting.refit.fits
    for r, run in enumerate(runs(source)):
        path = in_loglikelihood(source.prepared, run)
        other = in_weights(source.weights[run.name], run, path.reasons)
        start = fits[0].at[r]
        assert abs(int(run.steps[start]) - 1000) <= 32
        for s, each in enumerate((path, other)):
            one = exponents_from(each, np.array([start]), 15)
            assert fits[s].law.exponent[r] == pytest.approx(one.law.exponent[0], rel=1e-12)
            assert fits[s].law.r2[r] == pytest.approx(one.law.r2[0], rel=1e-9)
            assert int(fits[s].inside[r].sum()) == int(np.isfinite(one.windows.lags[0]).sum())


def test_that_likelihood_scales_are_both_refitted(opened) -> None:
    found, source = opened.choose(tab="scale"), opened.source
    refit = opened.view._fitting.refit
    for r, run in enumerate(runs(source)):
        for s, scale in enumerate(SCALES):
            path = on_scale(scale, source.prepared, run)
            one = exponents_from(path, refit.fits[0].at[r : r + 1])
            assert refit.fits[s].law.exponent[r] == pytest.approx(one.law.exponent[0], rel=1e-9)
    line = opened.view.side().rows.lines[0]
    assert line.cells[1:] == tuple(exponent(f.law.exponent[0]) for f in refit.fits)
    assert [s.key for s in found.spaces] == ["exp", "byte"]
    assert "c_q" in [c.title for c in opened.view.table().columns]


def test_that_the_fold_is_that_of_the_analysis_layer_and_can_be_made_rougher(opened) -> None:
    opened.choose(tab="folding")
    opened.view.fields.alpha.chosen.emit("0.5")
    found, expected = opened.answer(), folding(0.5)
    assert found.folding.law_f.exponent == expected.law_f.exponent
    facts = dict(opened.view.side().facts.words())
    assert facts["Exponent of f"] == exponent(float(expected.law_f.exponent))
    assert opened.view.table().rows[0][1:] == (expected.squared_w[0], expected.squared_f[0])
    assert not opened.view.side().rows.isVisibleTo(opened.view.side())


# ---------------------------------------------------------------- the window


def test_that_dragging_the_window_refits_at_once_and_is_one_choice(opened) -> None:
    view, board = opened.view, opened.view.board
    window, low = board.picture.window, board.picture.lower
    changes: list[object] = []
    opened.state.plots["diffusion"].events.options.connect(changes.append)
    before = view._fitting.refit.law_q.exponent.copy()
    x, y = (window.left + window.right) / 2, window.rect.bottom - 8
    far = float(low.px(1600.0)) - window.left
    drag(board, x, y, x + far / 2, x + far)
    assert not changes
    assert view.option["start"] == -1
    start = view._fitting.start_of(view._strong)
    assert abs(start - 1600) <= 32
    assert not np.array_equal(view._fitting.refit.law_q.exponent, before)
    assert view.fields.start.text() == str(start)
    assert board.picture.window.left == pytest.approx(float(low.px(float(start))))
    drop(board, x + far, y)
    assert len(changes) == 1
    assert (view.option["start"], view.option["points"]) == (start, 10)


def test_that_edges_change_the_length_and_the_other_edge_stays(opened) -> None:
    view, board = opened.view, opened.view.board
    opened.state.plots["diffusion"].choose(start=1600)
    low, r = board.picture.lower, view._strong
    spacing = view._answer.loglik[r].spacing
    window, y = board.picture.window, board.picture.window.rect.bottom - 8
    start, end = view._fitting.start_of(r), view._fitting.end_of(r)
    right = float(low.px(end + 10 * spacing))
    drag(board, window.right, y, right)
    drop(board, right, y)
    assert (view.option["start"], view.option["points"]) == (start, 20)
    left = float(low.px(start - 5 * spacing))
    drag(board, window.left, y, left)
    drop(board, left, y)
    assert view.option["points"] == 25
    assert view._fitting.end_of(r) == pytest.approx(end + 10 * spacing, abs=1.5)
    curve = view._fitting.curves[0][r]
    assert np.isfinite(curve.values).any()
    assert view._fitting.curves_of == 25


def test_that_a_press_beside_the_window_brings_it_there(opened) -> None:
    view, board = opened.view, opened.view.board
    low = board.picture.lower
    x, y = float(low.px(1000.0)), low.rect.top + 22
    assert board.spot_at(QPointF(x, y)) == (-1, -1)
    drag(board, x, y)
    drop(board, x, y)
    assert abs(view.option["start"] - 1000) <= 32


def test_that_arrow_keys_move_and_stretch_the_window(opened, qtbot) -> None:
    view, board = opened.view, opened.view.board
    starts = view._answer.loglik[view._strong].steps[view._fitting.plan.starts[view._strong]]
    now = view._fitting.start_of(view._strong)
    at = int(np.searchsorted(starts, now))
    qtbot.keyClick(board, Qt.Key.Key_Left)
    assert view.option["start"] == starts[at - 1]
    qtbot.keyClick(board, Qt.Key.Key_Left, Qt.KeyboardModifier.ShiftModifier)
    assert view.option["start"] == starts[at - 11]
    qtbot.keyClick(board, Qt.Key.Key_Right)
    assert view.option["start"] == starts[at - 10]
    qtbot.keyClick(board, Qt.Key.Key_Up)
    assert view.option["points"] == 11
    qtbot.keyClick(board, Qt.Key.Key_Down, Qt.KeyboardModifier.ShiftModifier)
    assert view.option["points"] == 2
    qtbot.keyClick(board, Qt.Key.Key_Home)
    first = view._answer.loglik[view._strong].steps[view._fitting.plan.starts[view._strong][0]]
    assert view.option["start"] == first
    qtbot.keyClick(board, Qt.Key.Key_Return)
    assert (
        opened.state.selection.selected
        == view._answer.runs[view._strong].ids[view._fitting.refit.fits[0].at[view._strong]]
    )
    qtbot.keyClick(board, Qt.Key.Key_R)
    assert (view.option["start"], view.option["points"]) == (-1, 10)


def test_that_the_fields_take_numbers_and_show_them(opened, qtbot) -> None:
    view, fields = opened.view, opened.view.fields
    fields.start.setText("")
    qtbot.keyClicks(fields.start, "1000")
    qtbot.keyClick(fields.start, Qt.Key.Key_Return)
    assert view.option["start"] == 1000
    qtbot.keyClick(fields.points, Qt.Key.Key_Up)
    assert (view.option["points"], fields.points.text()) == (11, "11")
    fields.points.setText("")
    qtbot.keyClicks(fields.points, "99999")
    qtbot.keyClick(fields.points, Qt.Key.Key_Return)
    assert view.option["points"] == view._fitting.longest
    assert view._fitting.start_of(view._strong) >= 0


# ---------------------------------------------------------------- the other views


def test_that_pointing_and_pressing_reach_every_view_and_others_are_shown(opened, qtbot) -> None:
    view, board = opened.view, opened.view.board
    curve, r = view._fitting.curves[0][2], 2
    k = 20
    x, y = board.picture.lower.px(curve.steps), board.picture.lower.py(curve.values)
    at = QPointF(float(x[k]), float(y[k]))
    run, position = board.spot_at(at)
    board.mouseMoveEvent(QMouseEvent(QEvent.Type.MouseMove, at, board.mapToGlobal(at),
                                     Qt.MouseButton.NoButton, Qt.MouseButton.NoButton,
                                     Qt.KeyboardModifier.NoModifier))  # fmt: skip
    assert opened.state.selection.hovered == view._answer.runs[run].ids[position]
    opened.state.selection.hovered = view._answer.runs[r].ids[int(curve.at[k])]
    assert board.marked.pointed[0] == pytest.approx((float(x[k]), float(y[k])))
    assert f"Exponent from here: log-likelihood {exponent(curve.values[k])}" in board.marked.said
    board.pressed.emit(r, int(curve.at[k]), "replace")
    assert opened.state.selection.selected == view._answer.runs[r].ids[int(curve.at[k])]
    assert view._look.strong == r
    assert view._look.lit.sum() == 1
    assert board.marked.chosen


def test_that_a_run_pressed_in_the_table_is_read_out(opened, qtbot) -> None:
    view, rows = opened.view, opened.view.side().rows
    rows.chosen.emit(rows.lines[3].run)
    assert view.option["run"] == rows.lines[3].name
    assert rows.lines[3].strong
    assert opened.view.board.accessibleDescription().startswith(rows.lines[3].name)
    qtbot.keyClick(rows, Qt.Key.Key_Down)
    assert view.option["run"] == rows.lines[4].name
    assert "c q" in rows.accessibleDescription()


def test_that_a_filter_hides_and_greys_runs_and_points(opened) -> None:
    view = opened.view
    first, second = view._answer.runs[0], view._answer.runs[1]
    opened.state.filter.hidden = frozenset(first.ids)
    assert 0 not in view._look.order.tolist()
    assert first.name not in [t.words for t in view.board.picture.texts]
    opened.state.filter.hidden = frozenset(second.ids[50:60])
    spots = view.board.picture.spots[0]
    assert not ((spots.run == 1) & (spots.at >= 50) & (spots.at < 60)).any()
    assert ((spots.run == 1) & (spots.at == 49)).any()
    opened.state.filter.hidden = frozenset()
    opened.state.filter.greyed = frozenset(first.ids)
    assert not view._look.lit[0]
    assert view._look.strong != 0


def test_that_an_excluded_start_is_a_gap_and_windows_keep_their_length(
    open_view, example_source
) -> None:
    from compute import geometry

    run = runs(example_source)[0]
    gone = run.ids[60]
    ids = tuple(i for i in example_source.prepared.ids if i != gone)
    rows = geometry.prepare(example_source.snapshot, example_source.recipe, ids)
    entries = tuple(e for e in example_source.entries if e.id != gone)
    made = open_view("diffusion", replace(example_source, prepared=rows, entries=entries,
                                          unticked=example_source.unticked | {gone}))  # fmt: skip
    curve = made.view._fitting.curves[0][0]
    assert np.isnan(curve.values[curve.at == 60]).all()
    assert np.isfinite(curve.values[curve.at == 59]).all()
    assert 60 in curve.at.tolist()
    assert all(60 not in starts for starts in made.view._fitting.plan.starts[:1])


def test_that_the_unit_is_that_of_the_window(opened) -> None:
    view = opened.view
    r = view._strong
    at = int(view._fitting.refit.fits[0].targets[r, 3])
    opened.state.selection.hovered = view._answer.runs[r].ids[at]
    bits = view.board.marked.said
    assert "bits/byte" in bits
    opened.state.views.unit = "nats"
    assert "nats/text" in view.board.marked.said
    assert "squared distance, nats/text" in [t.words for t in view.board.picture.texts]
    assert words_of(view._fitting, r, at, 1.0, "bits/byte") == bits


# ---------------------------------------------------------------- less than everything


def test_that_without_weights_the_view_says_so_and_offers_to_measure_them(
    open_view, example_source
) -> None:
    made = open_view("diffusion", replace(example_source, weights={}))
    made.view.resize(1010, 860)
    made.view.show()
    words = " ".join(t.words for t in made.view.board.picture.texts)
    assert "The weights of these runs were not measured." in words
    assert made.view.measure.isVisible()
    made.view.measure.click()
    names = tuple(run.name for run in runs(example_source))
    assert made.commands == [("job.weights", names)]
    assert made.view.side().rows.lines[0].cells[0] != "–"
    assert made.view.side().rows.lines[0].cells[2] == "–"
    made.choose(tab="scale")
    assert not made.view.measure.isVisible()


def test_that_runs_without_weights_are_named_beside_those_that_have_some(
    open_view, example_source
) -> None:
    some = dict(itertools.islice(example_source.weights.items(), 2))
    made = open_view("diffusion", replace(example_source, weights=some))
    assert len(made.answer().unmeasured) == len(runs(example_source)) - 2
    assert made.view.side().measure.isVisibleTo(made.view.side())
    made.view.side().measure.click()
    assert made.commands[-1][0] == "job.weights"


def request(**options) -> Request:
    return Request(KIND.asked({**KIND.usual(), **options}))


def test_that_a_project_without_runs_says_what_to_do(example_source) -> None:
    single = tuple(e for e in example_source.entries if not e.run)[:1]
    only = replace(example_source, entries=single,
                   snapshot=_only(example_source.snapshot, single))  # fmt: skip
    found = ask.answer(only, request())
    assert isinstance(found, Nothing)
    assert found.act.command == "library.add"
    folded = ask.answer(only, request(tab="folding"))
    assert not isinstance(folded, Nothing)


def test_that_runs_that_are_too_short_say_so(example_source) -> None:
    from compute import geometry

    run = runs(example_source)[0]
    ids = run.ids[-6:]
    entries = tuple(e for e in example_source.entries if e.id in ids)
    snapshot = _only(example_source.snapshot, entries)
    rows = geometry.prepare(snapshot, example_source.recipe, ids)
    found = ask.answer(replace(example_source, snapshot=snapshot, entries=entries, prepared=rows),
                       request())  # fmt: skip
    assert isinstance(found, Nothing)
    assert "10 regular intervals" in found.sentence
    assert found.act is not None


def test_that_three_thousand_runs_are_too_many(example_source) -> None:
    base = runs(example_source)[0]
    by_id = {e.id: e for e in example_source.entries}
    two = [by_id[i] for i in base.ids[-2:]]
    entries = tuple(
        replace(e, id=f"{n}/{k}", run=f"run{n}") for n in range(3000) for k, e in enumerate(two)
    )

    class Many:
        def __init__(self) -> None:
            self.snapshot = SimpleNamespace(entries=entries)
            self.row_of = {e.id: n for n, e in enumerate(entries)}

        def once(self, _key, make):
            return make()

    found = ask.answer(Many(), request())
    assert isinstance(found, Nothing)
    assert found.sentence.startswith("3,000 training runs are ticked.")
    assert f"{MOST_RUNS} at once" in found.sentence
    assert found.act.command == "library.find"


def _only(snapshot, entries):
    rows = [snapshot.row_of[e.id] for e in entries]
    return replace(snapshot, entries=entries, loglik=snapshot.loglik[rows])


def crowd(source, n: int):
    """Copies of a run under other names, as many as ``n``."""
    from compute import geometry

    run = runs(source)[0]
    by_id = {e.id: e for e in source.entries}
    pairs = [(by_id[i], replace(by_id[i], id=f"c{k}/{i}", label=f"c{k}/{i}", run=f"c{k}"))
             for k in range(n) for i in run.ids[-40:]]  # fmt: skip
    rows = [source.snapshot.row_of[old.id] for old, _ in pairs]
    entries = tuple(new for _, new in pairs)
    snapshot = replace(source.snapshot, entries=entries, loglik=source.snapshot.loglik[rows])
    prepared = geometry.prepare(snapshot, source.recipe, tuple(e.id for e in entries))
    weights = {f"c{k}": replace(source.weights[run.name], run=f"c{k}") for k in range(n)}
    return replace(source, snapshot=snapshot, entries=entries, prepared=prepared, weights=weights)


def test_that_a_hundred_runs_are_drawn_and_the_rest_of_the_names_is_counted(
    open_view, example_source
) -> None:
    made = open_view("diffusion", crowd(example_source, 100))
    made.view.resize(1010, 860)
    made.view.show()
    picture = made.view.board.picture
    assert len(np.unique(picture.spots[0].run)) == 100
    assert len(made.view.side().rows.lines) == 24
    assert any(t.words.endswith("others") for t in picture.texts)
    asked: list[str] = []
    ask_before = made.view.parts.ask

    def noted(topic, *rest):
        asked.append(topic)
        ask_before(topic, *rest)

    object.__setattr__(made.view.parts, "ask", noted)
    made.state.plots["diffusion"].choose(points=15)
    assert "curves" in asked
    assert made.view._fitting.curves_of == 15
    made.view._rest.stop()


# ---------------------------------------------------------------- looks


@pytest.mark.parametrize("size", [(480, 652), (690, 560), (962, 652), (1600, 920)])
@pytest.mark.parametrize("tab", ["distance", "scale", "folding"])
@pytest.mark.parametrize("weights", [True, False])
def test_that_no_label_lies_on_another_or_is_cut(
    open_view, example_source, size, tab, weights
) -> None:
    source = example_source if weights else replace(example_source, weights={})
    made = open_view("diffusion", source, LIGHT if weights else DARK)
    made.view.resize(*size)
    made.view.show()
    made.choose(tab=tab)
    settled(made)
    width, height = made.view.board.width(), made.view.board.height()
    for start, points in ((-1, 10), (0, 10), (1600, 10), (1000, 60)):
        made.state.plots["diffusion"].choose(start=start, points=points)
        texts = made.view.board.picture.texts
        assert len(texts) > 20
        for a, b in itertools.combinations(texts, 2):
            near = abs((a.rect.top + a.rect.bottom) - (b.rect.top + b.rect.bottom)) / 2 < 10
            assert not a.rect.meets(b.rect) or not near or a.turned or b.turned, (a, b)
        for text in texts:
            assert text.rect.left >= 0, text
            assert text.rect.right <= width, text
            assert text.rect.top >= -1, text
            assert text.rect.bottom <= height, text
            assert not text.words.endswith("...") or text.size != 13, text
    made.view._rest.stop()


@pytest.mark.parametrize("tab", ["distance", "scale"])
def test_that_the_table_at_the_right_has_room_for_every_cell(opened, tab) -> None:
    opened.choose(tab=tab)
    settled(opened)
    side = opened.view.side()
    side.resize(320, side.sizeHint().height())
    rows = side.rows
    rows.resize(292, rows.height())
    lines = rows.pieces()
    for line, row in zip(rows.lines, lines, strict=True):
        assert row[0].words == line.name
        for a, b in itertools.combinations(row, 2):
            assert not a.rect.adjusted(0, 2, 0, -2).intersects(b.rect), (a.words, b.words)
        for piece in row:
            assert piece.rect.left() >= 0
            assert piece.rect.bottom() <= rows.height() + 1


@pytest.mark.gl
def test_that_opengl_draws_what_qpainter_draws(opened, qtbot) -> None:
    board = opened.view.board
    assert isinstance(board.layer, Layers)
    qtbot.waitExposed(opened.view)
    qtbot.wait(200)
    ours = board.layer.native.grabFramebuffer()
    raster = Raster(board)
    raster.resize(board.layer.native.size())
    p = board.picture
    raster.show((p.under, p.curves, p.live), (18 / 255, 21 / 255, 27 / 255))
    theirs = raster.grab().toImage()
    raster.deleteLater()
    w, h = ours.width(), ours.height()
    places = [(x, y) for x in range(3, w, 7) for y in range(3, h, 7)]
    far = [_far(ours.pixelColor(*at), theirs.pixelColor(*at)) for at in places]
    assert np.mean(np.array(far) < 40) > 0.97
    drawn = {ours.pixel(*at) for at in places}
    assert len(drawn) > 50


def _far(a, b) -> int:
    return max(abs(a.red() - b.red()), abs(a.green() - b.green()), abs(a.blue() - b.blue()))


def test_that_it_falls_back_to_painting(opened, qtbot) -> None:
    board = opened.view.board
    board._fall_back("no")
    qtbot.waitUntil(lambda: isinstance(board.layer, Raster), timeout=5000)
    assert board.layer._sheets[1] is board.picture.curves
    assert board.grab().toImage().width() > 0


def test_that_an_export_draws_lines_marks_and_words(opened) -> None:
    paper = opened.view.picture()
    image = QImage(paper.size(), QImage.Format.Format_RGB32)
    painter = QPainter(image)
    paper.render(painter, QPoint(0, 0))
    painter.end()
    assert paper.size() == opened.view.board.size()
    colours = {image.pixelColor(x, y).name() for x in range(0, image.width(), 2)
               for y in range(0, image.height(), 2)}  # fmt: skip
    first = opened.view._look.colours[opened.view._look.strong]
    assert first.lower() in colours


def test_that_a_closed_view_asks_nothing_any_more(open_view, example_source) -> None:
    made = open_view("diffusion", example_source)
    made.view.show()
    made.view.close()
    made.view._on_resized()
    made.view.refresh()
    assert not made.view._rest.isActive()
