"""Where the files of an entry are, for whoever wants to score it once more."""

from __future__ import annotations

from collections.abc import Iterable

from compute import sources
from compute.core.errors import InputError, KlscopeError
from compute.core.tables import Checkpoint, Entry


def checkpoints_of(entries: Iterable[Entry]) -> tuple[Checkpoint, ...]:
    """The checkpoints that these entries were scored from, in this order. Weights are not read.

    Raises
    ------
    InputError
        If the source of one is gone, or does not hold it any more.
    """
    listings: dict[str, tuple[Checkpoint, ...]] = {}
    return tuple(_checkpoint_of(entry, listings) for entry in entries)


def _checkpoint_of(entry: Entry, listings: dict[str, tuple[Checkpoint, ...]]) -> Checkpoint:
    name = entry.label or entry.id
    tried = f"Looking for the files of {name}"
    if entry.layer >= 0:
        raise InputError("layers have no detail of their own", tried=tried)
    if not entry.source:
        raise InputError("the project does not say where it came from", tried=tried)
    source = f"{entry.source}@{entry.revision}" if entry.revision else entry.source
    if source not in listings:
        try:
            listings[source] = sources.resolve(source, digests=False).checkpoints
        except KlscopeError as error:
            raise InputError(
                f"{entry.source} is not there any more", tried=tried,
                advice="Add the folder that holds them now, and score it with Tokens: Kept",
            ) from error  # fmt: skip
    found = next((c for c in listings[source] if _fits(c, entry)), None)
    if found is None:
        raise InputError(f"{entry.source} does not hold it any more", tried=tried)
    way = _way_of(entry)
    return found.with_(quantize=way) if way else found


def _fits(checkpoint: Checkpoint, entry: Entry) -> bool:
    """By the id that it gave its entry; else by run and step, or by the label."""
    way = _way_of(entry)
    made = checkpoint.with_(quantize=way) if way else checkpoint
    if made.entry_id == entry.id:
        return True
    if entry.run and entry.step >= 0:
        return (checkpoint.run, checkpoint.step) == (entry.run, entry.step)
    return bool(entry.label) and checkpoint.label == entry.label


def _way_of(entry: Entry) -> str:
    """How it was quantized when it was loaded, "" = it was not."""
    return entry.quantization if entry.relation == "quantized-from" else ""
