"""Texts longer than the context, scored in overlapping windows. Pure functions; no torch.

A window is as long as the context and starts half a context after the one before. It scores the
tokens that no window before it has seen, so each has at least half a context in front of it, except
in the first window. What the tokenizer or the BOS rule puts in front of a text stands in the first
window only; the others begin in the middle of the text.
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Window:
    """Tokens ``start`` to ``stop`` of a text are read, ``scored`` to ``stop`` are scored."""

    start: int
    stop: int
    scored: int


def n_windows(n_tokens: int, window: int) -> int:
    """How many windows of at most ``window`` tokens a text needs; 0 = windows are not used."""
    if not window or n_tokens <= window:
        return 1
    return 1 - (window - n_tokens) // _stride(window)


def windows(n_tokens: int, window: int, first: int = 1) -> tuple[Window, ...]:
    """The windows of a text, in order.

    Parameters
    ----------
    n_tokens : int
    window : int
        Most tokens that are read at once, at least 2; 0 = all.
    first : int
        Position (0-based) of the first token that is scored.
    """
    if not window or n_tokens <= window:
        return (Window(0, n_tokens, min(first, n_tokens)),)
    starts = range(0, n_windows(n_tokens, window) * _stride(window), _stride(window))
    return tuple(
        Window(
            start,
            min(start + window, n_tokens),
            max(first, start + window - _stride(window)) if start else first,
        )
        for start in starts
    )


def _stride(window: int) -> int:
    return window // 2
