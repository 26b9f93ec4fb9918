"""The legend, the colour bar and the chips."""

from __future__ import annotations

from dataclasses import replace
from itertools import pairwise

import numpy as np
import pytest
from PySide6.QtGui import QImage, QPainter
from PySide6.QtWidgets import QApplication

from compute.core.tables import Entry
from explorer.canvas.camera import Viewport
from explorer.canvas.corners import Corners, CornersModel
from explorer.canvas.dressing import Dressing
from explorer.canvas.ink import Cache, Face, hex_of, width, wrapped
from explorer.canvas.legend import view as legend
from explorer.canvas.legend.spec import Chip, jump_chip
from explorer.canvas.overlay import Sprite
from explorer.canvas.ruler.spec import ruler
from explorer.canvas.stage import Stage
from explorer.state.colouring import Bar
from explorer.state.dress import LegendRow
from explorer.state.filter import FilterState
from explorer.state.map import Colour, MapState, MapTables, TimelineState
from explorer.state.scene import Scene
from explorer.theme.ramps import ramp
from explorer.theme.tokens import DARK, LIGHT, PRESENTER, Tokens, rgb

SIZE = (900, 600)
BAR = Bar(
    "step", "", 0.0, 800.0, True, ((0.0, "0"), (0.345, "10"), (0.69, "100")),
    ramp("", DARK.canvas),
)  # fmt: skip


def _scene(**more: object) -> Scene:
    rows = tuple(LegendRow(f"run-{k}", rgb(DARK.runs[k]), "circle") for k in range(4))
    return replace(Scene(n_entries=9, legend=rows), **more)


def _painted(sprites: tuple[Sprite, ...], tokens: Tokens = DARK) -> np.ndarray:
    """(height, width, 3) uint8: the sprites on the canvas."""
    image = QImage(*SIZE, QImage.Format.Format_RGB32)
    image.fill(tokens.canvas)
    painter = QPainter(image)
    for s in sprites:
        painter.drawPixmap(s.x, s.y, s.pixmap)
    painter.end()
    raw = np.frombuffer(image.constBits(), np.uint8).reshape(SIZE[1], SIZE[0], 4)
    return raw[..., 2::-1].copy()


def _has(pixels: np.ndarray, colour: str, within: float = 0.03) -> bool:
    gap = np.abs(pixels / 255.0 - rgb(colour)).max(axis=-1)
    return int((gap < within).sum()) > 20


def test_that_every_colour_of_the_legend_is_drawn(qapp: QApplication) -> None:
    pixels = _painted(legend.legend(Cache(), _scene(), SIZE, DARK))
    assert all(_has(pixels, colour) for colour in DARK.runs[:4])
    assert not _has(pixels, DARK.runs[4])


def test_that_the_colour_bar_has_the_colours_of_its_values_in_their_places(
    qapp: QApplication,
) -> None:
    (sprite,) = legend.legend(Cache(), _scene(legend=(), bar=BAR), SIZE, DARK)
    pixels = _painted((sprite,))
    y = sprite.y + 12 + 7 + 5
    left = sprite.x + round(legend.BAR_PAD)
    wide = round(legend.BAR_WIDE)
    for share in (0.05, 0.3, 0.5, 0.8, 0.95):
        expected = BAR.colours[int(share * len(BAR.colours))]
        found = pixels[y, left + round(share * wide)] / 255.0
        np.testing.assert_allclose(found, expected, atol=0.05, err_msg=hex_of(tuple(expected)))
    np.testing.assert_allclose(pixels[y, left - 4] / 255.0, rgb(DARK.canvas), atol=0.01)


@pytest.mark.parametrize("tokens", [DARK, LIGHT, PRESENTER], ids=lambda t: t.name)
def test_that_a_long_legend_wraps_without_touching_itself(
    qapp: QApplication, tokens: Tokens
) -> None:
    rows = tuple(LegendRow(f"a run with a long name {k}", (1, 0, 0), "star") for k in range(8))
    scene = _scene(legend=rows, n_others=12, n_partial=3, shapes=(("circle", "small"),))
    for bar in (None, BAR):
        made = legend.legend(Cache(), replace(scene, bar=bar), (640, 600), tokens)
        assert len(made) == 11 + (bar is not None)
        rects = [s.rect for s in made]
        for i, rect in enumerate(rects):
            assert rect.bottom() <= 600
            for other in rects[i + 1 :]:
                across = rect.intersected(other)
                assert across.isEmpty() or min(across.width(), across.height()) <= 1


def test_that_numbers_of_the_bar_never_touch(qapp: QApplication) -> None:
    close = tuple((k / 10, f"{k},000,000") for k in range(11))
    kept = legend._clear(close, Face(11), 190.0)
    assert 2 <= len(kept) < 11
    ends = [
        (legend._inside(legend.BAR_PAD + s * 190, width(w, Face(11)), 190), width(w, Face(11)))
        for s, w in kept
    ]
    assert all(a + wide < b for (a, wide), (b, _) in pairwise(ends))


def test_that_the_jump_light_says_how_many_it_found_among_how_many() -> None:
    assert jump_chip(-1, 0, 2) is None
    found = [jump_chip(n, 192, dims) for n, dims in ((0, 2), (1, 2), (2, 2), (6, 3))]
    assert [(c.words, c.level) for c in found if c] == [
        ("No jump in 192 segments", "ok"),
        ("1 of 192 segments looks longer than their KL", "warn"),
        ("2 of 192 segments look longer than their KL", "warn"),
        ("6 drawn jumps are not in the KL", "warn"),
    ]
    assert found[3] is not None
    assert "Press 3 to compare with 2D" in found[3].more


def test_that_chips_and_cards_stand_one_under_the_other(qapp: QApplication) -> None:
    chips = (Chip("One."), Chip("Two.", "warn", more="More of it. " * 8), Chip("Three.", "ok"))
    for tokens in (DARK, PRESENTER):
        made = legend.notes(Cache(), chips, 700, tokens)
        for a, b in pairwise(made):
            assert a.rect.bottom() <= b.y + 2
        pixels = _painted(made, tokens)
        assert _has(pixels, tokens.warn, 0.2)
        assert _has(pixels, tokens.ok, 0.2)


def test_that_sentences_wrap_between_words(qapp: QApplication) -> None:
    face = Face(12)
    lines = wrapped("Dotted segments look long here, but their KL is ordinary.", face, 150)
    assert len(lines) >= 2
    assert all(width(line, face) <= 150 for line in lines)
    assert " ".join(lines) == "Dotted segments look long here, but their KL is ordinary."


def test_that_shapes_of_sizes_are_told_where_colours_are_not_of_runs() -> None:
    sizes = {"a": 300_000, "b": 300_000, "c": 1_300_000}
    entries = tuple(Entry(f"{r}{s}", run=r, step=s, n_params=n) for r, n in sizes.items()
                    for s in (0, 1))  # fmt: skip
    state = MapState()
    dressed = Dressing(state, TimelineState(), FilterState(), DARK)
    dressed.set_tables(MapTables(entries, np.zeros((6, 2), np.float32), np.ones(6)))
    assert dressed.scene().shapes == ()
    state.colour = Colour("step")
    assert dressed.scene().shapes == (("triangle", "300\u2009k"), ("circle", "1.3\u2009M"))
    state.shape_by = "none"
    assert dressed.scene().shapes == ()


@pytest.mark.parametrize("bar", [None, BAR], ids=["names", "bar"])
@pytest.mark.parametrize("tokens", [DARK, PRESENTER], ids=lambda t: t.name)
def test_that_nothing_in_the_corners_lies_on_something_else(
    qapp: QApplication, bar: Bar | None, tokens: Tokens
) -> None:
    stage = Stage()
    stage.set_port(Viewport(*SIZE, 100, 50, 130, 80))
    coords = np.array([[-10.0, -2.0], [4.0, 3.0]], np.float32)
    stage.set_coords(("a", "b"), coords, 0.0)
    chips = (Chip("One."), Chip("Two.", "warn", more="More of it. " * 8))
    for zoom in (1.0, 1.7, 2.3):
        stage.zoom(zoom, (300.0, 200.0))
        info = {"explained": [0.9, 0.1]}
        found = ruler({"method": "pca"}, info, stage.box, stage.flat, stage.port)
        model = CornersModel(_scene(bar=bar), found, chips, SIZE, tokens, None)
        rects = [s.rect for s in Corners(Cache()).sprites(model)]
        assert len(rects) > 10
        for i, rect in enumerate(rects):
            for other in rects[i + 1 :]:
                across = rect.intersected(other)
                assert min(across.width(), across.height()) <= 10, (rect, other)
