"""Why two models differ: its answers equal those of the analysis layer, its widget shows them."""

from __future__ import annotations

import dataclasses
import importlib.util
import shutil
from pathlib import Path

import numpy as np
import pytest
from PySide6.QtCore import QRect, Qt
from PySide6.QtWidgets import QAbstractButton, QLabel

from compute.analysis.outliers import drop_curves, text_scores
from compute.core.assets import asset
from compute.core.numbers import with_se
from compute.core.tables import Recipe
from compute.geometry import contributions, kl_pair
from explorer.plots.contract import Nothing, Request
from explorer.plots.texts import ask, spec
from explorer.theme.tokens import LIGHT


def _beside(name: str):
    place = importlib.util.spec_from_file_location(name, Path(__file__).with_name(f"{name}.py"))
    module = importlib.util.module_from_spec(place)
    place.loader.exec_module(module)
    return module


conftest, detailed = _beside("conftest"), _beside("detailed")


@pytest.fixture(scope="module")
def plain(tmp_path_factory):
    """The example without the token detail that lies beside it."""
    path = tmp_path_factory.mktemp("plain") / "plain.h5"
    shutil.copyfile(asset("example.h5"), path)
    return conftest.source(path)


@pytest.fixture(scope="module")
def pair(plain):
    return ask.pair_of(plain, Request())


@pytest.fixture(scope="module")
def kept(plain, pair, tmp_path_factory):
    path = detailed.example_with_tokens(tmp_path_factory.mktemp("tokens"), pair)
    return conftest.source(path)


# ---------------------------------------------------------------- answers


def test_that_nothing_selected_compares_the_ends_of_the_two_longest_runs(plain, pair):
    longest = sorted(plain.runs, key=lambda run: -len(run.ids))[:2]
    assert pair == tuple(run.ids[-1] for run in longest)


def test_that_two_selected_are_the_pair_with_the_shown_one_first(plain):
    a, b = plain.prepared.ids[3], plain.prepared.ids[90]
    request = Request(chosen=tuple(sorted((a, b))), shown=b)
    assert ask.pair_of(plain, request) == (b, a)
    swapped = ask.answer(plain, dataclasses.replace(request, options={"swapped": True}))
    assert (swapped.a.id, swapped.b.id) == (a, b)


def test_that_one_selected_is_compared_with_its_nearest_neighbour(plain):
    one = plain.prepared.ids[50]
    kl = plain.prepared.kl[50].copy()
    kl[50] = np.inf
    found = ask.pair_of(plain, Request(chosen=(one,), shown=one))
    assert found == (one, plain.prepared.ids[int(np.argmin(kl))])


def test_that_of_many_selected_the_farthest_from_the_shown_one_is_taken(plain):
    ids = plain.prepared.ids[10], plain.prepared.ids[11], plain.prepared.ids[200]
    a, b = ask.pair_of(plain, Request(chosen=tuple(sorted(ids)), shown=ids[0]))
    assert a == ids[0]
    kl = plain.prepared.kl[10]
    assert kl[plain.row_of[b]] == max(kl[11], kl[200])


def test_that_the_numbers_are_those_of_the_analysis_layer(plain, pair):
    why = ask.answer(plain, Request())
    found = contributions(plain.prepared, plain.snapshot.texts, *pair)
    assert why.kl == found.kl
    assert why.se == found.se
    assert why.kl == pytest.approx(kl_pair(plain.snapshot, plain.recipe, *pair).kl, rel=1e-9)
    rows = why.tables[0].rows
    assert [row[3] for row in rows] == sorted((100 * found.share).tolist(), reverse=True)
    assert [row[0] for row in why.tables[1].rows] == [d.domain for d in found.domains]
    scores = text_scores(plain.prepared, plain.runs)
    ranked = ask.by_outlier_score(plain, why.found)
    assert ranked.values.tolist() == scores.maximum.tolist()
    assert ranked.order.tolist() == scores.order.tolist()
    n_bytes = plain.snapshot.texts.n_bytes
    curves = [drop_curves(plain.prepared, run, scores, n_bytes) for run in plain.runs]
    mean = np.mean([one.kl.mean(axis=1) for one in curves if len(one.steps)], axis=0)
    assert [kl for _, kl in ranked.steps] == pytest.approx(mean.tolist())


def test_that_a_preview_keeps_the_texts_it_drops_in_the_list(plain):
    why = ask.answer(plain, Request())
    dropped = frozenset(why.found.texts[why.by_share.order[:7]].tolist())
    recipe = ask.preview(plain, why.base, dropped, "tried")
    assert (recipe.version, recipe.base, len(recipe.dropped_texts)) == (0, why.base, 7)
    assert recipe.tau == plain.recipe.tau
    loaded = conftest.questions.load(plain.snapshot.path, "tried", frozenset(), held=(recipe,))
    shown = ask.answer(conftest.source_of(loaded), Request())
    kl, se, n = ask.left(why, dropped)
    assert shown.previews
    assert n == 7
    assert (shown.kl, shown.se) == (pytest.approx(kl), pytest.approx(se))
    assert shown.found.kl == pytest.approx(why.kl)
    assert len(shown.by_share.order) == len(why.by_share.order)


def test_that_tokens_add_up_to_the_scores(kept, pair):
    for index in (0, 17):
        found = ask.detail(kept, *pair, index)
        assert found.equal
        for k, name in enumerate(pair):
            sums = sum(v for s in found.stretches if np.isfinite(v := (s.a, s.b)[k]))
            score = kept.snapshot.loglik[kept.snapshot.row_of[name], index]
            assert sums == pytest.approx(score, rel=2e-3)


def test_that_absent_detail_is_said_with_what_to_do(plain, pair, tmp_path):
    found = ask.detail(plain, *pair, 0)
    assert found.missing.startswith("Token detail was not kept for ")
    assert found.act.command == "library.add"
    entries = tuple(
        plain.by_id[i].with_(source=str(tmp_path), label=f"m{k}") for k, i in enumerate(pair)
    )
    sentence, act = ask.absent(entries)
    assert sentence == "Token detail was not kept for m0 and m1."
    assert (act.command, act.argument) == ("job.tokens", tuple(e.id for e in entries))


def test_that_models_with_other_tokens_are_compared_where_both_have_a_boundary(
    plain, pair, tmp_path
):
    path = detailed.example_with_tokens(tmp_path, pair[:1], other=pair[1:])
    found = ask.detail(conftest.source(path), *pair, 5)
    assert not found.equal
    assert len(found.stretches) < min(found.n_tokens)
    text = plain.snapshot.texts.texts[5]
    assert "".join(text[s.start : s.end] for s in found.stretches) == text


# ---------------------------------------------------------------- the widget


def shown(open_view, source, width=1240, height=830, **more):
    opened = open_view("texts", source, **more)
    opened.view.resize(width, height)
    opened.view.show()
    opened.view._ask_detail()
    return opened


def test_that_the_list_shows_the_numbers_of_the_answer(open_view, plain):
    opened = shown(open_view, plain)
    why = opened.answer()
    rows = opened.view.list.rows
    assert rows.rowCount() == len(why.found.texts)
    for row in (0, 5, rows.rowCount() - 1):
        at = int(why.by_share.order[row])
        assert rows.face(row).value == spec.share_words(float(why.found.share[at]))
        assert rows.face(row).first == (why.found.difference[at] >= 0)
    table = opened.view.table()
    assert table.rows[0][1] == why.texts.ids[why.found.texts[why.by_share.order[0]]]


def test_that_another_order_and_another_text_are_choices(open_view, plain):
    opened = shown(open_view, plain)
    opened.choose(rank="outlier")
    first = opened.view.list.rows.listed.text_at(0)
    scores = text_scores(plain.prepared, plain.runs)
    assert first == plain.prepared.texts[scores.order[0]]
    assert opened.view.table().rows[0][-1] == pytest.approx(scores.maximum.max())
    assert opened.view._reason.text().startswith("KL of neighbouring checkpoints, mean of ")
    opened.view.list.setCurrentIndex(opened.view.list.rows.index(4))
    chosen = opened.state.plots["texts"].options["text"]
    assert chosen == plain.snapshot.texts.ids[opened.view.list.rows.listed.text_at(4)]
    opened.view._step(-1)
    assert opened.state.plots["texts"].options["text"] != chosen


def test_that_a_box_drops_a_text_and_the_foot_says_what_is_left(open_view, plain, qtbot):
    opened = shown(open_view, plain)
    opened.view.list.setFocus()
    opened.view.list.setCurrentIndex(opened.view.list.rows.index(0))
    qtbot.keyClick(opened.view.list, Qt.Key.Key_Space)
    options = opened.state.plots["texts"].options
    why = opened.view._why
    assert options["dropped"] == (why.texts.ids[why.found.texts[why.by_share.order[0]]],)
    kl, se, n = ask.left(why, spec.gone(options, why.texts))
    assert n == 1
    assert opened.view.foot._words[1].text() == with_se(kl, se)[0]
    state = opened.view.list.rows.index(0).data(Qt.ItemDataRole.CheckStateRole)
    assert state == Qt.CheckState.Unchecked
    qtbot.keyClick(opened.view.list, Qt.Key.Key_Space)
    assert opened.state.plots["texts"].options["dropped"] == ()


def test_that_a_domain_is_dropped_by_its_box_and_by_the_foot(open_view, plain):
    opened = shown(open_view, plain)
    row = opened.view.domains._rows[0]
    row.check.setChecked(False)
    domain = opened.view._why.found.domains[0].domain
    assert opened.state.plots["texts"].options["domains"] == (domain,)
    opened.view.foot.all.click()
    assert opened.state.plots["texts"].options["domains"] == ()
    assert row.check.isChecked()


def test_that_a_preview_is_a_recipe_that_is_handed_to_the_window(open_view, plain):
    opened = shown(open_view, plain)
    opened.view.foot.preview.click()
    ((command, recipe),) = opened.commands
    assert command == "recipe.preview"
    assert isinstance(recipe, Recipe)
    assert (recipe.version, len(recipe.dropped_texts)) == (0, spec.TOPS[0])
    opened.state.shell.held, opened.state.shell.recipe = (recipe,), recipe.name
    opened.view.refresh()
    assert opened.view.foot.keep.isVisibleTo(opened.view)
    opened.view.foot.keep.click()
    assert opened.commands[-1] == ("recipe.keep", None)


def test_that_the_pickers_and_the_swap_change_the_shared_selection(open_view, plain, pair):
    opened = shown(open_view, plain)
    third = next(i for i in plain.prepared.ids if i not in pair)
    opened.view._pick(1, third)
    assert opened.state.selection.chosen == {pair[0], third}
    assert opened.state.selection.selected == pair[0]
    why = opened.answer()
    assert (why.a.id, why.b.id) == (pair[0], third)
    opened.view.head.swap.click()
    again = opened.answer()
    assert (again.a.id, again.b.id) == (third, pair[0])


def test_that_tokens_are_shown_and_pointed_at(open_view, kept, pair, qtbot):
    opened = shown(open_view, kept)
    page = opened.view.reader.page
    assert len(page._stretches) > 50
    qtbot.keyClick(page, Qt.Key.Key_Right)
    qtbot.keyClick(page, Qt.Key.Key_Right)
    assert page.card.isVisible()
    one = page._stretches[1]
    assert page.card._values[0].text() == (
        f"{spec.chance_words(one.a)} · {spec.nats_words(one.a, 2)} nats"
    )
    assert opened.view.reader.strips._at == 1


def test_that_absent_detail_offers_its_action(open_view, plain):
    opened = shown(open_view, plain)
    card = opened.view.reader._absent
    assert card.isVisible()
    assert "Token detail was not kept" in card._words.text()
    card._button.click()
    assert opened.commands[-1][0] == "library.add"


def worded(root):
    return [*root.findChildren(QLabel), *root.findChildren(QAbstractButton)]


@pytest.mark.parametrize("size", [(690, 600), (1200, 800), (1560, 830)])
@pytest.mark.parametrize("detail", [False, True])
def test_that_no_words_are_cut_or_stand_on_others(open_view, plain, kept, size, detail):
    opened = shown(open_view, kept if detail else plain, *size, tokens=LIGHT)
    opened.view.grab()
    view = opened.view
    placed: list[tuple[QRect, str]] = []
    for widget in worded(view):
        words = widget.text() if hasattr(widget, "text") else ""
        if not words or not widget.isVisible() or widget.window() is not view:
            continue
        if isinstance(widget, QLabel) and not widget.wordWrap() and widget.metaObject():
            short = widget.sizeHint().width() - widget.width()
            assert short <= 1 or type(widget).__name__ == "Elided", (words, short)
        top = widget.mapTo(view, widget.rect().topLeft())
        placed.append((QRect(top, widget.size()), words))
    scrolled = view._facts
    inside = {w.text() for w in worded(scrolled)}
    free = [(r, w) for r, w in placed if w not in inside]
    for k, (one, words) in enumerate(free):
        assert view.rect().contains(one), (words, one)
        for other, more in free[k + 1 :]:
            assert not one.intersects(other), (words, more)
    rects = view.reader.page.label_rects()
    assert all(
        r.left() >= 0 and r.right() <= view.reader.page.viewport().width() + 12 for r in rects
    )


@pytest.mark.parametrize("detail", [False, True])
def test_that_a_picture_has_everything_at_full_height(open_view, plain, kept, detail):
    opened = shown(open_view, kept if detail else plain, 480, 500)
    sheet = opened.view.picture()
    assert sheet is opened.view.picture()
    taken = sheet.grab()
    assert taken.width() >= 1000
    assert sheet.list.height() % 44 == 0
    assert sheet.list.height() >= 8 * 44
    page = sheet.reader.page
    assert page.verticalScrollBar().maximum() == 0
    rows = page.label_rects()
    assert max(r.bottom() for r in rows) <= page.height()
    assert bool(page._plain) is not detail
    words = [w for w in worded(sheet) if w.text() and w.isVisibleTo(sheet)]
    places = [QRect(w.mapTo(sheet, w.rect().topLeft()), w.size()) for w in words]
    assert all(sheet.rect().contains(place) for place in places if not place.isEmpty())
    n = len(opened.view._why.found.domains)
    assert sum(r.isVisibleTo(sheet) for r in sheet.domains._rows) == n
    buttons = (sheet.reader.copy, sheet.head.swap, sheet.domains._more)
    assert not any(button.isVisibleTo(sheet) for button in buttons)
    assert opened.view.reader.page._stretches


def test_that_a_narrow_view_shows_the_list_or_the_text(open_view, kept):
    opened = shown(open_view, kept, 480, 500)
    view = opened.view
    assert view.bar() == (view.pages,)
    assert view.column.isVisible()
    assert view.column.width() == 480
    assert not view.reader.isVisible()
    view.pages.chosen.emit("text")
    assert view.reader.isVisible()
    assert not view.column.isVisible()
    view.resize(900, 500)
    assert view.reader.isVisible()
    assert view.column.isVisible()
    assert not view.pages.isVisibleTo(view)


def test_that_pointing_goes_both_ways(open_view, plain, pair):
    opened = shown(open_view, plain)
    opened.view.head.buttons[1].entered.emit(True)
    assert opened.state.selection.hovered == pair[1]
    assert opened.view.head.buttons[1]._pointed
    opened.state.selection.hovered = pair[0]
    assert opened.view.head.buttons[0]._pointed
    assert not opened.view.head.buttons[1]._pointed


def test_that_ten_thousand_texts_are_listed_at_once(open_view, plain):
    opened = shown(open_view, plain)
    texts = opened.view._why.texts
    n = 10_000
    import time

    big = dataclasses.replace(
        texts,
        ids=tuple(f"t{k}" for k in range(n)),
        texts=tuple(texts.texts[k % len(texts)] for k in range(n)),
        domains=tuple(texts.domains[k % len(texts)] for k in range(n)),
        kept_order=None,
    )
    rng = np.random.default_rng(0)
    share = rng.gamma(0.3, 1.0, n)
    found = dataclasses.replace(
        opened.view._why.found,
        share=share / share.sum(),
        texts=np.arange(n),
        difference=rng.normal(0, 30, n),
    )
    why = dataclasses.replace(
        opened.view._why,
        found=found,
        texts=big,
        loglik=np.zeros((2, n), np.float32),
        by_share=ask._ranked(found, big.n_bytes, found.share),
    )
    opened.view.show_answer(why)
    began = time.perf_counter()
    opened.view.refresh()
    opened.view.grab()
    assert time.perf_counter() - began < 0.5
    assert opened.view.list.rows.rowCount() == n


def test_that_one_entry_has_no_pair(plain):
    few = dataclasses.replace(plain.prepared, ids=plain.prepared.ids[:1])
    found = ask.answer(dataclasses.replace(plain, prepared=few), Request())
    assert isinstance(found, Nothing)
    assert found.act.command == "library.add"
