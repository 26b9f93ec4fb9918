"""The text axis of a table: which column (or row) is which text. All pure."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from compute.core.errors import InputError
from compute.core.numbers import count
from compute.core.tables import TextSet
from compute.exchange.contract import Request

_NUMBER = re.compile(r"[A-Za-z_ -]*(\d{1,12})", re.ASCII)
STAND_INS = "stand_ins"
"""Parameter of a text set whose texts only have the length of the true ones."""
MOST_BYTES = 1 << 31
_ADVICE = (
    "Give the texts with --texts FILE.jsonl (one object with 'id' and 'text' on each line), "
    "or their lengths in UTF-8 bytes as 'n_bytes'"
)


@dataclass(frozen=True, eq=False)
class Axis:
    """A text set and where its texts are in the table.

    ``place`` (n,) int64: the index in ``texts`` of the n-th text of the table.
    """

    texts: TextSet
    place: NDArray[np.int64]
    notes: tuple[str, ...] = ()

    @property
    def is_identity(self) -> bool:
        n = len(self.texts)
        return len(self.place) == n and bool((self.place == np.arange(n)).all())

    def spread(self, values: NDArray[np.floating]) -> NDArray[np.floating]:
        """(K, n) in the order of the table -> (K, N) in that of the texts, NaN where none is."""
        if self.is_identity:
            return values
        out = np.full((len(values), len(self.texts)), np.nan, dtype=values.dtype)
        out[:, self.place] = values
        return out


def axis_of(
    names: Sequence[str],
    request: Request,
    tried: str,
    *,
    texts: Sequence[str] = (),
    domains: Sequence[str] = (),
    n_bytes: NDArray[np.int64] | None = None,
) -> Axis:
    """The axis of a table whose texts are called ``names``; ``texts`` are in the table itself.

    Raises
    ------
    InputError
        If there are neither texts nor lengths, or the texts given are others.
    """
    if not names:
        raise InputError("it holds no text", tried=tried)
    if request.texts is not None and texts and set(texts) <= set(request.texts.ids):
        names, texts = texts, ()  # a column 'text' may hold the ids
    if texts and n_bytes is not None:
        _check_lengths(names, texts, n_bytes, tried)
    if texts and request.texts is None:
        return _own(names, texts, domains, tried)
    if request.texts is not None:
        return _matched(names, texts, request.texts, tried)
    if n_bytes is not None:
        return stand_ins(names, n_bytes, tried)
    raise InputError("the texts are missing", tried=tried, advice=_ADVICE)


def _own(names: Sequence[str], texts: Sequence[str], domains: Sequence[str], tried: str) -> Axis:
    kept = domains or ("",) * len(names)
    _check_unique(names, tried)
    return Axis(TextSet(tuple(names), tuple(texts), tuple(kept)), np.arange(len(names)))


def _check_lengths(
    names: Sequence[str], texts: Sequence[str], n_bytes: NDArray[np.int64], tried: str
) -> None:
    for name, text, n in zip(names, texts, n_bytes, strict=True):
        if len(text.encode()) != n:
            raise InputError(
                f"the text {name[:60]!r} has {len(text.encode())} bytes, its 'n_bytes' says {n}",
                tried=tried,
                advice="The texts were changed on their way here; leave the column out to use them "
                "as they are",
            )


def _check_unique(names: Sequence[str], tried: str) -> None:
    seen: set[str] = set()
    for name in names:
        if name in seen:
            raise InputError(
                f"the text {name!r} is there twice", tried=tried, advice="Give each its own name"
            )
        seen.add(name)


def _matched(names: Sequence[str], texts: Sequence[str], given: TextSet, tried: str) -> Axis:
    """Where the texts of the table are among the given ones: by id, by content, by number."""
    for wanted, known in ((names, given.ids), (texts, given.texts), (names, given.texts)):
        index = {name: n for n, name in enumerate(known)}
        if wanted and len(index) == len(given) and all(name in index for name in wanted):
            _check_unique(wanted, tried)
            place = np.array([index[name] for name in wanted], dtype=np.int64)
            _check_same(names, texts, place, given, tried)
            return Axis(given, place, _missing(len(place), given))
    if len(names) == len(given) and _are_numbers(names) and not texts:
        return Axis(given, np.arange(len(given)))
    known_ids = set(given.ids)
    unknown = next((name for name in names if name not in known_ids), names[0])
    raise InputError(
        f"its {count(len(names))} texts are not those that were given ({count(len(given))} texts): "
        f"none of them is called {unknown[:60]!r}",
        tried=tried,
        advice="Name the texts by their ids, or number them in their order from 0 or 1",
    )


def _check_same(
    names: Sequence[str], texts: Sequence[str], place: NDArray[np.int64], given: TextSet, tried: str
) -> None:
    for name, text, n in zip(names, texts, place, strict=bool(texts)):
        if text != given.texts[n]:
            raise InputError(
                f"the text {name!r} is another one than the text of that name that was given",
                tried=tried,
                advice="Log-likelihoods of other texts cannot be compared: use a new project",
            )


def _missing(n: int, given: TextSet) -> tuple[str, ...]:
    if n == len(given):
        return ()
    return (f"{count(len(given) - n)} of {count(len(given))} texts are not in the table.",)


def _are_numbers(names: Sequence[str]) -> bool:
    """Whether the names only count: 0, 1, 2, ... or 1, 2, 3, ..., perhaps after a word."""
    found = [_NUMBER.fullmatch(name.strip()) for name in names]
    numbers = [int(match[1]) for match in found if match]
    start = numbers[0] if numbers else -1
    return start in (0, 1) and numbers == list(range(start, start + len(names)))


def stand_ins(names: Sequence[str], n_bytes: NDArray[np.int64], tried: str) -> Axis:
    """Texts that say that they are not there, as long as the true ones.

    Every number in bits/byte is then right; the texts can only not be read.

    Raises
    ------
    InputError
        If there is not one length >= 1 for each, or they are too much.
    """
    if len(n_bytes) != len(names):
        raise InputError(
            f"it holds {count(len(names))} texts, but {count(len(n_bytes))} lengths", tried=tried
        )
    if (n_bytes < 1).any():
        raise InputError(
            f"the length of the text {names[int((n_bytes < 1).argmax())]!r} is "
            f"{int(n_bytes.min())} bytes",
            tried=tried,
            advice="Lengths in UTF-8 bytes are 1 or more",
        )
    if int(n_bytes.sum(dtype=object)) > MOST_BYTES:
        raise InputError("the texts would be longer than 2 GiB together", tried=tried)
    _check_unique(names, tried)
    texts = tuple(_stand_in(name, int(n)) for name, n in zip(names, n_bytes, strict=True))
    axis = TextSet(tuple(names), texts, ("",) * len(names), parameters={STAND_INS: True})
    note = (
        "The texts are not there, only their lengths: stand-ins as long as they take their place."
    )
    return Axis(axis, np.arange(len(names)), (note,))


def _stand_in(name: str, n_bytes: int) -> str:
    said = f"[{name.encode('ascii', 'backslashreplace').decode()}: text not included] "
    return (said + "." * max(0, n_bytes - len(said)))[:n_bytes].replace("\0", ".")


def numbered(n: int) -> tuple[str, ...]:
    """Names of texts that have none: ``0``, ``1``, ..."""
    return tuple(str(k) for k in range(n))


def first_of(row: Mapping[str, str], names: Sequence[str]) -> str:
    """The first of these fields that a record has, "" = none."""
    return next((row[name] for name in names if row.get(name)), "")
