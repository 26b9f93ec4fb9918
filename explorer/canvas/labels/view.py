"""Labels as sprites."""

from __future__ import annotations

from collections.abc import Hashable
from dataclasses import replace
from itertools import islice

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QPointF, QSizeF

from explorer.canvas import ink
from explorer.canvas.labels.spec import Placed, Wish, place
from explorer.canvas.overlay import Sprite
from explorer.state.scene import Head, Scene
from explorer.theme.tokens import Tokens

PAD = 5.0
_BOLD = ink.Face(13, 600)
BELOW = ("down", "up", "right", "left")
ABOVE = ("up", "down", "left-up", "right-up")
START_REACH = 90.0
GAP = 5.0
TICK_LIMIT = 4.0
CANDIDATES = 100


class LabelsView:
    """Makes the label sprites of a scene at projected nodes. Keeps sides between calls."""

    def __init__(self, cache: ink.Cache) -> None:
        self._cache = cache
        self._sides: dict[Hashable, str] = {}

    def sprites(
        self,
        scene: Scene,
        screen: NDArray[np.float64],
        size: tuple[float, float],
        tokens: Tokens,
        *,
        scoring: str = "",
        ticks: bool = True,
        details: bool = True,
        quick: bool = False,
        taken: tuple[tuple[float, float, float, float], ...] = (),
    ) -> tuple[Sprite, ...]:
        """``screen`` is (K + H, 3) as from :func:`explorer.canvas.camera.project`."""
        wishes, words = self._wishes(scene, screen, scoring, ticks, details)
        points = screen[scene.mark_node][:, :2] if len(scene.mark_node) else np.zeros((0, 2))
        near = [screen[head.node] for head in _candidates(scene, screen)]
        heads = tuple((x - 9.0, y - 9.0, x + 9.0, y + 9.0) for x, y, _ in near)
        placed = place(wishes, points, size, (*taken, *heads), self._sides, quick=quick)
        self._sides = {p.key: p.side for p in placed}
        return tuple(s for p in placed for s in self._made(p, words[p.key], tokens))

    def _wishes(
        self, scene: Scene, screen: NDArray[np.float64], scoring: str, ticks: bool, details: bool
    ) -> tuple[list[Wish], dict[Hashable, tuple[str, str]]]:
        wishes: list[Wish] = []
        words: dict[Hashable, tuple[str, str]] = {}
        gap = GAP + float(scene.mark_radius[-1]) if scene.heads else GAP
        for head in _candidates(scene, screen):
            step = head.detail if details else ""
            detail = step + (" · scoring" if head.run == scoring else "")
            key = (head.run, head.name)
            words[key] = (head.name, detail)
            wishes.append(_wish(key, screen[head.node], words[key], gap))
        start = _start(scene, screen)
        if start is not None:
            words["start"] = ("", f"step {scene.first_step}, all runs")
            wishes.append(_wish("start", start, words["start"], 0.0, ABOVE))
        for node, text in scene.ticks if ticks else ():
            words["tick", node] = ("", text)
            wish = _wish(("tick", node), screen[node], words["tick", node], 4.0, BELOW)
            wishes.append(replace(wish, limit=TICK_LIMIT))
        return wishes, words

    def _made(self, placed: Placed, words: tuple[str, str], tokens: Tokens) -> tuple[Sprite, ...]:
        """Name and step are two pixmaps, so that a moving step does not redraw the names."""
        name, detail = words
        x, y = round(placed.x - PAD), round(placed.y - PAD)
        tick = isinstance(placed.key, tuple) and placed.key[0] == "tick"
        small = tick or placed.key == "start"
        colour = tokens.text3 if tick else tokens.text2
        out = []
        if detail:
            face = ink.Face(12 if small else 13)
            shift = ink.width(name + "  ", _BOLD) if name else 0.0
            out.append(Sprite(self._text(detail, face, colour, tokens), round(x + shift), y))
        if name:
            out.append(Sprite(self._text(name, _BOLD, tokens.text, tokens), x, y))
        return tuple(out)

    def _text(self, text: str, face: ink.Face, colour: str, tokens: Tokens) -> ink.QPixmap:
        key = (text, face, colour, tokens.canvas)
        return self._cache.get(
            key,
            lambda: QSizeF(ink.width(text, face) + 2 * PAD, 18 + 2 * PAD),
            lambda painter: ink.haloed(
                painter, QPointF(PAD, PAD + 13.5), [(text, face, colour)], tokens.canvas
            ),
        )


def _candidates(scene: Scene, screen: NDArray[np.float64]) -> list[Head]:
    """The first heads that are in front of the eye: more than can get a label are not asked."""
    seen = np.isfinite(screen[[head.node for head in scene.heads], 0]) if scene.heads else ()
    shown = (head for head, visible in zip(scene.heads, seen, strict=True) if visible)
    return list(islice(shown, CANDIDATES))


def _wish(
    key: Hashable,
    at: NDArray[np.float64],
    words: tuple[str, str],
    gap: float,
    sides: tuple[str, ...] | None = None,
) -> Wish:
    name, detail = words
    width = ink.width(name + "  " if name and detail else name, _BOLD)
    width += ink.width(detail, ink.Face(13 if name else 12))
    wish = (key, float(at[0]), float(at[1]), width, 18.0, gap)
    return Wish(*wish) if sides is None else Wish(*wish, sides)


def _start(scene: Scene, screen: NDArray[np.float64]) -> NDArray[np.float64] | None:
    """Top middle of the first points, if at least two runs start together on the screen."""
    if len(scene.starts) < 2 or scene.first_step < 0:
        return None
    at = screen[scene.starts][:, :2]
    if not np.isfinite(at).all() or (np.ptp(at, axis=0) > START_REACH).any():
        return None
    return np.array([at[:, 0].mean(), at[:, 1].min()])
