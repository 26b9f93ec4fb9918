"""What the new-job panel says. Pure."""

from __future__ import annotations

from compute.core.numbers import count, duration, short_count, size
from explorer.state.jobs import Cost, NewJobState

DTYPES = (
    ("auto", "Automatic"),
    ("float32", "float32"),
    ("bfloat16", "bfloat16"),
    ("float16", "float16"),
)


def title(cost: Cost) -> str:
    n = cost.n_checkpoints
    return f"Score {count(n)} checkpoint{'' if n == 1 else 's'}" if n else "Score checkpoints"


def cost_words(cost: Cost) -> str:
    """ "59 checkpoints x 1,000 texts, 15 M tokens, about 7 min". Only what is known."""
    if not cost.n_checkpoints or not cost.n_texts:
        return ""
    parts = [f"{count(cost.n_checkpoints)} × {count(cost.n_texts)} texts"]
    if cost.n_tokens >= 0:
        parts.append(f"{short_count(cost.n_tokens)} tokens")
    if cost.n_bytes > 0:
        parts.append(f"{size(cost.n_bytes)} to read")
    if cost.seconds >= 0:
        parts.append(f"about {duration(cost.seconds)}")
    return " · ".join(parts)


def short(words: str, most: int = 44) -> str:
    """The beginning and the end of what would be too long for a button."""
    half = most // 2 - 1
    return words if len(words) <= most else f"{words[:half]}…{words[-half:]}"


def why_not(state: NewJobState) -> str:
    """Why *Start* is off; "" = it is on."""
    if state.problem:
        return state.problem
    if not state.cost.n_checkpoints:
        return "Nothing to score. Tick checkpoints that are not scored yet."
    return "" if state.texts_label else "Choose a text set first."
