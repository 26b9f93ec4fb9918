"""Which entries are named, where, and when there are more names."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from PySide6.QtWidgets import QApplication

from compute.core.tables import Entry
from explorer.canvas import fit
from explorer.canvas.camera import View2D, Viewport, project
from explorer.canvas.dressing import Dressing
from explorer.canvas.ink import Cache
from explorer.canvas.labels.spec import along, importance, thinned
from explorer.canvas.labels.view import LabelsModel, LabelsView
from explorer.canvas.overlay import Sprite
from explorer.state.filter import FilterState
from explorer.state.map import MapState, MapTables, TimelineState
from explorer.theme.tokens import DARK, PRESENTER

PORT = Viewport(1000, 700, 110, 60, 140, 90)
N_RUNS, N_STEPS = 6, 64


def _dressed(filtered: FilterState | None = None) -> Dressing:
    entries = tuple(
        Entry(f"r{r}@{s}", f"step {s}", run=f"run-{r}", step=10 * s)
        for r in range(N_RUNS)
        for s in range(N_STEPS)
    )
    walk = np.random.default_rng(3).normal(size=(N_RUNS, N_STEPS, 2)).cumsum(axis=1)
    coords = walk.reshape(-1, 2).astype(np.float32)
    made = Dressing(MapState(), TimelineState(), filtered or FilterState(), DARK)
    made.set_tables(MapTables(entries, coords, np.ones(len(entries)), {"method": "tsne"}))
    return made


def _model(dressed: Dressing, zoom: float = 1.0, at: int = 40) -> LabelsModel:
    """Looking at entry ``at`` from closer than all of it by ``zoom``."""
    points = fit.normalised(dressed.tables.coords)
    home = fit.fit_2d(points, PORT)
    x, y, _ = (float(v) for v in points[at])
    view = home if zoom == 1.0 else View2D(x, y, home.scale * zoom)
    scene = dressed.scene()
    screen = project(view.matrix(PORT), scene.nodes(points), PORT)
    return LabelsModel(scene, dressed.tracks, screen, (1000, 700), DARK, zoom=zoom)


def _boxes(sprites: tuple[Sprite, ...]) -> list[tuple[float, float, float, float]]:
    """The words of each sprite without their halo, as x0, y0, x1, y1."""
    return [
        (s.x + 5, s.y + 5, s.x + s.pixmap.width() - 5, s.y + s.pixmap.height() - 5) for s in sprites
    ]


@pytest.mark.parametrize("zoom", [1.0, 3.0, 12.0, 60.0])
@pytest.mark.parametrize("tokens", [DARK, PRESENTER], ids=["dark", "presenter"])
def test_that_names_never_overlap_nor_leave_the_window(
    qapp: QApplication, zoom: float, tokens: object
) -> None:
    model = replace(_model(_dressed(), zoom), tokens=tokens)
    view = LabelsView(Cache())
    for quick in (False, True, True):
        boxes = _boxes(view.sprites(replace(model, quick=quick)))
        assert boxes
        for i, (x0, y0, x1, y1) in enumerate(boxes):
            assert min(x0, y0) >= 0
            assert x1 <= 1000
            assert y1 <= 700
            for a0, b0, a1, b1 in boxes[i + 1 :]:
                assert x1 - 1 <= a0 or a1 - 1 <= x0 or y1 <= b0 or b1 <= y0


def test_that_a_closer_view_names_more_checkpoints(qapp: QApplication) -> None:
    dressed = _dressed()

    def named(zoom: float) -> tuple[int, int]:
        """Entries named, and those on the screen."""
        view, model = LabelsView(Cache()), _model(dressed, zoom)
        view.sprites(model)
        keys = [k for k in view._last if isinstance(k, tuple) and k[0] == "entry"]
        ticks = {("entry", node) for node, _ in model.scene.ticks}
        x, y = model.screen[: N_RUNS * N_STEPS, :2].T
        return len(set(keys) - ticks), int(((x > 0) & (x < 1000) & (y > 0) & (y < 700)).sum())

    counts = [named(zoom) for zoom in (1.0, 2.0, 6.0)]
    assert counts[0][0] == 0
    assert counts[0][0] < counts[1][0] <= 40
    shares = [n / on_screen for n, on_screen in counts]
    assert shares[0] < shares[1] < shares[2]


def test_that_heads_are_named_before_checkpoints_and_at_most_forty_are(qapp: QApplication) -> None:
    view = LabelsView(Cache())
    view.sprites(_model(_dressed(), 4.0))
    keys = list(view._last)
    kinds = [k[0] for k in keys if isinstance(k, tuple)]
    assert len(keys) <= 40
    assert kinds == sorted(kinds, key=["head", "entry"].index)


def test_that_a_run_whose_head_is_out_of_sight_gives_its_name_once(qapp: QApplication) -> None:
    view, model = LabelsView(Cache()), _model(_dressed(), 40.0, at=70)
    view.sprites(model)
    names = [words.name for _, words, _ in view._last.values() if words.name]
    assert "run-1" in names
    assert len(names) == len(set(names))


def test_that_hidden_and_greyed_entries_have_no_name(qapp: QApplication) -> None:
    ids = [f"r{r}@{s}" for r in range(N_RUNS) for s in range(N_STEPS)]
    first, second = frozenset(ids[:N_STEPS]), frozenset(ids[N_STEPS : 2 * N_STEPS])
    dressed = _dressed(FilterState(hidden=first, greyed=second))
    for zoom in (1.0, 5.0):
        view, model = LabelsView(Cache()), _model(dressed, zoom, at=30)
        view.sprites(replace(model, chosen=np.arange(10, 100)))
        for key, (_, words, _) in view._last.items():
            assert words.name not in ("run-0", "run-1")
            if isinstance(key, tuple) and key[0] == "entry":
                assert key[1] >= 2 * N_STEPS


def test_that_what_is_selected_is_named(qapp: QApplication) -> None:
    view = LabelsView(Cache())
    model = _model(_dressed())
    view.sprites(replace(model, chosen=np.array([20, 150]), selected=150))
    assert view._last["entry", 150][1].name == "run-2"
    assert view._last["entry", 150][1].detail == "step 220"


def test_that_without_details_only_heads_are_named(qapp: QApplication) -> None:
    view, model = LabelsView(Cache()), _model(_dressed())
    view.sprites(replace(model, chosen=np.array([20, 150]), selected=150, details=False))
    assert {key[0] for key in view._last if isinstance(key, tuple)} == {"head"}
    assert not any(words.detail for key, (_, words, _) in view._last.items() if key != "start")


def test_that_names_follow_their_points_in_motion(qapp: QApplication) -> None:
    view, model = LabelsView(Cache()), _model(_dressed())
    before = view.sprites(model)
    moved = model.screen.copy()
    moved[:, 0] += 7
    after = view.sprites(replace(model, screen=moved, quick=True))
    assert [(s.x + 7, s.y) for s in before] == [(s.x, s.y) for s in after]


def test_that_the_parts_of_a_run_are_named_evenly() -> None:
    order, bounds = np.arange(48)[::-1], np.array([0, 32, 48])
    rank = importance(order, bounds)[order]
    assert rank[0] > rank[16] > rank[8] == rank[24] > rank[4] > rank[2] > rank[1]
    assert rank[32] == rank[0]


def test_that_each_cell_gives_its_most_important_point() -> None:
    rng = np.random.default_rng(0)
    screen, rank = rng.uniform(-50, 650, (500, 2)), rng.permutation(500).astype(float)
    found = thinned(screen, rank, (600, 400), (100, 50))
    cells = {}
    for k, (x, y) in enumerate(screen):
        if 0 <= x < 600 and 0 <= y < 400:
            cell = int(x // 100), int(y // 50)
            cells[cell] = max(cells.get(cell, (-1.0, -1)), (rank[k], k))
    assert set(found.tolist()) == {k for _, k in cells.values()}
    assert (np.diff(rank[found]) < 0).all()


def test_that_points_along_lines_lie_on_their_visible_parts() -> None:
    screen = np.array([[-1000.0, 50.0], [2000.0, 50.0], [20.0, 20.0], [22.0, 22.0], [np.nan] * 2])
    segments = np.array([[0, 1], [2, 3], [3, 4]], np.int32)
    found = along(screen, segments, (300, 100), 10.0)
    assert len(found) == 30
    np.testing.assert_allclose(found[:, 1], 50)
    assert found[:, 0].min() >= 0
    assert found[:, 0].max() <= 300
