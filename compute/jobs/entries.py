"""Which row of a project a checkpoint belongs to: naming and matching, pure."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass

from compute.core.tables import Checkpoint, Entry


@dataclass(frozen=True, slots=True)
class Item:
    """One checkpoint of the queue and its entry."""

    checkpoint: Checkpoint
    entry: Entry
    is_new: bool = False


def queue_items(
    wanted: Iterable[tuple[Checkpoint, str]], existing: Iterable[Entry], bos: str
) -> tuple[Item, ...]:
    """The entry of every (checkpoint, dtype): the one it has already, or a new one.

    A checkpoint is known again by its weights, run, step and label, together with everything that
    decides about its values: dtype, BOS rule and quantization (an adapter is part of the weights).
    Asked for twice, it is one item. An entry whose weights were never read (planned, or failed
    early) has no digest and fits any. One whose label, run or step was edited is known again by its
    id and its weights.
    """
    found = tuple(existing)
    origins = {name: e for e in reversed(found) for name in _origins(e)}
    known = {_identity(e): e for e in found}
    unread = {_identity(e): e for e in found if not e.digest}
    taken = {e.id for e in found}
    items: dict[str, Item] = {}
    for checkpoint, dtype in wanted:
        fresh = _planned(checkpoint, dtype, bos)
        entry = (
            known.get(_identity(fresh))
            or unread.pop(_identity(fresh.with_(digest="")), None)
            or origins.get(_origin(fresh.id, fresh))
        )
        is_new = entry is None
        if entry is None:
            entry = fresh.with_(id=free_id(fresh.id, taken))
            taken.add(entry.id)
        elif not entry.digest:
            entry = entry.with_(digest=fresh.digest)
        known[_identity(entry)] = entry
        items.setdefault(entry.id, Item(checkpoint, entry, is_new))
    return tuple(items.values())


def to_compare(
    wanted: Sequence[tuple[Checkpoint, str]], existing: Iterable[Entry], bos: str
) -> list[bool]:
    """Which (checkpoint, dtype) need the digest of their weights before they can be queued.

    Those that go by the same names as an entry, or as another folder of the queue.
    """
    names = [_identity(_planned(c, dtype, bos))[1:] for c, dtype in wanted]
    entries = tuple(existing)
    known = {_identity(e)[1:] for e in entries if e.digest}
    ids = {origin[0] for e in entries if e.digest for origin in _origins(e)}
    folders = Counter(
        name
        for name, *_ in {(n, c.path, c.adapter) for n, (c, _) in zip(names, wanted, strict=True)}
    )
    return [
        not (checkpoint.digest or checkpoint.problem)
        and (name in known or checkpoint.entry_id in ids or folders[name] > 1)
        for name, (checkpoint, _) in zip(names, wanted, strict=True)
    ]


def _origins(entry: Entry) -> tuple[tuple[str, ...], ...]:
    """What checkpoint it may have been made for, whatever it is called now."""
    names = [entry.id]
    if entry.digest and (numbered := re.fullmatch(r"(.+)-\d+", entry.id)):
        names.append(numbered[1])
    return tuple(_origin(name, entry) for name in names)


def _origin(name: str, entry: Entry) -> tuple[str, ...]:
    return name, entry.digest, entry.dtype, entry.bos, entry.quantization


def _identity(entry: Entry) -> tuple[str | int, ...]:
    return (
        entry.digest,
        entry.run,
        entry.step,
        entry.label,
        entry.dtype,
        entry.bos,
        entry.quantization,
    )


def _planned(checkpoint: Checkpoint, dtype: str, bos: str) -> Entry:
    way = checkpoint.quantize
    return Entry(
        id=checkpoint.entry_id,
        label=f"{checkpoint.label} {way}" if way else checkpoint.label,
        family=checkpoint.family,
        run="" if way else checkpoint.run,
        step=checkpoint.step,
        tokens_seen=checkpoint.tokens_seen,
        seed=checkpoint.seed,
        n_params=checkpoint.n_params,
        size=checkpoint.size,
        source=checkpoint.source,
        revision=checkpoint.revision,
        digest=checkpoint.digest,
        dtype=dtype,
        bos=bos,
        quantization=way or checkpoint.quantization,
        relation="quantized-from" if way else checkpoint.relation,
    )


def free_id(name: str, taken: Collection[str]) -> str:
    """``name``, or that with the first of ``-2``, ``-3``, ... that no entry has."""
    candidate, n = name, 1
    while candidate in taken:
        n += 1
        candidate = f"{name}-{n}"
    return candidate
