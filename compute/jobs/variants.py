"""Quantized variants of checkpoints, their null controls, and the parents of entries. Pure."""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace

from compute.core.numbers import count
from compute.core.quantization import NULL_TAG
from compute.core.tables import Checkpoint, Entry
from compute.jobs.entries import Item, free_id

QUANTIZED_FROM = "quantized-from"
N_BYTES = "bytes_on_disk"
"""Name of the metadata that holds the size of a variant's weights."""


@dataclass(frozen=True, slots=True)
class Way:
    """How a job computes, as far as values of the same weights depend on it."""

    device: str
    software: str

    def made(self, entry: Entry) -> bool:
        """Whether the values of an entry came this way."""
        return _kind(entry.device) == _kind(self.device) and entry.software == self.software


def _kind(device: str) -> str:
    return device.partition(":")[0]


def with_variants(checkpoints: Iterable[Checkpoint], ways: Sequence[str]) -> tuple[Checkpoint, ...]:
    """Each checkpoint, and after it its quantized variants; an adapter has none."""
    found: list[Checkpoint] = []
    for checkpoint in checkpoints:
        found.append(checkpoint)
        if not checkpoint.adapter and not checkpoint.quantize:
            found += [checkpoint.with_(quantize=way) for way in dict.fromkeys(ways)]
    return tuple(found)


def with_controls(
    items: Sequence[Item], existing: Iterable[Entry], way: Way, *, always: bool = False
) -> tuple[Item, ...]:
    """The queue with the null controls that it needs, each after its base.

    A base is done already, another way than this job computes, and variants of it are not: then the
    unmodified model is scored once more beside them, as an entry of its own. A control that was
    begun is gone on with. A base that is still to be scored is its variants' own baseline. With
    ``always`` a base that was computed this very way is scored once more too.
    """
    known = tuple(existing)
    taken = {entry.id for entry in known} | {item.entry.id for item in items}
    todo = {i.entry.parent for i in items if i.checkpoint.quantize and i.entry.status != "done"}
    found: list[Item] = []
    for item in items:
        found.append(item)
        if item.checkpoint.quantize or item.entry.id not in todo:
            continue
        controls = [e for e in known if _is_control_of(e, item.entry)]
        control = _control(item, controls, way, taken, always)
        if control is not None:
            taken.add(control.entry.id)
            found.append(control)
    return tuple(found)


def _is_control_of(entry: Entry, base: Entry) -> bool:
    same = (entry.parent, entry.dtype, entry.bos) == (base.id, base.dtype, base.bos)
    return same and is_control(entry)


def is_control(entry: Entry) -> bool:
    """Whether an entry is a null control, also where its tags were edited."""
    plain = entry.relation == QUANTIZED_FROM and not entry.quantization
    return NULL_TAG in entry.tags or plain


def _control(
    base: Item, known: Sequence[Entry], way: Way, taken: set[str], always: bool
) -> Item | None:
    if base.entry.status != "done":
        return None
    enough = known if always else (base.entry, *known)
    if any(entry.status == "done" and way.made(entry) for entry in enough):
        return None
    for entry in known:
        if entry.status != "done":
            return Item(base.checkpoint, entry)
    number = f" {len(known) + 1}" if known else ""
    entry = base.entry.with_(
        id=free_id(f"{base.entry.id}/{NULL_TAG}", taken),
        label=f"{base.entry.label or base.entry.id} null control{number}",
        run="",
        parent=base.entry.id,
        relation=QUANTIZED_FROM,
        other_parents=(),
        tags=(NULL_TAG,),
        metadata=(),
        status="planned",
        error="",
        n_scored=0,
        n_prefix=0,
        noise_floor=float("nan"),
        tokenization="",
        device="",
        software="",
    )
    return Item(base.checkpoint, entry, is_new=True)


def with_parents(items: Sequence[Item], existing: Iterable[Entry]) -> tuple[Item, ...]:
    """New entries with their parents: ids where the project or the queue has them, else names.

    What an entry that is there already says is left to whoever edits it.
    """
    known = tuple(existing)
    return tuple(_with_parents(item, items, known) for item in items)


def _with_parents(item: Item, items: Sequence[Item], known: Sequence[Entry]) -> Item:
    entry, checkpoint = item.entry, item.checkpoint
    if not item.is_new or entry.is_checkpoint:
        return item
    if checkpoint.quantize:
        found = list(_of_same_path(checkpoint, items))
    else:
        found = [_id_of(name, checkpoint, items, known) for name in checkpoint.parents]
    parents = tuple(dict.fromkeys(name for name in found if name and name != entry.id))
    if not parents:  # it declares nobody, or itself
        return replace(item, entry=entry.with_(relation="")) if found else item
    changed = entry.with_(parent=parents[0], other_parents=parents[1:])
    return replace(item, entry=changed)


def _of_same_path(checkpoint: Checkpoint, items: Sequence[Item]) -> Iterator[str]:
    """The plain model in the same place, if it is in the queue."""
    for item in items:
        other = item.checkpoint
        if other.path == checkpoint.path and not other.quantize and not other.adapter:
            yield item.entry.id
            return


def _id_of(name: str, checkpoint: Checkpoint, items: Sequence[Item], known: Sequence[Entry]) -> str:
    """The id of the entry that a parent's name means, else the name without folders of a machine.

    An adapter's base is the model that it is put on, whatever its name was elsewhere.
    """
    if checkpoint.adapter and (same := next(_of_same_path(checkpoint, items), "")):
        return same
    here = [i.entry for i in items if _is_plain(i.entry) and not i.checkpoint.adapter]
    for entry in (*known, *here):
        if _is_plain(entry) and name in (entry.id, entry.label):
            return entry.id
    if os.path.isabs(name) or name.startswith("."):
        short = os.path.basename(os.path.normpath(name))
        named = [e.id for e in (*known, *here) if _is_plain(e) and short in (e.id, e.label)]
        return named[0] if named else short
    return name


def _is_plain(entry: Entry) -> bool:
    return entry.layer < 0 and not is_control(entry)


def remarks(items: Sequence[Item], ways: Sequence[str]) -> tuple[str, ...]:
    """What to say of variants before anything is scored; one sentence each."""
    controls = [i.entry.label for i in items if is_control(i.entry) and i.entry.status != "done"]
    adapters = [i.entry.label for i in items if i.checkpoint.adapter]
    said = []
    if controls:
        these = "its base was" if len(controls) == 1 else "their bases were"
        said.append(
            f"{_some(controls)}: {these} scored on another kind of device or by other versions, so "
            "the unmodified model is scored once more beside its variants."
        )
    if ways and adapters:
        said.append(f"Adapters are not quantized ({_some(adapters)}).")
    return tuple(said)


def _some(names: Sequence[str], n: int = 3) -> str:
    shown = ", ".join(names[:n])
    return shown if len(names) <= n else f"{shown} and {count(len(names) - n)} more"


def weighed(entry: Entry, n_bytes: int) -> Entry:
    """A variant with the size of its weights in its metadata; others as they are."""
    is_variant = bool(entry.quantization) or is_control(entry)
    if not is_variant or n_bytes < 0:
        return entry
    rest = tuple(pair for pair in entry.metadata if pair[0] != N_BYTES)
    return entry.with_(metadata=(*rest, (N_BYTES, str(n_bytes))))
