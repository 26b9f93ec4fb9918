"""Look at every checkpoint of a listing: problem, parameters, bytes, digest, duplicates."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path

from compute.core.errors import InputError
from compute.core.tables import Checkpoint, Listing
from compute.core.trust import OPTION
from compute.core.weights import files_of, is_gguf, weight_files
from compute.sources.adapters import as_adapter, check_adapter
from compute.sources.cards import as_declared
from compute.sources.checking import check, needs_trust
from compute.sources.digests import DigestCache, digest_of
from compute.sources.gguf import check_gguf
from compute.sources.weights import count_parameters

OnProgress = Callable[[int, int], None]


def audit(
    listing: Listing,
    *,
    digests: bool = True,
    cache: DigestCache | None = None,
    on_progress: OnProgress | None = None,
) -> Listing:
    """The same listing with everything filled in that can be known without loading weights."""
    known = cache if cache is not None else DigestCache()
    rows = []
    for n, row in enumerate(listing.checkpoints, start=1):
        rows.append(_look_at(row, digests, known))
        if on_progress is not None:
            on_progress(n, len(listing.checkpoints))
    known.save()
    marked = mark_duplicates(rows)
    return replace(listing, checkpoints=marked, notes=(*listing.notes, *_notes(marked)))


def _look_at(row: Checkpoint, digests: bool, cache: DigestCache) -> Checkpoint:
    row = as_declared(as_adapter(row))
    folder = Path(row.path)
    row = row.with_(
        problem=row.problem or _problem(row, folder),
        needs_trust=needs_trust(folder),
    )
    try:
        files = weight_files(folder)
        every = files_of(folder, row.adapter)
        row = row.with_(n_bytes=sum(p.stat().st_size for p in every) if files else -1)
        if digests and files and not row.digest:
            row = row.with_(digest=digest_of(folder, cache, adapter=row.adapter))
        if files and not is_gguf(folder):
            row = row.with_(n_params=count_parameters(folder))
    except OSError as e:
        return row.with_(problem=row.problem or f"The weights cannot be read ({e.strerror}).")
    except InputError as e:
        return row.with_(problem=row.problem or f"The weights cannot be read: {e.happened}.")
    return row


def _problem(row: Checkpoint, folder: Path) -> str:
    if is_gguf(folder):
        return check_gguf(folder)
    return check(folder) or (check_adapter(row.adapter) if row.adapter else "")


def mark_duplicates(rows: Sequence[Checkpoint]) -> tuple[Checkpoint, ...]:
    """Every whole row whose weights are byte-identical to an earlier one's names that one."""
    first: dict[str, str] = {}
    marked = []
    for row in rows:
        whole = bool(row.digest) and not row.problem
        earlier = first.get(row.digest, "") if whole else ""
        if whole and not earlier:
            first[row.digest] = row.label
        marked.append(row.with_(duplicate_of=earlier))
    return tuple(marked)


def _notes(rows: Sequence[Checkpoint]) -> tuple[str, ...]:
    same = [f"{r.label} = {r.duplicate_of}" for r in rows if r.duplicate_of]
    bad = [r for r in rows if r.problem]
    notes = []
    if same:
        noun = "checkpoint has" if len(same) == 1 else "checkpoints have"
        notes.append(f"{len(same)} {noun} the same weights as another ({_some(same)}).")
    if own := [r.label for r in rows if r.needs_trust and not r.problem]:
        what = "needs Python code of its own" if len(own) == 1 else "need Python code of their own"
        notes.append(f"{len(own)} of {len(rows)} {what} ({_some(own)}), run only with {OPTION}.")
    if bad:
        names = _some([r.label for r in bad])
        notes.append(f"{len(bad)} of {len(rows)} cannot be scored ({names}). {bad[0].problem}")
    return tuple(notes)


def _some(names: Sequence[str], n: int = 3) -> str:
    shown = ", ".join(names[:n])
    return shown if len(names) <= n else f"{shown} and {len(names) - n} more"
