"""Pythia's schedule in miniature: which steps are saved, and the learning rate of each step."""

from __future__ import annotations

import math

from compute.core.errors import UsageError

POWERS_END = 512
N_EVEN = 16
WARM_UP = 0.01
FINAL = 0.1


def checkpoint_steps(steps: int, n_even: int = N_EVEN) -> tuple[int, ...]:
    """Steps to save: 0, 1, 2, 4, ..., 512, and ``n_even`` evenly spaced ones up to ``steps``.

    As in Pythia (P, section 3: 0, 1, 2, 4, ..., 512, 1k, 2k, ..., 143k) the even ones are the
    multiples of one interval; those that are powers of two already are not repeated. The last
    step is always saved.
    """
    powers = [2**k for k in range(POWERS_END.bit_length()) if 2**k <= steps]
    even = [round(i * steps / n_even) for i in range(1, n_even + 1)] if n_even else []
    return tuple(sorted({0, *powers, *even, steps}))


def steps_to_save(steps: int, n_checkpoints: int = 0, interval: int = 0) -> tuple[int, ...]:
    """The schedule with ``n_checkpoints`` in all (0 = the default number of even ones).

    Where no even spacing gives that number, the next larger one that does. With an ``interval`` the
    even ones are its multiples, none of them rounded.

    Raises
    ------
    UsageError
        If ``steps`` is negative, ``n_checkpoints`` cannot be had, or ``interval`` does not divide
        the steps.
    """
    if steps < 0:
        raise UsageError("The number of steps must not be negative")
    if interval:
        if n_checkpoints:
            raise UsageError("The checkpoints go by their number or by an interval, not by both")
        if interval < 0 or steps % interval:
            raise UsageError(
                f"{steps} steps are not a whole number of intervals of {interval}",
                advice="Choose an interval that divides the number of steps",
            )
        return checkpoint_steps(steps, steps // interval)
    if n_checkpoints == 0:
        return checkpoint_steps(steps)
    fewest = checkpoint_steps(steps, 0)
    if not len(fewest) <= n_checkpoints <= steps + 1:
        raise UsageError(
            f"{steps} steps cannot have {n_checkpoints} checkpoints",
            advice=f"Choose a number from {len(fewest)} (the powers of two) to {steps + 1}",
        )
    found = fewest
    for n_even in range(1, steps + 1):
        if len(found) >= n_checkpoints:
            break
        found = checkpoint_steps(steps, n_even)
    return found


def learning_rate(step: int, steps: int, peak: float) -> float:
    """Rate of update ``step`` (0 = the first): linear over the first 1 %, then cosine to 10 %."""
    warm = max(1, round(WARM_UP * steps))
    if step < warm:
        return peak * (step + 1) / warm
    done = (step - warm) / max(1, steps - warm)
    return peak * (FINAL + (1 - FINAL) * (1 + math.cos(math.pi * done)) / 2)
