"""Regular expressions that people type, as far as they are quick. Pure.

Python's matcher tries every way to divide a text among repeats and branches, holds the interpreter
meanwhile, and cannot be stopped: ``(a+)+$`` takes years on forty letters, in whatever thread. So
an expression is refused when the ways to divide a text of :data:`LENGTH` characters, counted before
it is used, are more than :data:`MOST_WAYS`. Refused: a clock alone, which nothing would read while
one entry is looked at.
"""

from __future__ import annotations

import re
import warnings
from dataclasses import dataclass

LENGTH = 64
"""Characters of a usual "run label"."""
MOST_WAYS = LENGTH**4
"""Where to begin, and three repeats without an end."""
MOST_TIMES, LONGEST = 1_000, 500

_PIECE = re.compile(
    r"""\\.
      | \[\^?\]?(?:[^\]\\]|\\.)*\]
      | (?P<open>\((?:\?[a-zA-Z-]*)?)
      | (?P<close>\))
      | (?P<branch>\|)
      | (?P<times>[*+?]|\{(?P<low>\d*)(?P<comma>,(?P<high>\d*))?\})[?+]?
      | .""",
    re.VERBOSE | re.DOTALL,
)
_SLOW = "repeats what repeats or branches, which can take for ever"


@dataclass
class _Group:
    """What is inside the parentheses that are open. ``varied``: its length or way may differ."""

    branches: int = 1
    varied: bool = False


def compiled(source: str) -> re.Pattern[str]:
    """The expression, in any case.

    Raises
    ------
    ValueError
        If it is none, or could take too long. The message goes on a sentence about it.
    """
    if len(source) > LONGEST:
        raise ValueError(f"is longer than {LONGEST} characters")
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            made = re.compile(source, re.IGNORECASE)
    except re.error as e:
        raise ValueError(f"is not a regular expression: {e.msg}") from e
    except (OverflowError, RecursionError) as e:
        raise ValueError("has a number or a depth that is too large") from e
    if _ways(source) > MOST_WAYS:
        raise ValueError("has too many repeats and branches, which can take for ever")
    return made


def _ways(source: str) -> int:
    """How many ways there are to divide a text among repeats and branches, at most.

    ``source`` is a valid expression.
    """
    ways = LENGTH
    groups, closed = [_Group()], _Group()
    for piece in _PIECE.finditer(source):
        if piece["times"] and piece["times"] != "{}":
            spread, most = _times(piece)
            if most > 1 and closed.varied:
                raise ValueError(_SLOW)
            ways *= spread
            groups[-1].varied |= most > 1 or spread > 1
            continue
        closed = _Group()
        if piece["open"]:
            if "x" in piece["open"] or source.startswith("?#", piece.end() - 1):
                raise ValueError("has comments, which are not understood here")
            groups.append(_Group())
        elif piece["branch"]:
            groups[-1].branches += 1
            groups[-1].varied = True
        elif piece["close"]:
            closed = groups.pop()
            ways *= closed.branches
            groups[-1].varied |= closed.varied
    return ways * groups[0].branches


def _times(piece: re.Match[str]) -> tuple[int, int]:
    """How many different numbers of times a repeat may match, and the largest."""
    if piece["times"][0] == "?":
        return 2, 1
    if piece["times"][0] in "*+":
        return LENGTH, LENGTH
    low = int(piece["low"] or 0)
    if piece["comma"] is None:
        high = low
    else:
        high = int(piece["high"]) if piece["high"] else max(low, LENGTH)
    if high > MOST_TIMES:
        raise ValueError(f"repeats more than {MOST_TIMES:,} times")
    return min(high - low + 1, LENGTH), high
