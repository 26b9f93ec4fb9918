"""Words that are there without being asked for, and the layout of the ladder. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from compute.core.numbers import THIN, count, plain
from compute.core.tables import Entry
from explorer.state.ladder import DECADES, RUNGS, Median, level, spread

RUNG_GAP, OWN_GAP = 34.0, 62.0
TOP, BOTTOM = 44.0, 16.0
FIRST_RUNGS = (
    "any two models", "another seed", "another size", "next step, early", "next step, late",
    "same type", "fine-tune", "next layer",
)  # fmt: skip
"""Which rungs come first where there is no room for all."""
SHORT = {
    "any two models": "any two", "next step, early": "early step", "next step, late": "late step",
}  # fmt: skip
"""Names of rungs for an audience, where they are shorter."""
NEAR = {
    "tsne": "Near means alike, far has no scale.",
    "pca": "These are the directions in which they differ most.",
    "mds": "Distances are about the square root of their KL.",
    "smacof": "Distances are about the square root of their KL.",
}
"""What a method's picture says, in one sentence for an audience."""


def title(project: str) -> str:
    """The name of the file as words: "my-runs.h5" is "My runs"."""
    name = project.replace("\\", "/").rsplit("/", 1)[-1].rsplit(".", 1)[0]
    words = name.replace("-", " ").replace("_", " ").strip()
    return words[:1].upper() + words[1:]


def caption(entries: Sequence[Entry], sample: str, method: str) -> str:
    """What is seen, in two short sentences. ``sample`` "1,000 texts"."""
    runs = len({e.run for e in entries if e.is_checkpoint})
    n = sum(e.is_checkpoint for e in entries) if runs else len(entries)
    many = _count(n, "checkpoint" if runs else "model")
    what = f"{_count(runs, 'training run')}, {many}" if runs else many
    if runs and n < len(entries):
        what += f", {_count(len(entries) - n, 'variant')}"
    return f"{what}, read on {sample}. {NEAR.get(method, '')}".rstrip()


def _count(n: int, noun: str) -> str:
    return f"{count(n)} {noun}{'' if n == 1 else 's'}"


@dataclass(frozen=True, slots=True)
class Rung:
    """A reference scale, right of the spine."""

    name: str
    value: str
    y: float


@dataclass(frozen=True, slots=True)
class Own:
    """A median of this project, left of the spine; ``y_name`` is the middle of its two lines."""

    name: str
    value: str
    y: float
    y_name: float


@dataclass(frozen=True, slots=True)
class Ladder:
    """Everything the ladder paints."""

    top: float
    bottom: float
    rungs: tuple[Rung, ...]
    own: tuple[Own, ...]
    decades: tuple[float, ...]


def ladder(medians: Sequence[Median], height: float) -> Ladder:
    """Lay out rungs and ``medians`` on a spine in ``height`` px; nothing touches."""
    top, bottom = TOP, height - BOTTOM
    ends = (top, bottom)
    falling = sorted(medians, key=lambda m: -m.kl)
    ys = [level(m.kl, *ends) for m in falling]
    names = spread(ys, OWN_GAP, top + OWN_GAP / 2, bottom - OWN_GAP / 2)
    own = tuple(
        Own(m.name, _value(m), y, y_name) for m, y, y_name in zip(falling, ys, names, strict=True)
    )
    return Ladder(top, bottom, _rungs(ends), own, tuple(level(d, *ends) for d in DECADES))


def _value(m: Median) -> str:
    return f"{plain(m.kl)} · {_count(m.n_pairs, 'pair')}"


def _rungs(ends: tuple[float, float]) -> tuple[Rung, ...]:
    values, found = dict(RUNGS), list[Rung]()
    for name in FIRST_RUNGS:
        y = level(values[name], *ends)
        if all(abs(y - other.y) >= RUNG_GAP for other in found):
            found.append(Rung(SHORT.get(name, name), f"{values[name]:g}", y))
    return tuple(sorted(found, key=lambda rung: rung.y))


def sentence(medians: Sequence[Median]) -> str:
    """The ladder in words, with the pairs that it is made of."""
    scales = ", ".join(f"{name} {value:g}" for name, value in RUNGS)
    own = [f"{m.name} {plain(m.kl)} ({count(m.n_pairs)}{THIN}{m.which})" for m in medians]
    here = f" Medians of this project: {', '.join(own)}." if own else ""
    return f"KL in bits/byte. Reference medians: {scales}.{here}"
