"""What the name of a folder says: step, tokens seen, seed, size."""

from __future__ import annotations

import re
from dataclasses import dataclass

_SCALE = {"": 1, "K": 10**3, "M": 10**6, "B": 10**9, "T": 10**12}
_STEP = re.compile(
    r"""^ (?: .*? [-_.] )?                                  # stage1-, tulu_, ...
        (?: checkpoint | global[-_]?step | step | ckpt | iter | epoch_\d+_step )
        [-_=]? (?P<step> \d+ )
        (?: [-_] (?: tokens[-_]? )? (?P<tokens> \d+ (?: \.\d+ )? ) (?P<unit> [KMBT] ) T? )?
        (?: [-_] (?: unsharded | hf ) )* $""",
    re.IGNORECASE | re.VERBOSE,
)
_BARE = re.compile(r"^\d+$")
_SEED = re.compile(r"seed[-_]?(\d+)", re.IGNORECASE)
_SIZE = re.compile(r"(?:^|[-_])(\d+(?:\.\d+)?[mb])(?=$|[-_])", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Step:
    """``tokens`` seen, -1 = the name does not say."""

    step: int
    tokens: int = -1


def step_of(name: str) -> Step | None:
    """The step a folder name stands for, None if it is no checkpoint's name.

    ``checkpoint-500``, ``step1000``, ``global_step1000``, ``ckpt_10``, ``step-001000-2BT``,
    ``stage1-step101000-tokens424B`` and bare numbers.
    """
    if _BARE.match(name):
        return Step(int(name))
    found = _STEP.match(name)
    if not found:
        return None
    tokens = found["tokens"]
    scale = _SCALE[(found["unit"] or "").upper()]
    return Step(int(found["step"]), round(float(tokens) * scale) if tokens else -1)


def seed_of(name: str) -> int:
    """``pythia-410m-seed3`` -> 3; -1 = the name does not say."""
    found = _SEED.search(name)
    return int(found[1]) if found else -1


def size_of(name: str) -> str:
    """``pythia-410m-seed3`` -> ``410m``; "" = the name does not say."""
    found = _SIZE.search(name)
    return found[1] if found else ""


def in_order(name: str) -> tuple[tuple[int, int | str], ...]:
    """Sort key by which ``run-9`` comes before ``run-10``."""
    parts = re.split(r"(\d+)", name)
    return tuple((0, int(p)) if p.isdigit() else (1, p.lower()) for p in parts if p)
