"""Log-likelihoods from outside: units, checks, and what is said about them. All pure."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence

import numpy as np
from numpy.typing import NDArray

from compute.core.errors import InputError
from compute.core.numbers import count
from compute.core.tables import Entry, TextSet
from compute.exchange.contract import UNITS, Request

LEAST_PER_BYTE = 0.01
"""nats/byte; a mean magnitude below it is no sum over a text, whatever the model."""
_BLOCK = 1 << 16


def in_nats(
    values: NDArray[np.floating], texts: TextSet, request: Request, tried: str
) -> NDArray[np.float32]:
    """(K, N) float32, nats per text, from the unit that was asked for.

    Nothing is computed for sums in nats: those keep every bit.

    Raises
    ------
    InputError
        If the numbers look like averages and nothing was said about it, or one is infinite
        (float32 ends at 3.4e38).
    """
    factor = UNITS[request.unit]
    if request.per == "byte":
        out = (values.astype(np.float64) * factor * texts.n_bytes).astype(np.float32)
    elif factor != 1.0:
        out = (values.astype(np.float64) * factor).astype(np.float32)
    else:
        with np.errstate(over="ignore"):
            out = np.asarray(values, dtype=np.float32)
    if not request.per:
        _check_sums(out, texts, tried)
    return out


def _check_sums(values: NDArray[np.float32], texts: TextSet, tried: str) -> None:
    finite = values[: 1 + _BLOCK // max(1, values.shape[1])]
    finite = finite[np.isfinite(finite)]
    mean_bytes = float(texts.n_bytes.mean()) if len(texts) else 0.0
    if not finite.size or not mean_bytes:
        return
    per_byte = float(np.abs(finite).mean(dtype=np.float64)) / mean_bytes
    if 0 < per_byte < LEAST_PER_BYTE:
        raise InputError(
            f"the values are {per_byte:.1g} nats for each byte on average, which no language model "
            "reaches: they look like averages over tokens or bytes, not like sums over texts",
            tried=tried,
            advice="Give --per byte for averages over bytes in the unit of --unit, or --per text "
            "if they are sums all the same; averages over tokens cannot be converted",
        )


def check_finite(
    values: NDArray[np.float32], labels: Sequence[str], texts: TextSet, tried: str
) -> None:
    """Refuse infinite values, which would make every distance infinite.

    Raises
    ------
    InputError
        Names the first one.
    """
    for k, row in enumerate(values):
        if np.isinf(row).any():
            n = int(np.isinf(row).argmax())
            raise InputError(
                f"the value of {labels[k]!r} on the text {texts.ids[n]!r} is {row[n]}",
                tried=tried,
                advice="A text that has no score is NaN or an empty cell; float32 ends at 3.4e38",
            )


def remarks(values: NDArray[np.float32], labels: Sequence[str]) -> tuple[str, ...]:
    """Sentences about what is possible, but seldom meant."""
    positive = sum(int(np.count_nonzero(row > 0)) for row in values)
    constant = [labels[k] for k, row in enumerate(values) if _is_constant(row)]
    empty = [labels[k] for k, row in enumerate(values) if np.isnan(row).all()]
    gaps = sum(int(np.count_nonzero(np.isnan(row))) for row in values)
    gaps -= len(empty) * values.shape[1]
    found = (
        f"{count(positive)} values are positive: a log-likelihood of a text is not, so check the "
        "sign and the unit"
        if positive
        else "",
        _named(constant, "has", "have", "the same value for every text"),
        _named(empty, "has", "have", "no value at all and counts as not scored"),
        f"{count(gaps)} values are missing; KL uses the texts that all compared entries have"
        if gaps
        else "",
        _twins(values, labels),
        _repeated(labels),
        "There is one model: a KL needs two" if len(labels) == 1 else "",
    )
    return tuple(f"{sentence}." for sentence in found if sentence)


def _is_constant(row: NDArray[np.float32]) -> bool:
    finite = row[np.isfinite(row)]
    return bool(len(row) > 1 and len(finite) > 1 and (finite == finite[0]).all())


def _named(labels: Sequence[str], one: str, several: str, what: str) -> str:
    if not labels:
        return ""
    shown = ", ".join(repr(label) for label in labels[:3])
    more = f" and {count(len(labels) - 3)} more" if len(labels) > 3 else ""
    return f"{shown}{more} {one if len(labels) == 1 else several} {what}"


def _twins(values: NDArray[np.float32], labels: Sequence[str]) -> str:
    seen: dict[int, int] = {}
    pairs = []
    for k, row in enumerate(values):
        first = seen.setdefault(hash(row.tobytes()), k)
        if first != k and np.array_equal(values[first], row) and not np.isnan(row).all():
            pairs.append(f"{labels[first]!r} and {labels[k]!r}")
    if not pairs:
        return ""
    more = f" ({count(len(pairs))} such pairs)" if len(pairs) > 1 else ""
    return f"{pairs[0]} have exactly the same values{more}"


def _repeated(labels: Sequence[str]) -> str:
    twice = [label for label, n in Counter(labels).items() if n > 1]
    return _named(twice, "is", "are", "there more than once; they are kept apart by their ids")


def with_status(entries: Iterable[Entry], values: NDArray[np.float32]) -> tuple[Entry, ...]:
    """Entries with what their rows (K, N) say: done, or planned where there is no value."""
    return tuple(_with_status(entry, row) for entry, row in zip(entries, values, strict=True))


def _with_status(entry: Entry, row: NDArray[np.float32]) -> Entry:
    n = int(np.count_nonzero(~np.isnan(row)))
    return entry.with_(status="done" if n else "planned", n_scored=n, n_prefix=len(row) if n else 0)


def free_ids(wanted: Iterable[str], taken: Iterable[str] = ()) -> tuple[str, ...]:
    """Each id, or that with ``-2``, ``-3``, ... after it where it is taken."""
    used, out = set(taken), []
    for name in wanted:
        base = name.strip() or "model"
        candidate, n = base, 1
        while candidate in used:
            n += 1
            candidate = f"{base}-{n}"
        used.add(candidate)
        out.append(candidate)
    return tuple(out)
