"""How figures look, as far as it can be measured: set alike, nothing hidden, nothing cut off."""

from __future__ import annotations

import importlib
import itertools
import re
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, replace
from functools import cache
from pathlib import Path
from typing import Any
from unittest.mock import patch
from xml.etree import ElementTree

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from compute import store
from compute.core.tables import BUILT_IN_RECIPES, Entry, Snapshot, TextSet
from compute.report import ITEMS, kit
from compute.report.contract import Drawing, MapRequest
from compute.report.study import Drawn, Options, Study
from compute.report.trial import trial

EXAMPLE = Path(__file__).parents[3] / "assets" / "example.h5"
FIGURES = [item.id for item in ITEMS if not item.id.startswith(("table", "shifts"))]
SIZES = {kit.TINY, kit.SMALL, kit.TITLE}
LONG = "some-organisation/a-rather-long-name-of-a-model-{}-with-a-suffix-about-its-data"


@dataclass(frozen=True)
class Word:
    """A text as drawn: its size in points, and its box in points from the lower left corner."""

    words: str
    size: float
    box: tuple[float, float, float, float]


@contextmanager
def noted(found: list[Word]) -> Iterator[None]:
    """Note every text that is drawn."""
    from matplotlib.text import Text

    draw = Text.draw

    def noting(self: Any, renderer: Any, *args: Any, **more: Any) -> Any:
        out = draw(self, renderer, *args, **more)
        seen = self.get_visible() and not self.get_path_effects()  # not the rim of a text
        if seen and self.get_text().strip():
            box = self.get_window_extent(renderer)
            scale = 72 / self.figure.dpi
            ends = tuple(float(v) * scale for v in box.extents)
            found.append(Word(self.get_text(), self.get_fontsize(), ends))  # type: ignore[arg-type]
        return out

    with patch.object(Text, "draw", noting):
        yield


def words_of(fig: Any) -> list[Word]:
    found: list[Word] = []
    with noted(found):
        fig.canvas.draw()
    return list(dict.fromkeys(found))


def overlapping(words: list[Word], slack: float = 0.5) -> list[tuple[str, str]]:
    """Pairs whose boxes share more than the slack, in points, both ways."""
    return [
        (a.words, b.words)
        for a, b in itertools.combinations(words, 2)
        if all(
            min(a.box[k + 2], b.box[k + 2]) - max(a.box[k], b.box[k]) > slack for k in (0, 1)
        )
    ]  # fmt: skip


def outside(fig: Any, words: list[Word]) -> list[str]:
    wide, high = (72 * inches for inches in fig.get_size_inches())
    return [
        w.words
        for w in words
        if min(w.box) < -0.5 or w.box[2] > wide + 0.5 or w.box[3] > high + 0.5
    ]


def walk(request: MapRequest, n: int) -> np.ndarray:
    """Places of a map that is made up."""
    return np.cumsum(np.random.default_rng(n).normal(size=(n, request.dims)), axis=0)


def drawings(name: str, study: Study) -> tuple[Drawing, ...]:
    (item,) = [item for item in ITEMS if item.id == name]
    module = importlib.import_module(item.make.partition(":")[0])
    maps = {}
    for request in getattr(module, "maps", lambda _: ())(study):
        known = request.ids or study.prepared(request.analysis).ids
        params = {"perplexity": request.perplexity}
        maps[request] = Drawn(known, walk(request, len(known)), {"params": params})
    return tuple(module.make(replace(study, maps=maps)).drawings)


@cache
def example() -> Study:
    return Study(store.read(EXAMPLE), options=Options(bootstrap=10))


@cache
def everything() -> Study:
    """A project that has something for every figure."""
    made = trial(350, 60)
    return study_of(made.entries, made.rows, made.texts, {w.run: w for w in made.weights})


@cache
def many() -> Study:
    """Ten runs with long names, which only differ in the middle, and one with markup."""
    rng = np.random.default_rng(5)
    steps = (0, 1, 4, 16, 64, 256, *range(1000, 26_000, 1000))
    entries, rows = [], []
    for k in range(11):
        run = LONG.format(f"{k:02d}") if k < 10 else "$a_1$ <b>&amp;</b> ${x}"
        place = rng.normal(-600, 150, 60)
        for step in steps:
            place = place + rng.normal(0, 60 / (1 + np.log1p(step)), 60)
            entry = Entry(f"{k}-{step}", f"{run} {step}", family="f", run=run, step=step,
                          n_params=10**8 * (1 + k % 3), seed=k)  # fmt: skip
            entries.append(entry.with_(status="done", n_scored=60, n_prefix=60))
            rows.append(place)
    return study_of(tuple(entries), np.array(rows, np.float32), trial(400, 60).texts, {})


def study_of(
    entries: tuple[Entry, ...], rows: np.ndarray, texts: TextSet, weights: Mapping[str, Any]
) -> Study:
    recipes = {recipe.name: recipe for recipe in BUILT_IN_RECIPES}
    shot = Snapshot(Path("made-up.h5"), texts, entries, rows, recipes)
    return Study(shot, weights, options=Options(bootstrap=10))


LACKING = ("fig02a", "fig02b", "fig02c", "fig10", "fig11", "fig16", "fig17", "fig18")
"""What the example has nothing for."""
OF_RUNS = ("fig01", "fig04", "fig05", "fig06", "fig08", "fig13", "fig14", "fig15", "appendix_c")
CASES = [
    *((example, name) for name in FIGURES if name not in LACKING),
    *((everything, name) for name in (*LACKING, "fig03", "fig05")),
    *((many, name) for name in OF_RUNS),
]


@pytest.mark.parametrize(("project", "name"), CASES, ids=lambda v: getattr(v, "__name__", v))
def test_that_every_figure_is_set_alike_and_nothing_is_hidden_or_cut(project, name: str) -> None:
    for drawing in drawings(name, project()):
        with kit.style():
            fig = drawing.draw()
            words = words_of(fig)
        assert {w.size for w in words} <= SIZES
        assert fig.get_figwidth() in (kit.SINGLE, kit.DOUBLE)
        assert fig.get_figheight() <= 9.0
        assert overlapping(words) == []
        assert outside(fig, words) == []
        assert any(w.size == kit.TITLE for w in words)


@pytest.mark.parametrize("name", ["fig01", "fig04", "fig05", "fig06", "fig14"])
def test_that_a_run_has_one_colour_and_one_mark_in_every_figure(name: str) -> None:
    styles = kit.run_style(example().every_run)
    colours = {look.colour.lower() for look in styles.values()}
    for drawing in drawings(name, example()):
        with kit.style():
            picture = kit.svg(drawing.draw()).decode()
        used = {c.lower() for c in re.findall(r"(?:fill|stroke): (#[0-9a-fA-F]{6})", picture)}
        assert used & colours
        others = {kit.colour(k).lower() for k in range(8)} - colours
        assert not used & others


@pytest.mark.parametrize("name", ["fig01", "fig03", "fig05", "fig14", "fig15"])
def test_that_an_svg_opens_and_its_text_is_text_in_a_font_with_a_fallback(name: str) -> None:
    for drawing in drawings(name, example()):
        with kit.style():
            fig = drawing.draw()
            picture = kit.svg(fig)
            words = words_of(fig)
        root = ElementTree.fromstring(picture)
        assert float(root.attrib["width"].removesuffix("pt")) == 72 * fig.get_figwidth()
        texts = [e for e in root.iter() if e.tag.endswith("}text")]
        said = {"".join(text.itertext()) for text in texts}
        assert said >= {w.words for w in words}
        for text in texts:
            style = text.attrib["style"]
            assert re.search(r"'Inter'.*sans-serif", style)
            assert {float(size) for size in re.findall(r"([\d.]+)px", style)} <= SIZES


NAMES = st.lists(st.text("ab/-_ 1", min_size=1, max_size=60), min_size=1, max_size=8, unique=True)


@given(NAMES, st.integers(8, 40))
def test_that_short_names_are_short_and_all_different(names: list[str], most: int) -> None:
    out = kit.brief(names, most)
    assert list(out) == names
    different = {" ".join(name.split()) for name in names}
    if len(different) == len(names):
        assert len(set(out.values())) == len(names)
    assert all(len(words) <= most for words in out.values())


def test_that_a_long_name_keeps_the_part_by_which_it_differs() -> None:
    names = [LONG.format(k) for k in ("01", "17")]
    assert [k in words for k, words in zip(("01", "17"), kit.brief(names).values(), strict=True)]
    assert kit.brief(["a", "b"]) == {"a": "a", "b": "b"}
