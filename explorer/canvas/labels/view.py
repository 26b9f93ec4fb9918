"""Labels as sprites: heads first, then what is selected, then checkpoints as room allows."""

from __future__ import annotations

import math
from collections.abc import Hashable, Iterable
from dataclasses import dataclass, field
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QPointF, QSizeF

from compute.core.numbers import count
from explorer.canvas import ink
from explorer.canvas.labels.spec import MOST, Placed, Wish, along, importance, place, thinned
from explorer.canvas.overlay import Sprite
from explorer.state import axes
from explorer.state.dress import Tracks
from explorer.state.scene import Scene
from explorer.theme.tokens import Tokens

PAD = 5.0
SIDES = tuple(Wish.__dataclass_fields__["sides"].default)
BELOW = ("down", "up", "right", "left")
ABOVE = ("up", "down", "left-up", "right-up")
BEGINNING = ("right-up", "right-down")
START_REACH = 90.0
STEPS_TO = 20.0
"""Larger names, in px, stand without a step: there is no room for it beside their heads."""
GAP = 5.0
TICK_LIMIT, POINT_LIMIT = 4.0, 2.0
HEADS, POINTS = 100, 60
CELL = (64.0, 26.0)
FIRST_ZOOM, PER_OCTAVE = 1.4, 12.0
LINES = 20_000
_NO_POINTS = np.zeros((0, 2))

Boxes: TypeAlias = tuple[tuple[float, float, float, float], ...]


@dataclass(frozen=True, eq=False)
class LabelsModel:
    """What is named. ``screen`` (K + H, 3) is as from :func:`explorer.canvas.camera.project`.

    ``chosen`` are rows of selected entries, ``selected`` the row that is shown, -1 = none;
    ``scoring`` is a run. ``zoom`` is how much closer than the view of everything. Without
    ``details`` only heads are named, without steps beside them or along the runs, as there are no
    dots that other names could belong to. ``taken`` boxes are left free; ``quick`` moves the
    labels of last time, for pictures in motion.
    """

    scene: Scene
    tracks: Tracks
    screen: NDArray[np.float64]
    size: tuple[float, float]
    tokens: Tokens
    chosen: NDArray[np.int64] = field(default_factory=lambda: np.zeros(0, np.int64))
    selected: int = -1
    scoring: str = ""
    zoom: float = 1.0
    ticks: bool = True
    details: bool = True
    quick: bool = False
    taken: Boxes = ()


@dataclass(frozen=True, slots=True)
class _Words:
    """A name, what follows it, and whether it is a small number beside a dot."""

    name: str
    detail: str
    small: bool = False


class LabelsView:
    """Makes the label sprites of a scene at projected nodes.

    In motion those of last time move with their nodes, at a cost that does not depend on how many
    entries there are; whether there is room for others is seen in the next layout at leisure.
    """

    def __init__(self, cache: ink.Cache) -> None:
        self._cache = cache
        self._last: dict[Hashable, tuple[Wish, _Words, str]] = {}
        self._ranks: tuple[object, NDArray[np.int64]] = (None, np.zeros(0, np.int64))
        self._on_base: tuple[object, NDArray[np.bool_]] = (None, np.zeros(0, bool))

    def sprites(self, model: LabelsModel) -> tuple[Sprite, ...]:
        """All labels. Those that were there last time go first among their equals."""
        m = model
        if not m.scene.n_entries:
            self._last = {}
            return ()
        asked = self._moved(m) if m.quick else self._asked(m)
        sides = {key: side for key, (_, _, side) in self._last.items()}
        points = _NO_POINTS if m.quick else self._points(m)
        reach = float(m.scene.mark_radius[-1]) + 2.0 if len(m.scene.heads) else 9.0
        heads = np.array(
            [(w.x, w.y) for w in asked.wishes if isinstance(w.key, tuple) and w.key[0] == "head"]
        ).reshape(-1, 2)
        taken = [(x - reach, y - reach, x + reach, y + reach) for x, y in heads.tolist()]
        placed = place(
            asked.wishes, points, m.size, (*m.taken, *taken), sides, heads, quick=m.quick
        )
        wishes = {w.key: w for w in asked.wishes}
        self._last = {p.key: (wishes[p.key], asked.words[p.key], p.side) for p in placed}
        return tuple(s for p in placed for s in self._made(p, asked.words[p.key], m.tokens))

    @staticmethod
    def _points(m: LabelsModel) -> NDArray[np.float64]:
        """What labels should not cover: marks, and lines where they are not too many."""
        marks = m.screen[m.scene.mark_node][:, :2]
        if len(m.scene.segments) > LINES:
            return marks
        return np.concatenate([marks, along(m.screen, m.scene.segments, m.size)])

    def _moved(self, m: LabelsModel) -> _Asked:
        """The labels of last time where their nodes are now; heads say where they stand now."""
        out, n = _Asked(m.tokens), m.scene.n_entries
        for key, (wish, words, _) in self._last.items():
            if key == "start":
                at = _start(m.scene, m.screen)
            else:
                assert isinstance(key, tuple)
                kind, k = key
                if kind == "head" and k < len(m.scene.heads):
                    words, at = _of_head(m, k), m.screen[n + k]
                else:
                    at = m.screen[k] if kind == "entry" and k < n and m.scene.seen[k] else None
            if at is not None:
                out.add(key, at, words, wish.gap, wish.sides, wish.limit)
        return out

    # ------------------------------------------------------------------ what asks for a place

    def _asked(self, m: LabelsModel) -> _Asked:
        asked = _Asked(m.tokens)
        near, named = self._heads(m)
        for k in near:
            self._ask_head(asked, m, int(k))
        shown = self._chosen(m) if m.details else []
        for row in shown:
            if row == m.selected:
                asked.add(("entry", row), m.screen[row], _named(m, row), 12.0, SIDES)
            else:
                asked.add(("entry", row), m.screen[row], _number(m, row), 8.0, SIDES, POINT_LIMIT)
        start = _start(m.scene, m.screen)
        if start is not None:
            first = m.tracks.entries[int(m.scene.starts[0])]
            of = "all models" if first.layer >= 0 else "all runs"
            words = _Words("", f"{axes.place(first, m.scene.first_step)}, {of}", small=True)
            asked.add("start", start, words, 0.0, ABOVE if m.details else BEGINNING)
        for node, text in m.scene.ticks if m.ticks and m.details else ():
            if node not in shown:
                words = _Words("", text, small=True)
                asked.add(("entry", node), m.screen[node], words, 4.0, BELOW, TICK_LIMIT)
        self._ask_points(asked, m, named)
        return asked

    def _heads(self, m: LabelsModel) -> tuple[NDArray[np.int64], set[int]]:
        """Heads that may get a label, and the runs that have one on the screen."""
        n, rows = m.scene.n_entries, m.scene.head_a
        screen = m.screen[n:]
        rank = np.where(m.scene.greyed[rows], -np.inf, 0.0)
        if m.zoom < FIRST_ZOOM:
            beside = self._quantized(m)[rows] & ~np.isin(rows, m.chosen)
            rank[beside & (rows != m.selected)] = -np.inf
        rank[[k for k in self._kept("head") if k < len(rank)]] += 1.0
        if len(rank) <= HEADS:
            near = np.flatnonzero((rank > -np.inf) & _on_screen(screen, m.size))
        else:
            near = thinned(screen, rank, m.size, CELL)[:HEADS]
            near = near[rank[near] > -np.inf]
        return near, set(m.tracks.run_of[rows[near]].tolist())

    def _quantized(self, m: LabelsModel) -> NDArray[np.bool_]:
        """Entries that lie on the model they were quantized from: its name is enough there."""
        if self._on_base[0] is not m.tracks:
            every = m.tracks.entries
            there = {e.id for e in every}
            found = [e.relation == "quantized-from" and e.parent in there for e in every]
            self._on_base = m.tracks, np.array(found, bool)
        return self._on_base[1]

    def _ask_head(self, asked: _Asked, m: LabelsModel, k: int) -> None:
        radius = float(m.scene.mark_radius[len(m.scene.mark_node) - len(m.scene.heads) + k])
        at = m.screen[m.scene.n_entries + k]
        asked.add(("head", k), at, _of_head(m, k), GAP + radius, SIDES)

    def _chosen(self, m: LabelsModel) -> list[int]:
        """Selected entries without a head; the one that is shown first."""
        rows = m.chosen[m.scene.seen[m.chosen] & ~m.scene.greyed[m.chosen]]
        covered = m.scene.head_a[m.scene.head_t == 0]
        rows = rows[~np.isin(rows, covered)]
        if not len(rows):
            return []
        rank = self._rank(m)[rows].astype(np.float64)
        rank[rows == m.selected] = np.inf
        near = rows[thinned(m.screen[rows], rank, m.size, CELL)]
        return [int(r) for r in near[:POINTS]]

    def _ask_points(self, asked: _Asked, m: LabelsModel, named: set[int]) -> None:
        """Checkpoints, more of them the closer the view. A run without head gives its name once."""
        if m.zoom < FIRST_ZOOM or not m.details:
            return
        n = m.scene.n_entries
        room = min(round(PER_OCTAVE * math.log2(m.zoom)), MOST)
        rank = self._rank(m).astype(np.float64)
        off = ~m.scene.seen | m.scene.greyed | ~np.isfinite(m.tracks.steps)
        rank[off] = -np.inf
        rank[[k for k in self._kept("entry") if k < n]] += 0.5
        near = thinned(m.screen[:n], rank, m.size, (2 * CELL[0], 2 * CELL[1]))
        covered = set(m.scene.head_a[m.scene.head_t == 0].tolist())
        for row in near[rank[near] > -np.inf][: room + len(covered)].tolist():
            run = int(m.tracks.run_of[row])
            if row in covered or ("entry", row) in asked.words:
                continue
            if run in named:
                asked.add(("entry", row), m.screen[row], _number(m, row), 4.0, BELOW, POINT_LIMIT)
            else:
                asked.add(("entry", row), m.screen[row], _named(m, row), 6.0, SIDES)
            named.add(run)

    def _rank(self, m: LabelsModel) -> NDArray[np.int64]:
        if self._ranks[0] is not m.tracks:
            self._ranks = m.tracks, importance(m.tracks.order, m.tracks.bounds)
        return self._ranks[1]

    def _kept(self, kind: str) -> Iterable[int]:
        """Numbers of what had a label last time."""
        return [k[1] for k in self._last if isinstance(k, tuple) and k[0] == kind]

    # ------------------------------------------------------------------ pixmaps

    def _made(self, placed: Placed, words: _Words, tokens: Tokens) -> tuple[Sprite, ...]:
        """Name and step are two pixmaps, so that a moving step does not redraw the names."""
        x, y = round(placed.x - PAD), round(placed.y - PAD)
        bold, plain = _faces(tokens, words)
        high = _height(tokens, words)
        out = []
        if words.detail:
            tick = words.small and not words.name and words.detail[:1].isdigit()
            colour = tokens.text3 if tick else tokens.text2
            shift = ink.width(words.name + "  ", bold) if words.name else 0.0
            made = self._text(words.detail, plain, colour, tokens, high)
            out.append(Sprite(made, round(x + shift), y))
        if words.name:
            out.append(Sprite(self._text(words.name, bold, tokens.text, tokens, high), x, y))
        return tuple(out)

    def _text(
        self, text: str, face: ink.Face, colour: str, tokens: Tokens, high: float
    ) -> ink.QPixmap:
        base = PAD + high / 2 + 0.35 * face.px
        return self._cache.get(
            (text, face, colour, tokens.canvas, high),
            lambda: QSizeF(ink.width(text, face) + 2 * PAD, high + 2 * PAD),
            lambda painter: ink.haloed(
                painter, QPointF(PAD, base), [(text, face, colour)], tokens.canvas
            ),
        )


class _Asked:
    """Collects wishes and their words."""

    def __init__(self, tokens: Tokens) -> None:
        self._tokens = tokens
        self.wishes: list[Wish] = []
        self.words: dict[Hashable, _Words] = {}

    def add(
        self,
        key: Hashable,
        at: NDArray[np.float64],
        words: _Words,
        gap: float,
        sides: tuple[str, ...],
        limit: float = math.inf,
    ) -> None:
        bold, plain = _faces(self._tokens, words)
        both = bool(words.name and words.detail)
        width = ink.width(words.name + "  " if both else words.name, bold)
        width += ink.width(words.detail, plain)
        high = _height(self._tokens, words)
        self.wishes.append(Wish(key, float(at[0]), float(at[1]), width, high, gap, sides, limit))
        self.words[key] = words


def _faces(tokens: Tokens, words: _Words) -> tuple[ink.Face, ink.Face]:
    """Of the name and of what follows it: 13 and 13; presenters read the names alone."""
    if words.small:
        return ink.Face(tokens.small, 600), ink.Face(tokens.small)
    return ink.Face(tokens.label, 600), ink.Face(min(tokens.label, tokens.small + 1))


def _height(tokens: Tokens, words: _Words) -> float:
    return round(1.4 * (tokens.small + 1 if words.small else tokens.label))


def _of_head(m: LabelsModel, k: int) -> _Words:
    head = m.scene.heads[k]
    step = head.detail if m.details and m.tokens.label <= STEPS_TO else ""
    return _Words(head.name, step + (" · scoring" if head.run == m.scoring else ""))


def _named(m: LabelsModel, row: int) -> _Words:
    step = m.tracks.steps[row]
    detail = axes.place(m.tracks.entries[row], float(step))
    name = m.tracks.runs[m.tracks.run_of[row]]
    return _Words(name, detail)


def _number(m: LabelsModel, row: int) -> _Words:
    step = m.tracks.steps[row]
    return _Words("", count(int(step)), small=True) if np.isfinite(step) else _named(m, row)


def _on_screen(screen: NDArray[np.float64], size: tuple[float, float]) -> NDArray[np.bool_]:
    x, y = screen[:, 0], screen[:, 1]
    found: NDArray[np.bool_] = (x >= 0) & (y >= 0) & (x < size[0]) & (y < size[1])
    return found


def _start(scene: Scene, screen: NDArray[np.float64]) -> NDArray[np.float64] | None:
    """Top middle of the first points, if at least two runs start together on the screen."""
    if len(scene.starts) < 2 or scene.first_step < 0:
        return None
    at = screen[scene.starts][:, :2]
    if not np.isfinite(at).all() or (np.ptp(at, axis=0) > START_REACH).any():
        return None
    return np.array([at[:, 0].mean(), at[:, 1].min()])
