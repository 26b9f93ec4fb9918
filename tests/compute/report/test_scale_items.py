"""Figures 2, 3, 16 to 18 and tables 2: what they hold, and that they can be drawn."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from importlib import import_module

import numpy as np
import pytest

from compute.core.tables import Entry, Snapshot
from compute.geometry import kl_pair
from compute.report import ITEMS, kit
from compute.report.contract import DataTable, Item, MapRequest, Missing, Piece
from compute.report.study import Drawn, Options, Study
from tests.compute.made_suite import made_suite

MINE = (
    "fig02a", "fig02b", "fig02c", "fig03", "fig16", "fig17", "fig18", "table2a", "table2b",
    "table2c", "shifts",
)  # fmt: skip


@pytest.fixture(scope="module")
def study() -> Study:
    return Study(made_suite(120))


def made(study: Study, name: str) -> Piece:
    item = next(item for item in ITEMS if item.id == name)
    module = import_module(item.make.partition(":")[0])
    piece: Piece = module.make(mapped(study, item))
    return piece


def mapped(study: Study, item: Item) -> Study:
    """The study with a stand-in for every map that the item asks for."""
    if not item.maps:
        return study
    asked = import_module(item.maps.partition(":")[0]).maps(study)
    return replace(study, maps={request: stand_in(study, request) for request in asked})


def stand_in(study: Study, request: MapRequest) -> Drawn:
    rows = study.prepared(request.analysis)
    ids = request.ids or rows.ids
    at = [rows.row(name) for name in ids]
    turn = np.random.default_rng(0).normal(size=(rows.n_texts, request.dims))
    params = {"method": "tsne", "perplexity": 7.0}
    return Drawn(tuple(ids), rows.qs[at] @ turn, {"params": params, "note": ""})


def table(piece: Piece, name: str) -> DataTable:
    return next(t for t in piece.tables if t.name == name)


def column(data: DataTable, name: str) -> list[object]:
    at = [title for title, _ in data.columns].index(name)
    return [row[at] for row in data.rows]


@pytest.mark.parametrize("name", MINE)
def test_that_every_item_says_estimator_unit_texts_and_recipe(study: Study, name: str) -> None:
    piece = made(study, name)
    for words in ("half the variance", "bits/byte", "texts", "recipe"):
        assert words in piece.caption
    assert piece.caption.endswith(".")
    assert ".." not in piece.caption
    for data in piece.tables:
        assert data.rows
        assert {len(row) for row in data.rows} == {len(data.columns)}
    assert len({t.name for t in piece.tables}) == len(piece.tables)


@pytest.mark.parametrize("name", [n for n in MINE if n.startswith(("fig", "shifts"))])
def test_that_every_figure_is_drawn_without_a_warning(study: Study, name: str) -> None:
    for drawing in made(study, name).drawings:
        with kit.style():
            picture = kit.svg(drawing.draw())
        assert b"<text" in picture


@pytest.mark.parametrize("name", ["fig02a", "fig02b", "fig02c", "fig17", "fig18"])
def test_that_a_caption_states_perplexity_and_seed_of_its_map(study: Study, name: str) -> None:
    assert "perplexity 7, seed 42." in made(study, name).caption


def test_that_maps_hold_what_they_draw_and_nothing_else(study: Study) -> None:
    asked = {
        item.id: import_module(item.maps.partition(":")[0]).maps(study)[0]
        for item in ITEMS
        if item.id in MINE and item.maps
    }
    quantized = [study.entries[i] for i in asked["fig02a"].ids]
    assert not [e for e in quantized if e.quantization == "none"]
    assert len(quantized) == 3 * 4 * 3
    assert asked["fig02b"].perplexity == 20
    assert not [i for i in asked["fig02b"].ids if i.endswith(("merge", "orphan", "8bit"))]
    assert all(study.entries[i].layer >= 0 for i in asked["fig02c"].ids)
    assert asked["fig16"] == asked["fig02c"]
    assert asked["fig18"].dims == 3


def test_that_the_table_of_settings_has_ours_beside_the_papers(study: Study) -> None:
    data = table(made(study, "table2a"), "settings")
    rows = dict(zip(column(data, "group"), data.rows, strict=True))
    assert rows["Layer"][column_at(data, "published median")] == 3.0
    assert rows["Null"][column_at(data, "published median")] is None
    pairs = table(made(study, "fig03"), "pairs")
    kl = np.array(column(pairs, "KL"))
    of = np.array(column(pairs, "group"))
    for name, row in rows.items():
        own = kl[of == name]
        assert row[column_at(data, "pairs")] == len(own)
        assert row[column_at(data, "median")] == pytest.approx(np.median(own))
        assert row[column_at(data, "mean")] == pytest.approx(np.mean(own))


def test_that_medians_lie_in_their_intervals_over_texts(study: Study) -> None:
    data = table(made(study, "table2a"), "texts")
    assert len(data.rows) == 11
    for _, _, median, low, high, n in data.rows:
        assert low <= median * 1.05
        assert high >= median * 0.95
        assert n == study.options.bootstrap
    none = Study(study.snapshot, options=replace(study.options, bootstrap=0))
    assert "texts" not in [t.name for t in made(none, "table2a").tables]


def column_at(data: DataTable, name: str) -> int:
    return [title for title, _ in data.columns].index(name)


def test_that_the_steps_are_at_7_35_and_70_per_cent_of_the_run(study: Study) -> None:
    data = table(made(study, "table2b"), "steps-seeds-sizes")
    steps = [row[2] for row in data.rows if row[0] == "Step"]
    assert steps == ["100 – 200", "700 – 800", "1,400 – 1,500"]
    sizes = [row for row in data.rows if row[0] == "Size"]
    recipe = study.analysis("sizes").recipe
    for row, other in zip(sizes, ("s-seed0", "m-seed0"), strict=True):
        single = kl_pair(study.snapshot, recipe, "xs-seed0/step2000", f"{other}/step2000")
        at = column_at(data, "KL")
        assert row[at : at + 2] == (pytest.approx(single.kl), pytest.approx(single.se))
    assert not [row for row in data.rows if row[0] == "Seed"]  # the smallest size has one seed


def test_that_seeds_are_averaged_with_an_error_over_texts_that_they_share() -> None:
    project = made_suite(120)
    kept = [k for k, e in enumerate(project.entries) if not e.run.startswith("xs")]
    smaller = Study(only(project, kept))
    data = table(made(smaller, "table2b"), "steps-seeds-sizes")
    (row,) = [row for row in data.rows if row[0] == "Seed"]
    recipe = smaller.analysis("pretraining").recipe
    single = [
        kl_pair(smaller.snapshot, recipe, "s-seed0/step2000", f"s-seed{k}/step2000")
        for k in (1, 2, 3)
    ]
    at = column_at(data, "KL")
    assert row[column_at(data, "pairs")] == 3
    assert row[at] == pytest.approx(np.mean([s.kl for s in single]))
    assert 0 < row[at + 1] <= np.mean([s.se for s in single])


def test_that_layers_are_the_first_the_middle_and_the_last_pair(study: Study) -> None:
    data = table(made(study, "table2c"), "layers")
    assert column(data, "layers") == ["1 – 2", "6 – 7", "11 – 12"] * 3
    assert column(data, "shallow") == ["noisy", "", ""] * 3


def test_that_the_published_layers_stand_beside_the_same_models() -> None:
    project = made_suite(60)
    names = {"ant/base-0": "Llama-2-7b-hf", "bee/base-0": "Meta-Llama-3-8B",
             "cat/base-2": "Mistral-7B-v0.3"}  # fmt: skip
    entries = tuple(e.with_(label=f"org/{names.get(e.id, e.label)}") for e in project.entries)
    data = table(made(Study(replace(project, entries=entries)), "table2c"), "layers")
    assert list(dict.fromkeys(column(data, "model"))) == [f"org/{n}" for n in names.values()]
    # The last pair is another layer here than in the paper, so only the first has its value.
    assert column(data, "published KL") == [0.61, None, None, 4.0, None, None, 2.4, None, None]


def test_that_the_shift_table_holds_families_controls_and_null_controls(study: Study) -> None:
    piece = made(study, "shifts")
    data = table(piece, "shift-cosines")
    mean = {(row[0], row[1]): row[column_at(data, "mean cosine")] for row in data.rows}
    assert mean["8-bit", "ant"] > 0.9
    assert abs(mean["4-bit", "ant"]) < 0.3
    assert abs(mean["null control", "all models"]) < 0.3
    assert abs(mean["8-bit", "random groups of 9"] - mean["8-bit", "all models"]) < 0.05
    assert 16_000_000 in column(table(piece, "variants"), "on disk")


def test_that_shifts_of_one_model_and_its_control_can_be_drawn() -> None:
    project = made_suite(60)
    variants = [e for e in project.entries if e.relation == "quantized-from"]
    one = variants[0].parent
    kept = [
        k
        for k, e in enumerate(project.entries)
        if e.relation != "quantized-from" or e.parent == one
    ]
    piece = made(Study(only(project, kept)), "shifts")
    with kit.style():
        assert [kit.svg(drawing.draw()) for drawing in piece.drawings]


def test_that_a_missing_null_control_is_said() -> None:
    project = made_suite(60)
    kept = [k for k, e in enumerate(project.entries) if e.quantization != "none"]
    without = Study(only(project, kept))
    assert "no null control" in " ".join(made(without, "shifts").remarks)
    assert "no null control" in made(without, "fig02a").caption


def test_that_a_wrong_parent_is_a_hint_beside_the_map() -> None:
    project = made_suite(200)
    entries = tuple(
        e.with_(parent="ant/base-2") if e.id == "ant/tune-1" else e for e in project.entries
    )
    kept = [k for k, e in enumerate(entries) if e.id != "ant/base-3"]
    piece = made(Study(only(replace(project, entries=entries), kept)), "fig02b")
    assert not piece.remarks  # ant-base-1 is nobody's declared parent any more
    data = table(piece, "fine-tuned")
    generation = dict(zip(column(data, "model"), column(data, "generation"), strict=True))
    assert generation["ant-tune-0-dpo"] == 3


def only(project: Snapshot, rows: Sequence[int]) -> Snapshot:
    entries = tuple(project.entries[k] for k in rows)
    return replace(project, entries=entries, loglik=project.loglik[list(rows)])


@pytest.mark.parametrize("name", MINE)
def test_that_a_project_without_pairs_is_told_what_is_missing(name: str) -> None:
    project = made_suite(60)
    alone = replace(
        only(project, [0]),
        entries=(Entry("a", status="done", n_scored=60, n_prefix=60, bos="tokenizer"),),
    )
    with pytest.raises(Missing) as caught:
        made(Study(alone), name)
    assert caught.value.message


def test_that_a_study_works_a_thing_out_once_and_another_study_again(study: Study) -> None:
    calls: list[int] = []

    def make() -> int:
        calls.append(1)
        return len(calls)

    assert [study.once("k", make), study.once("k", make), study.once("other", make)] == [1, 1, 2]
    assert replace(study, options=Options(seed=7)).once("k", make) == 3
