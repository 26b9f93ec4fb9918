"""What the library shows: sources that were added, the project's entries, what is ticked."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from operator import attrgetter
from typing import ClassVar

from psygnal import SignalGroupDescriptor

from compute.core.numbers import count
from compute.core.rules import other_rule
from compute.core.tables import Checkpoint, Entry, Listing


@dataclass
class LibraryState:
    """Sources and entries as a tree of runs.

    ``unticked`` holds leaf keys (see :func:`leaves`): a ticked leaf that is scored is on the map,
    a ticked leaf that is not scored is what "Score" will score. ``progress`` maps leaf keys to
    fractions while a job runs. ``n_texts`` is the size of the project's text set, of which the
    first ``first_round`` make an entry usable; ``rule`` is the BOS rule of what is on the map.
    """

    events: ClassVar[SignalGroupDescriptor] = SignalGroupDescriptor()

    listings: tuple[Listing, ...] = ()
    entries: tuple[Entry, ...] = ()
    unticked: frozenset[str] = frozenset()
    looking_into: str = ""
    progress: Mapping[str, float] = field(default_factory=dict)
    queued: frozenset[str] = frozenset()
    n_texts: int = 0
    first_round: int = 0
    rule: str = ""


@dataclass(frozen=True, slots=True)
class Leaf:
    """One checkpoint or entry in the tree. ``status`` is for people, see :data:`LEAF_STATUSES`.

    ``usable`` = it can be on the map; ``caution`` = "" or why it is not compared with the rest;
    ``queued`` = a job has it on its list.
    """

    key: str
    run: str
    label: str
    step: int
    status: str
    detail: str = ""
    fraction: float = 0.0
    entry: Entry | None = None
    checkpoint: Checkpoint | None = None
    usable: bool = False
    caution: str = ""
    queued: bool = False


LEAF_STATUSES = (
    "not scored", "queued", "scoring", "partial", "done", "failed", "duplicate", "missing",
)  # fmt: skip


def entry_of(leaf: Leaf) -> Entry:
    """The entry of a leaf, or the one it would get: what queries are asked about."""
    c = leaf.checkpoint
    if leaf.entry is not None or c is None:
        return leaf.entry or Entry(leaf.key, leaf.label, run=leaf.run, step=leaf.step)
    return Entry(
        leaf.key, c.label, c.family, c.run, c.step, c.tokens_seen, c.seed,
        n_params=c.n_params, size=c.size, source=c.source, revision=c.revision,
    )  # fmt: skip


def _same(entry: Entry, checkpoint: Checkpoint) -> bool:
    if entry.label != checkpoint.label or entry.run != checkpoint.run:
        return False
    if entry.digest and checkpoint.digest:
        return entry.digest == checkpoint.digest
    return True


def leaves(state: LibraryState, known: Mapping[str, Leaf] | None = None) -> tuple[Leaf, ...]:
    """Every leaf, entries first matched to the checkpoints they came from, ordered by run, step.

    A checkpoint that several sources hold (a run, and the folder around it) is one leaf.
    Finished leaves that are the same in ``known`` (key -> leaf) stay the same objects.

    The key of a leaf is the entry's id, or ``"path:" + checkpoint.place`` before it has one.
    """
    free: dict[tuple[str, str], list[Entry]] = {}
    for entry in state.entries:
        free.setdefault((entry.run, entry.label), []).append(entry)
    pairs: list[tuple[Entry | None, Checkpoint | None]] = []
    paths: set[str] = set()
    for listing in state.listings:
        for checkpoint in listing.checkpoints:
            if checkpoint.place in paths:
                continue
            paths.add(checkpoint.place)
            candidates = free.get((checkpoint.run, checkpoint.label), [])
            match = next((e for e in candidates if _same(e, checkpoint)), None)
            if match is not None:
                candidates.remove(match)
            pairs.append((match, checkpoint))
    rest = {entry.id: entry for entries in free.values() for entry in entries}
    found = [(e or _edited(c, rest), c) for e, c in pairs] if rest else pairs
    out = [_leaf(state, entry, checkpoint, known) for entry, checkpoint in found]
    out.extend(_leaf(state, entry, None, known) for entry in rest.values())
    return tuple(sorted(out, key=attrgetter("run", "step", "label")))


def _edited(checkpoint: Checkpoint | None, rest: dict[str, Entry]) -> Entry | None:
    """Takes from ``rest`` the entry of a checkpoint whose label, run or step was edited."""
    if checkpoint is None:
        return None
    entry = rest.get(checkpoint.entry_id)
    if entry is None or not entry.digest or entry.digest != checkpoint.digest:
        return None
    return rest.pop(entry.id)


def _leaf(
    state: LibraryState,
    entry: Entry | None,
    checkpoint: Checkpoint | None,
    known: Mapping[str, Leaf] | None,
) -> Leaf:
    caution = _caution(entry, state.rule) if entry is not None else ""
    if known and entry is not None and entry.status == "done":
        old = known.get(entry.id)
        if old is not None and old.entry is entry and old.checkpoint is checkpoint:
            return old if old.caution == caution else replace(old, caution=caution)
    if entry is not None:
        key, run, label, step = entry.id, entry.run or entry.label, entry.label, entry.step
    else:
        assert checkpoint is not None
        key = "path:" + checkpoint.place
        run, label, step = checkpoint.run or checkpoint.label, checkpoint.label, checkpoint.step
    status, detail = _status(key, entry, checkpoint, state)
    known_part = entry.n_scored / state.n_texts if entry is not None and state.n_texts else 0.0
    fraction = state.progress.get(key, known_part)
    shown = entry is not None and usable(entry, state.first_round)
    return Leaf(
        key, run, label, step, status, detail, fraction, entry, checkpoint, shown, caution,
        queued=_queued(key, checkpoint, state),
    )  # fmt: skip


def usable(entry: Entry, first_round: int) -> bool:
    """Whether an entry can be shown: it is done, or has at least the texts of the first round."""
    first = entry.status == "partial" and 0 < first_round <= entry.n_prefix
    return entry.status == "done" or first


def _queued(key: str, checkpoint: Checkpoint | None, state: LibraryState) -> bool:
    """An entry that a job has made is still on the job's list as the checkpoint it was."""
    path = "path:" + checkpoint.place if checkpoint is not None else key
    return not state.queued.isdisjoint((key, path))


def _caution(entry: Entry, rule: str) -> str:
    if not other_rule(entry, rule):
        return ""
    return (
        f"Scored with the BOS rule {entry.bos}, most of this project with {rule}. "
        "It is left out of the map."
    )


def _status(
    key: str, entry: Entry | None, checkpoint: Checkpoint | None, state: LibraryState
) -> tuple[str, str]:
    if entry is not None and entry.status == "done":
        return "done", ""
    if key in state.progress:
        return "scoring", ""
    if entry is not None and entry.status == "failed":
        return "failed", entry.error
    if checkpoint is not None and checkpoint.problem:
        return "missing" if checkpoint.n_bytes < 0 else "failed", checkpoint.problem
    if entry is not None and entry.n_scored:
        of = f" of {count(state.n_texts)}" if state.n_texts else ""
        return "partial", f"{count(entry.n_scored)}{of}"
    if _queued(key, checkpoint, state):
        return "queued", ""
    if checkpoint is not None and checkpoint.duplicate_of:
        return "duplicate", f"Same weights as {checkpoint.duplicate_of}."
    return "not scored", ""


def layers_beside(entries: Iterable[Entry]) -> frozenset[str]:
    """Ids of the layers of models among other entries: a map of these is better without them."""
    every = tuple(entries)
    layers = frozenset(e.id for e in every if e.layer >= 0)
    return layers if len(layers) < len(every) else frozenset()


def joined(old: tuple[Listing, ...], new: tuple[Listing, ...]) -> tuple[Listing, ...]:
    """Listings with new ones: of a source that is there already, what it holds now.

    Revisions of one repository may come one after the other: those of before stay.
    """
    fresh = {listing.source: listing for listing in new}
    kept = [_extended(was, fresh.pop(was.source, None)) for was in old]
    return (*kept, *(listing for listing in new if listing.source in fresh))


def _extended(old: Listing, new: Listing | None) -> Listing:
    if new is None or old == new:
        return old
    if not any(c.revision for c in new.checkpoints):
        return new  # a folder: what is gone from it is gone
    paths = {c.place for c in new.checkpoints}
    rest = tuple(c for c in old.checkpoints if c.place not in paths)
    every = sorted((*rest, *new.checkpoints), key=lambda c: (c.step < 0, c.step, c.label))
    return replace(new, checkpoints=tuple(every))


@dataclass(frozen=True, slots=True)
class Untrusted:
    """A model that needs code of its own: a run or a single one, with its checkpoints' paths."""

    name: str
    paths: tuple[str, ...]


def untrusted(
    checkpoints: tuple[Checkpoint, ...], trusted: tuple[str, ...]
) -> tuple[Untrusted, ...]:
    """The models among ``checkpoints`` whose own code was not allowed to run yet."""
    found: dict[tuple[str, str], list[str]] = {}
    for c in checkpoints:
        if c.needs_trust and c.path not in trusted:
            found.setdefault((c.source, c.run or c.label), []).append(c.path)
    return tuple(Untrusted(name, tuple(paths)) for (_, name), paths in found.items())


def to_score(state: LibraryState) -> tuple[Checkpoint, ...]:
    """Ticked checkpoints with no finished vector that no job has on its list, in library order."""
    return tuple(leaf.checkpoint for leaf in leaves_to_score(state) if leaf.checkpoint is not None)


def leaves_to_score(state: LibraryState) -> tuple[Leaf, ...]:
    """The leaves of :func:`to_score`."""
    if not any(listing.checkpoints for listing in state.listings):
        return ()  # asked at every selection: a project alone, however large, has nothing to score
    return tuple(
        leaf
        for leaf in leaves(state)
        if leaf.checkpoint is not None
        and leaf.key not in state.unticked
        and leaf.status in ("not scored", "partial", "duplicate", "failed")
        and not leaf.queued
        and not leaf.checkpoint.problem
    )
