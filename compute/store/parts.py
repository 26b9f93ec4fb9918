"""Work in flight: ``<project>.parts/`` holds, per entry, its plan and the batches scored so far.

Files of an entry: ``.plan.json``; ``.frames``, its batches; ``.shelved``, the same file under
another name while everything in it is in the project as well, so that readers need not look at
it; ``.tokens``, the token detail of its batches; ``.layers``, their layers.
"""

from __future__ import annotations

import hashlib
import os
from collections.abc import Iterator, Mapping, Sequence
from contextlib import suppress
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from compute.core.errors import StoreError
from compute.core.tables import Entry, TokenDetail
from compute.store import files, frames, hooks, logs, plans
from compute.store.frames import LAYERS, SCORES, SETTLED, TOKENS, Batch
from compute.store.problems import writing
from compute.store.ragged import joined
from compute.store.settled import merged

_FRAMES, _SHELVED, _TOKENS, _PLAN = ".frames", ".shelved", ".tokens", ".plan.json"
_LAYERS = ".layers"
_NONE = np.full(1, -1, np.int32)
"""The texts of no batch."""


class Parts:
    """The parts of one project. One process at a time writes them: the owner of the job lock."""

    def __init__(self, path: Path) -> None:
        self.folder = files.parts_folder(Path(path))
        self._scores, self._tokens = logs.Log(SCORES, "parts"), logs.Log(TOKENS, "tokens")
        self._layers = logs.Log(LAYERS, "layers")
        self._cleared = False
        self._digests: dict[str, tuple[tuple[int, ...], str]] = {}

    def _file(self, entry_id: str, suffix: str) -> Path:
        return self.folder / f"{_stem(entry_id)}{suffix}"

    def plan(self, entry_id: str) -> dict[str, Any] | None:
        """The stored plan of an entry, None when there is none that can be read."""
        return plans.read_plan(self._file(entry_id, _PLAN), entry_id)

    def write_plan(self, entry_id: str, plan: Mapping[str, Any]) -> None:
        """Store a plan (JSON values) so that it survives a crash; batches of another plan end here.

        Raises
        ------
        StoreError
            If it cannot be written; the old plan and its batches are then untouched.
        """
        digest = plans.plan_digest(plan)
        with writing(self.folder, f"Storing the batch plan of {entry_id}"):
            self._prepare()
            target = self._file(entry_id, _PLAN)
            plans.write_plan(target, entry_id, plan, lambda: self._supersede(entry_id, digest))
            self._digests[entry_id] = (files.identity(target), digest)

    def _prepare(self) -> None:
        """The folder, cleared once of plans that a killed process left half written."""
        self.folder.mkdir(exist_ok=True)
        if not self._cleared:
            files.remove_orphans_in(self.folder)
            self._cleared = True

    def _supersede(self, entry_id: str, digest: str) -> None:
        for suffix, magic in (
            (_FRAMES, SCORES.magic),
            (_SHELVED, SCORES.magic),
            (_TOKENS, TOKENS.magic),
            (_LAYERS, LAYERS.magic),
        ):
            path = self._file(entry_id, suffix)
            head = logs.head_of(path, magic)
            if head is None or (head.entry_id, head.plan_digest) != (entry_id, digest):
                path.unlink(missing_ok=True)
        hooks.at("plan:superseded")

    def append(
        self,
        entry_id: str,
        batch: int,
        texts: ArrayLike,
        values: ArrayLike,
        *,
        tokens: Sequence[NDArray[np.floating]] = (),
        layers: NDArray[np.floating] | None = None,
    ) -> None:
        """Add the scores of one finished batch; on return they are on the disk.

        Parameters
        ----------
        texts : (n,) int
            Text indices, axis N.
        values : (n,) float32, nats
            NaN = this text has no score.
        tokens : sequence of (n_tokens,) float, nats, optional
            One vector per text, NaN = this token is not scored. Kept as float16.
        layers : (n_layers, n) float32, nats, optional

        Raises
        ------
        StoreError
            If the entry has no plan, or the disk refuses; earlier batches are kept.
        """
        digest = self._digest(entry_id)
        if not digest:
            raise StoreError(f"the entry {entry_id} has no stored plan", tried="Storing a batch")
        body = frames.frame(batch, texts, values)
        with writing(self.folder, f"Storing a batch of {entry_id}"):
            if tokens:  # first, so that a batch with scores has its tokens
                detail = frames.token_frame(batch, texts, tokens)
                self._tokens.append(self._file(entry_id, _TOKENS), entry_id, digest, detail)
            if layers is not None and len(layers):
                deep = frames.layer_frame(batch, texts, layers)
                self._layers.append(self._file(entry_id, _LAYERS), entry_id, digest, deep)
            self._take_down(entry_id)
            self._scores.append(self._file(entry_id, _FRAMES), entry_id, digest, body)

    def settle(self, entry_id: str, texts: ArrayLike) -> None:
        """Say that texts (indices) will get no score, for example because they are too long.

        Raises
        ------
        StoreError
            As :meth:`append`.
        """
        known = [b.texts for b in self._batches(entry_id) if b.number == SETTLED]
        new = np.setdiff1d(np.asarray(texts), np.concatenate([np.zeros(0, np.int32), *known]))
        if len(new):
            self.append(entry_id, SETTLED, new, np.full(len(new), np.nan, np.float32))

    def _digest(self, entry_id: str) -> str:
        """Of the stored plan, "" = none; read again only when its file is another one."""
        path = self._file(entry_id, _PLAN)
        own = files.identity(path)
        known = self._digests.get(entry_id)
        if known is not None and known[0] == own:
            return known[1]
        plan = self.plan(entry_id)
        if plan is None:
            return ""
        self._digests[entry_id] = (own, plans.plan_digest(plan))
        return self._digests[entry_id][1]

    def _take_down(self, entry_id: str) -> None:
        """Give a shelved file its name back, so that readers see what is added to it."""
        path, shelved = self._file(entry_id, _FRAMES), self._file(entry_id, _SHELVED)
        if not path.exists() and shelved.exists():
            os.replace(shelved, path)
            hooks.at("parts:taken-down")

    def _batches(self, entry_id: str) -> tuple[Batch, ...]:
        """Everything stored for the plan of an entry, in the order in which it came."""
        found = logs.read(self._file(entry_id, _FRAMES), SCORES)
        found = found or logs.read(self._file(entry_id, _SHELVED), SCORES)
        if found is None or found.head.entry_id != entry_id:
            return ()
        return found.batches if found.head.plan_digest == self._digest(entry_id) else ()

    def finished(
        self, entry_id: str, *, tokens: bool = False, layers: bool = False
    ) -> dict[int, Batch]:
        """Batch number -> scores, for the stored plan only; with ``tokens`` or ``layers``, those
        that have them.

        Texts that are settled without a score are in none of them.
        """
        found = {b.number: b for b in self._batches(entry_id) if b.number != SETTLED}
        for wanted, suffix, kind in ((tokens, _TOKENS, TOKENS), (layers, _LAYERS, LAYERS)):
            if wanted:
                texts = self._texts_of(self._file(entry_id, suffix), kind)
                found = {
                    n: b for n, b in found.items() if np.array_equal(b.texts, texts.get(n, _NONE))
                }
        return found

    @staticmethod
    def _texts_of(path: Path, kind: frames.Kind[Any]) -> dict[int, NDArray[np.int32]]:
        """Batch number -> its texts, of what can be trusted in a file."""
        detail = logs.read(path, kind)
        return {b.number: b.texts for b in detail.batches} if detail else {}

    def layers(self, entry_id: str, n_layers: int, n: int) -> NDArray[np.float32]:
        """(n_layers, n) float32, nats: layers of all finished batches, NaN elsewhere.

        Raises
        ------
        StoreError
            If a batch has another number of layers.
        """
        out = np.full((n_layers, n), np.nan, np.float32)
        found = logs.read(self._file(entry_id, _LAYERS), LAYERS)
        for batch in found.batches if found else ():
            if len(batch.values) != n_layers or (batch.texts >= n).any():
                raise StoreError(
                    f"a batch has {len(batch.values)} layers, expected {n_layers}",
                    tried=f"Reading layers of {entry_id}",
                )
            out[:, batch.texts] = batch.values
        return out

    def row(self, entry_id: str, n: int) -> NDArray[np.float32]:
        """(n,) float32, nats: all finished batches of an entry, NaN elsewhere."""
        return merged(self._batches(entry_id), n)

    def tokens(self, entry_id: str, n_tokens: NDArray[np.int64]) -> TokenDetail:
        """Token detail of all finished batches; ``n_tokens`` (N,) int64 is that of the texts.

        Raises
        ------
        StoreError
            If a text has another number of tokens in the parts.
        """
        found = logs.read(self._file(entry_id, _TOKENS), TOKENS)
        return joined(found.batches if found else (), n_tokens, f"Reading tokens of {entry_id}")

    def entries(self) -> Iterator[tuple[str, tuple[Batch, ...]]]:
        """(entry id, batches) of every entry with batches that may not be in the project yet.

        Texts settled without a score come as a batch of NaN.
        """
        for name in sorted(_names(self.folder)):
            found = logs.read(self.folder / name, SCORES)
            if found and found.batches and name == _stem(found.head.entry_id) + _FRAMES:
                yield found.head.entry_id, found.batches

    def committed(self, entry: Entry, row: NDArray[np.float32] | None = None) -> None:
        """Say that the project now holds ``entry`` and its ``row`` (N,) float32, nats.

        What is done or has failed is forgotten. Batches of a partial entry are shelved, if the row
        has them all: readers pass them by, a resumed job finds them.
        """
        if entry.status in ("done", "failed"):
            self.discard(entry.id)
        elif entry.status == "partial" and row is not None:
            self._shelve(entry.id, row)

    def _shelve(self, entry_id: str, row: NDArray[np.float32]) -> None:
        path = self._file(entry_id, _FRAMES)
        found = logs.read(path, SCORES)
        if found is None or not np.isnan(merged(found.batches, len(row))[np.isnan(row)]).all():
            return
        with writing(self.folder, f"Putting batches of {entry_id} aside"):
            self._scores.forget(path)
            os.replace(path, self._file(entry_id, _SHELVED))
            hooks.at("parts:shelved")

    def discard(self, entry_id: str) -> None:
        """Forget the batches and the plan of an entry, for example once its row is committed."""
        self._digests.pop(entry_id, None)
        with writing(self.folder, f"Removing finished batches of {entry_id}"):
            for log, suffix in (
                (self._scores, _FRAMES),
                (self._scores, _SHELVED),
                (self._tokens, _TOKENS),
                (self._layers, _LAYERS),
            ):
                log.forget(self._file(entry_id, suffix))
                self._file(entry_id, suffix).unlink(missing_ok=True)
            hooks.at("parts:half-discarded")
            self._file(entry_id, _PLAN).unlink(missing_ok=True)
            hooks.at("parts:discarded")
            with suppress(OSError):
                self.folder.rmdir()


def frames_stamp(path: Path) -> tuple[int, int]:
    """(bytes in all frame files, newest change in ns); cheap."""
    total = newest = 0
    folder = files.parts_folder(path)
    for name in _names(folder):
        with suppress(OSError):
            stat = os.stat(folder / name)
            total, newest = total + stat.st_size, max(newest, stat.st_mtime_ns)
    return total, newest


def _stem(entry_id: str) -> str:
    return hashlib.sha256(entry_id.encode()).hexdigest()[:24]


def _names(folder: Path) -> list[str]:
    try:
        return [name for name in os.listdir(folder) if name.endswith(_FRAMES)]
    except OSError:
        return []
