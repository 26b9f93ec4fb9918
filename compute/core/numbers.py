"""Numbers as people read them: true minus, thin spaces, an SE to two digits."""

from __future__ import annotations

import math

THIN = "\u2009"
MINUS = "\u2212"
COMMON_ERRORS = (
    "Every pair is measured on the same first texts, so the errors are common to all pairs: "
    "when the other texts come, the distances may move together."
)
"""What to say beside standard errors of a map over the first texts of the order."""


def with_se(value: float, se: float) -> tuple[str, str]:
    """Value and SE as text, ``0.129`` and ``0.012``: SE to two digits, value cut to that place."""
    if not math.isfinite(value):
        return "–", ""
    if not math.isfinite(se) or se <= 0:
        return plain(value), ""
    places = max(0, 1 - math.floor(math.log10(se)))
    if places > 6:
        return plain(value), "< 0.001"
    if round(se, places) >= 10 ** (2 - places) and places > 0:
        places -= 1
    return minus(f"{value:.{places}f}"), f"{se:.{places}f}"


def plain(value: float) -> str:
    """Two significant digits, ``< 0.001`` below that, never an exponent."""
    if not math.isfinite(value):
        return "–"
    if value == 0:
        return "0"
    if abs(value) < 0.001:
        return "< 0.001" if value > 0 else f"> {MINUS}0.001"
    places = max(0, 1 - math.floor(math.log10(abs(value))))
    return minus(f"{value:.{places}f}")


def minus(text: str) -> str:
    return text.replace("-", MINUS)


def count(n: int) -> str:
    """``1,200``."""
    return minus(f"{n:,}")


def sample(n_texts: int, n_prefix: int, n_total: int) -> str:
    """The texts in use: ``10,000 texts``, or ``first 500 of 10,000 texts`` of the scoring order."""
    if n_prefix >= n_total:
        return f"{count(n_texts)} text{'s' * (n_texts != 1)}"
    first = f"first {count(n_prefix)} of {count(n_total)} texts"
    return first if n_texts == n_prefix else f"{count(n_texts)} of the {first}"


def short_count(n: float) -> str:
    """``1.74 M`` with a thin space; ``950`` stays ``950``."""
    for limit, unit in ((1e12, "T"), (1e9, "B"), (1e6, "M"), (1e4, "k")):
        if abs(n) >= limit:
            scale = 1e3 if unit == "k" else limit
            return f"{n / scale:.3g}{THIN}{unit}"
    return count(round(n))


def millions(n_params: int) -> str:
    """ "0.46M", "160M", "1.4B"."""
    value, unit = (n_params / 1e9, "B") if n_params >= 1e9 else (n_params / 1e6, "M")
    return f"{value:.2g}{unit}" if value < 100 else f"{value:.0f}{unit}"


def percent(fraction: float) -> str:
    return f"{100 * fraction:.0f}{THIN}%"


def duration(seconds: float) -> str:
    """``40 s``, ``7 min``, ``2 h 05 min``."""
    if seconds < 0 or not math.isfinite(seconds):
        return ""
    if seconds < 90:
        return f"{max(1, round(seconds))} s"
    minutes = round(seconds / 60)
    return f"{minutes} min" if minutes < 90 else f"{minutes // 60} h {minutes % 60:02d} min"


def size(n_bytes: float) -> str:
    """``1.1 GiB``."""
    value = float(n_bytes)
    for unit in ("B", "KiB", "MiB", "GiB"):
        if value < 1024:
            return f"{value:.0f} {unit}" if unit == "B" else f"{value:.1f} {unit}"
        value /= 1024
    return f"{value:.1f} TiB"
