"""Variants in the window: KL, shifts and controls of the analysis layer, drawn and linked."""

from __future__ import annotations

import itertools
import math
from dataclasses import replace
from types import SimpleNamespace

import numpy as np
import pytest
from PySide6.QtCore import QEvent, QObject, QPoint, Qt
from PySide6.QtWidgets import QLabel

from compute.analysis.projections import components
from compute.analysis.variants import (
    alignment,
    cosines,
    random_control,
    shifts_of,
    variants_of,
    within_families,
)
from compute.geometry import kl_to
from compute.report.settings import quantized
from compute.report.tables import shifts as report_shifts
from explorer.plots.contract import Nothing, Request
from explorer.plots.scales import log_step_ticks
from explorer.plots.variants import ask, pareto
from explorer.plots.variants.alike import cosine, random_words
from explorer.plots.variants.matrix import words_of
from explorer.plots.variants.pareto import SIGNS, scale_of, shapes_of
from explorer.plots.variants.places import beside, cells, disc, rings, stretches
from explorer.plots.variants.side import control, said
from explorer.plots.variants.spec import (
    FACTORS,
    KIND,
    KINDS,
    OTHER,
    Made,
    as_map,
    best_of,
    factor_of,
    name_of,
)
from explorer.state.map import run_marks
from explorer.state.views import Unit
from explorer.theme.tokens import LIGHT
from tests.explorer.plots.conftest import source


@pytest.fixture(scope="module")
def of():
    """The example as it is first opened."""
    whole = source()
    return source(hidden=frozenset(e.id for e in whole.snapshot.entries if e.layer >= 0))


@pytest.fixture
def opened(open_view, of):
    made = open_view("variants", of)
    made.view.resize(1010, 800)
    made.view.show()
    return made


def asked(of, shown: str = "quantized"):
    return ask.answer(of, Request({"shown": shown}))


def texts_of(widget) -> str:
    return " ".join(each.text() for each in widget.findChildren(QLabel))


def test_that_every_kl_is_that_to_the_model_with_its_null_control_beside_it(opened) -> None:
    rows, variants = quantized(opened.source.study)
    shifts = shifts_of(rows, variants)
    theirs = {v.id: (v.base, v.n_bytes, kl) for v, kl in zip(variants, shifts.kl, strict=True)}
    table = opened.view.table()
    at = {c.title: k for k, c in enumerate(table.columns)}
    assert {ids[1] for ids in table.ids} == set(theirs)
    for (base, variant), row in zip(table.ids, table.rows, strict=True):
        model, n_bytes, kl = theirs[variant]
        assert (base, row[at["On disk"]]) == (model, n_bytes)
        assert row[at["KL to the model"]] == pytest.approx(kl, rel=1e-9, abs=1e-15)
        whole, se = kl_to(opened.source.prepared, base)
        k = opened.source.row_of[variant]
        assert row[at["SE"]] == pytest.approx(se[k], rel=1e-6, abs=1e-12)
        null = f"{base}/null-control"
        control = whole[opened.source.row_of[null]]
        assert row[at["KL of the null control"]] == pytest.approx(control, abs=1e-15)


def test_that_cosines_and_random_groups_are_those_of_the_analysis_layer(opened) -> None:
    found = opened.answer()
    rows, variants = quantized(opened.source.study)
    for alike in found.alike:
        some = shifts_of(rows, [v for v in variants if v.how.kind == alike.kind])
        cos = cosines(some.deltas)
        families = within_families(some, cos)
        n = sum(a.n_pairs for a in families)
        assert alike.n_pairs == n
        assert alike.within == pytest.approx(sum(a.mean * a.n_pairs for a in families) / n)
        assert alike.low == pytest.approx(min(a.low for a in families))
        control = random_control(cos, min(9, alignment("", cos).n_models))
        assert (alike.random, alike.sd) == pytest.approx((control.mean, control.sd), abs=1e-12)
    ids = [found.made[k].id for k in found.shifted]
    by_id = {v.id: v for v in variants_of(opened.source.entries, opened.source.row_of)}
    whole = cosines(shifts_of(rows, [by_id[i] for i in ids]).deltas)
    np.testing.assert_allclose(found.cosines, whole, atol=1e-9)
    assert "null" not in {found.made[k].kind for k in found.shifted}


def test_that_places_are_components_and_shifts_grow_by_the_factor(opened) -> None:
    found = opened.answer()
    theirs = components(opened.source.rows(tuple(e.id for e in found.entries)), 3)
    at = {i: k for k, i in enumerate(theirs.ids)}
    mine = [at[e.id] for e in found.entries]
    np.testing.assert_array_equal(found.coords, theirs.coords[mine])
    plain, grown = (as_map(found, 2, f).coords for f in (1.0, 10.0))
    np.testing.assert_allclose(plain, found.coords[:, :2], rtol=1e-6, atol=1e-6)
    rows = {e.id: k for k, e in enumerate(found.entries)}
    for m in found.made[:6]:
        b, k = rows[m.base], rows[m.id]
        np.testing.assert_allclose(grown[k] - grown[b], 10 * (plain[k] - plain[b]), atol=1e-4)
    opened.choose(factor="10")
    assert "10 times" in opened.view.board.subtitle.text()


def test_that_arrows_lead_from_models_to_variants_of_variants_too(opened) -> None:
    opened.choose(shown="tuned")
    found = opened.view._answer
    assert {m.kind for m in found.made} == {"fine-tune"}
    looks = opened.view.map._dressing.dress
    entries = opened.view.map._tables.entries
    arrows = {(entries[a].id, entries[b].id) for a, b in looks.relations}
    assert arrows == {(m.base, m.id) for m in found.made}
    assert any(m.base in {n.id for n in found.made} for m in found.made)
    opened.view.flip()
    assert opened.view.map._tables.coords.shape[1] == 3


def test_that_only_unbeaten_variants_are_on_the_front(opened) -> None:
    found = opened.answer()
    for base in found.bases:
        of = [m for m in found.made if m.base == base]
        for m in of:
            beaten = any(n.n_bytes <= m.n_bytes and n.kl < m.kl for n in of)
            assert m.best != beaten, m
    assert best_of([(-1, 0.1), (5, 0.1), (5, 0.2), (9, 0.1), (9, 0.01)]) == (
        False, True, False, False, True,
    )  # fmt: skip
    curve = opened.view.pareto._curves[f"front {found.bases[0]}"]
    assert len(curve.x) == sum(m.best for m in found.made if m.base == found.bases[0])


def test_that_sizes_are_said_in_a_unit_and_parameters_stand_in(opened) -> None:
    found = opened.answer()
    scale = scale_of(found.made)
    assert scale.is_bytes
    assert scale.words == "KiB on disk"
    assert shapes_of(found.made)["NF4"] != shapes_of(found.made)["FP4"]
    opened.choose(dims="origin")
    opened.state.filter.hidden = frozenset(m.id for m in found.made if m.kind == "null")
    for what in ("int8", "NF4", "FP4"):
        sign = SIGNS[opened.view.arrows.fan.shapes[what]]
        assert f"{sign}\u00a0{what}" in texts_of(opened.view.pareto), "one shape in every part"
    tuned = asked(opened.source, "tuned")
    assert scale_of(tuned.made).words == "thousand parameters of the model"
    assert scale_of(tuned.made).of(tuned.made[0]) == tuned.made[0].n_params / 1000


def test_that_pointing_and_pressing_reach_the_shared_selection(opened, qtbot) -> None:
    found, matrix = opened.answer(), opened.view.matrix
    c = matrix.place
    at = QPoint(int(c.x + 2.5 * c.side), int(c.y + 0.5 * c.side))
    qtbot.mouseMove(matrix, at)
    matrix.pointed.emit(0, 2)
    assert opened.state.selection.hovered == matrix.rows[0].id
    assert matrix.accessibleDescription() == words_of(found, 0, 2)
    qtbot.mouseClick(matrix, Qt.MouseButton.LeftButton, pos=at)
    assert opened.state.selection.chosen == {matrix.rows[0].id, matrix.rows[2].id}
    m = found.made[-1]
    opened.view.pareto.pressed.emit(m.id, 0)
    assert opened.state.selection.chosen == {m.base, m.id}
    assert m.parent in texts_of(opened.view.side())
    qtbot.keyClick(matrix, Qt.Key.Key_Down)
    qtbot.keyClick(matrix, Qt.Key.Key_Return)
    assert len(opened.state.selection.chosen) <= 2


def test_that_the_unit_and_a_filter_are_followed(opened) -> None:
    found = opened.answer()
    opened.state.views.unit = "nats"
    assert "nats/text" in texts_of(opened.view.pareto)
    assert "nats/text" in texts_of(opened.view.side())
    opened.state.filter.hidden = frozenset({found.bases[0]})
    assert f"front {found.bases[0]}" not in opened.view.pareto._curves
    assert f"front {found.bases[1]}" in opened.view.pareto._curves


def test_that_the_read_out_has_floor_and_null_control(opened) -> None:
    found = opened.answer()
    null = next(m for m in found.made if m.kind == "null")
    assert said(null, Unit("bits/byte")) == "< floor"
    other = next(m for m in found.made if m.kind == "4-bit")
    assert "±" in said(other, Unit("bits/byte"))
    words = texts_of(opened.view.side())
    shown = [m for m in found.made if m.base == found.bases[0]]
    assert words.count("null control 0") == len(shown) - 1
    assert "stands between" in words or "stands below" in words
    assert replace(other, control=float("nan")).control != other.control
    assert control(replace(other, control=float("nan")), Unit("bits/byte")) == "no null control"
    assert control(replace(other, control=0.02), Unit("nats/text", 100.0)) == "null control 2.0"


@pytest.mark.parametrize("size", [(690, 640), (1010, 800), (1560, 900)])
@pytest.mark.parametrize(
    ("shown", "dims"), [("quantized", "origin"), ("tuned", "2"), ("all", "origin")]
)
def test_that_no_label_lies_on_another_or_is_cut(open_view, of, qapp, size, shown, dims) -> None:
    made = open_view("variants", of, LIGHT)
    made.view.resize(*size)
    made.view.show()
    made.choose(shown=shown, dims=dims)
    qapp.processEvents()
    for widget in (made.view.matrix, made.view.pareto, made.view.alikes, made.view.arrows):
        rects = widget.label_rects()
        for (a, one), (b, two) in itertools.combinations(rects, 2):
            assert not a.intersects(b), (one, two)
        for rect, one in rects:
            assert widget.rect().contains(rect.toAlignedRect()), one
    assert len(made.view.matrix.label_rects()) >= 3
    assert made.view.board.minimumSizeHint().width() <= size[0]
    names = {words for _, words in made.view.arrows.label_rects()}
    assert dims != "origin" or any("documentation" in words for words in names)


def test_that_what_is_missing_is_said(of, monkeypatch) -> None:
    assert isinstance(asked(of, "all"), ask.Answer)
    bare = SimpleNamespace(
        entries=[e for e in of.entries if not e.relation], row_of=of.row_of, by_id=of.by_id,
        snapshot=SimpleNamespace(entries=[e for e in of.snapshot.entries if not e.relation]),
    )  # fmt: skip
    nothing = asked(bare)
    assert isinstance(nothing, Nothing)
    assert (nothing.sentence, nothing.act.command) == (ask.NONE, "job.new")
    bare.snapshot = of.snapshot
    bare.unticked = frozenset()
    assert asked(bare).sentence == ask.PARTLY
    variants = {e.id for e in of.snapshot.entries if ask._kind(e)}
    bare.unticked = frozenset(variants)
    nothing = asked(bare)
    assert nothing.sentence == ask.UNTICKED
    assert (nothing.act.command, set(nothing.act.argument)) == ("selection.include", variants)
    bare.unticked = frozenset()
    bare.entries = [e for e in of.entries if e.relation != "fine-tune-of"]
    assert "fine-tuned" in asked(bare, "tuned").sentence
    controls = {e.id for e in of.entries if "null-control" in e.tags}
    without = source(hidden=frozenset(controls | {e.id for e in of.snapshot.entries
                                                  if e.layer >= 0}))  # fmt: skip
    found = asked(without)
    assert found.remarks == (ask.NO_NULL,)
    assert all(math.isnan(m.control) for m in found.made)


def test_that_names_are_short_and_the_matrix_fits(of) -> None:
    checkpoint = next(e for e in of.entries if e.is_checkpoint)
    assert name_of(checkpoint) == checkpoint.run
    assert name_of(replace(checkpoint, relation="fine-tune-of", label="x")) == "x"
    for n in (1, 24, 300):
        c = cells(360, 280, n)
        assert c.x + n * c.side <= 360
        assert c.y + n * c.side <= 280
        assert c.at(c.x + 0.5 * c.side, c.y + 0.5 * c.side, n) == (0, 0)
    assert [(s.kind, s.start, s.stop) for s in stretches(["a", "a", "b"])] == [
        ("a", 0, 2), ("b", 2, 3),
    ]  # fmt: skip
    assert {o.name for o in KIND.options} == {"shown", "dims", "factor"}
    assert Made.__slots__


def test_that_shifts_from_one_origin_keep_their_angles_as_far_as_two_components_do(opened) -> None:
    found = opened.answer()
    rows, variants = quantized(opened.source.study)
    by_id = {v.id: v for v in variants}
    shifts = shifts_of(rows, [by_id[found.made[k].id] for k in found.shifted])
    products = shifts.deltas @ shifts.deltas.T
    values = np.linalg.eigvalsh(products)[::-1]
    np.testing.assert_allclose(products @ found.tips, found.tips * values[:2], atol=1e-9)
    assert found.tip_share == pytest.approx(values[:2].sum() / values.sum())
    np.testing.assert_allclose((found.tips**2).sum(axis=0), values[:2], rtol=1e-9)
    lengths = (found.tips**2).sum(axis=1)
    assert np.all(lengths <= shifts.kl + 1e-12), "a projection is never longer than the shift"


def test_that_arrows_from_one_origin_are_pointed_at_and_pressed(opened, qtbot) -> None:
    opened.choose(dims="origin")
    arrows = opened.view.arrows
    assert opened.view.stack.currentWidget() is arrows
    k = max(range(len(arrows.fan.made)), key=lambda k: sum(v * v for v in arrows.fan.tips[k]))
    m = arrows.fan.made[k]
    at = QPoint(*(round(v) for v in arrows.place.at(arrows.fan.tips[k])))
    assert arrows.row_at(at.toPointF()) == k
    qtbot.mouseClick(arrows, Qt.MouseButton.LeftButton, pos=at)
    assert opened.state.selection.chosen == {m.base, m.id}
    arrows.pointed.emit(k)
    assert opened.state.selection.hovered == m.id
    assert (m.id, 0) in opened.view.pareto._rings
    qtbot.keyClick(arrows, Qt.Key.Key_Right)
    qtbot.keyClick(arrows, Qt.Key.Key_Return, Qt.KeyboardModifier.ControlModifier)
    assert len(opened.state.selection.chosen) in (1, 3)
    opened.state.filter.hidden = frozenset({m.id})
    assert m.id not in {one.id for one in arrows.fan.made}
    opened.view.flip()
    assert opened.view.stack.currentWidget() is opened.view.map


def test_that_the_map_has_only_arrows_that_the_factor_is_true_of(opened) -> None:
    found = opened.answer()
    looks = opened.view.map._dressing.dress
    entries = opened.view.map._tables.entries
    arrows = {(entries[a].id, entries[b].id) for a, b in looks.relations}
    assert arrows == {(m.base, m.id) for m in found.made}
    assert any(e.relation in ("fine-tune-of",) for e in found.entries), "a model that was tuned"
    factor = factor_of(found, 2, "auto")
    assert f"{factor:g} times" in opened.view.board.subtitle.text()
    assert factor_of(found, 2, "3") == 3.0
    still = replace(found, coords=np.zeros_like(found.coords))
    assert factor_of(still, 2, "auto") in {float(f) for f in FACTORS if f != "auto"}


def test_that_runs_keep_their_colours_in_every_part(opened) -> None:
    found = opened.answer()
    marks = run_marks(opened.source.snapshot.entries)
    dress = opened.view.map._dressing.dress
    rows = {e.id: k for k, e in enumerate(found.entries)}
    for m in found.made:
        want = dress.palette.of(marks.get(m.run, OTHER))
        np.testing.assert_allclose(dress.colour[rows[m.id]], want, atol=1e-6)
        np.testing.assert_allclose(dress.colour[rows[m.base]], want, atol=1e-6)


def test_that_bars_floor_and_controls_stand_in_the_plot(opened) -> None:
    found, plot = opened.answer(), opened.view.pareto
    floor = max(m.floor for m in found.made)
    assert plot._floor == (floor, "below the noise floor")
    area, said_at, words = plot._over.hatch()
    assert area.contains(said_at)
    assert words == "below the noise floor"
    assert area.height() >= 12, "zero and below is hatched although the floor is tiny"
    whiskers = [i for i in plot._item.items if getattr(i, "opts", {}).get("connect") == "pairs"]
    base = found.bases[0]
    of = sorted((m for m in found.made if m.base == base), key=lambda m: m.n_bytes)
    ends = {round(float(y), 9) for w in whiskers for y in w.getData()[1]}
    for m in of:
        assert round(float(plot.scale.places(m.kl + m.se)), 9) in ends


def test_that_the_control_stands_beside_the_matrix(opened) -> None:
    found, strip = opened.answer(), opened.view.alikes
    said_there = " ".join(words for _, words in strip.label_rects())
    for a in found.alike:
        assert KINDS[a.kind] in said_there
        assert f"{cosine(a.within)} | {random_words(a)}" in said_there
        assert len(a.values) == a.n_pairs
        assert np.mean(a.values) == pytest.approx(a.within)


def test_that_the_read_out_fits_its_panel(open_view, of, qapp) -> None:
    made = open_view("variants", of, LIGHT)
    side = made.view.side()
    side.show()
    for shown in ("quantized", "tuned", "all"):
        made.choose(shown=shown)
        for unit in ("bits", "nats"):
            made.state.views.unit = unit
            qapp.processEvents()
            assert side.minimumSizeHint().width() <= 310, (shown, unit)
    made.view._point_cell(0, 1)
    assert words_of(made.view._answer, 0, 1) in texts_of(side)


def test_that_many_models_are_drawn_at_once_and_pointed_at_one_by_one(opened) -> None:
    found = opened.answer()
    many = tuple(
        replace(m, id=f"{m.id}/{k}", base=f"{m.base}/{k}") for k in range(12) for m in found.made
    )
    view = opened.view
    lit = frozenset(m.base for m in many)
    look = pareto.Look(lit, shapes_of(many), view.marks, view.unit, view.tokens)
    view._points = pareto.draw(view.pareto, many, look)
    assert len(view.pareto._curves) == len(shapes_of(many))
    key, ids = next(iter(view._points.items()))
    assert view._entry(key, 3) == ids[3]
    assert view._entry(key, len(ids)) == ""


def test_that_rings_are_round_numbers_and_names_stay_apart() -> None:
    assert rings(math.sqrt(0.12), 1.0) == (0.005, 0.02, 0.1)
    assert rings(0.0, 1.0) == ()
    d = disc(500, 400, [(1.0, 0.0), (0.0, 0.5)])
    assert d.at((0.0, 0.0)) == (d.x, d.y)
    ends = [(250.0, 100.0)] * 9
    found = beside(ends, [60.0] * 9, (100, 100), (0, 0, 400, 300))
    assert 1 < len(found) < 9
    boxes = list(found.values())
    for a, b in itertools.combinations(boxes, 2):
        assert abs(a[1] - b[1]) >= 15 or abs(a[0] - b[0]) >= 60


def test_that_less_than_two_decades_of_sizes_still_have_ticks() -> None:
    low, high = math.log10(1 + 400), math.log10(1 + 6000)
    assert [words for _, words in log_step_ticks(low, high, 2)] == ["500", "2,000"]
    assert [words for _, words in log_step_ticks(0.0, 4.0, 5)] == ["0", "1", "10", "100", "1,000"]


def test_that_numbers_are_those_of_the_report(opened) -> None:
    found = opened.answer()
    cosines_there, _, sizes = report_shifts.make(opened.source.study).tables
    control = {row[0]: row[4] for row in cosines_there.rows if "random groups" in str(row[1])}
    families = {row[1]: row for row in cosines_there.rows if row[0] == "4-bit"}
    for a in found.alike:
        assert a.random == pytest.approx(control[a.kind], abs=1e-12)
    four = next(a for a in found.alike if a.kind == "4-bit")
    inside = [row for name, row in families.items() if name != "all models" and row[3]]
    named = [row for row in inside if "random" not in str(row[1])]
    assert four.n_pairs == sum(row[3] for row in named)
    assert four.within == pytest.approx(sum(row[3] * row[4] for row in named) / four.n_pairs)
    theirs = sorted((row[4], row[5]) for row in sizes.rows)
    mine = sorted((m.kl, m.n_bytes) for m in found.made)
    np.testing.assert_allclose(np.array(mine), np.array(theirs), rtol=1e-9, atol=1e-15)


def test_that_direct_labels_are_painted_anew_where_the_plot_gets_wider(opened, qapp) -> None:
    plot = opened.view.pareto
    whole: list[bool] = []

    class Watch(QObject):
        def eventFilter(self, _of: QObject, event: QEvent) -> bool:
            if event.type() == QEvent.Type.Paint:
                whole.append(event.region().boundingRect() == plot._over.rect())
            return False

    watch = Watch()
    qapp.processEvents()
    plot._over.installEventFilter(watch)
    before = plot._box.sceneBoundingRect().width()
    plot._item.layout.setContentsMargins(0, 4, 12, 0)
    qapp.processEvents()
    assert plot._box.sceneBoundingRect().width() > before
    assert any(whole)
    plot._over.removeEventFilter(watch)
