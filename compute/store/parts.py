"""Work in flight: ``<project>.parts/`` holds, per entry, its plan and the batches scored so far."""

from __future__ import annotations

import hashlib
import json
import os
from collections.abc import Iterator, Mapping
from contextlib import suppress
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from compute.core.errors import StoreError
from compute.store import files, frames, hooks
from compute.store.frames import Batch
from compute.store.problems import writing
from compute.store.settled import merged

AMENDMENTS = "amendments"
"""Key of a plan that may change without making its finished batches worthless."""


def plan_digest(plan: Mapping[str, Any]) -> str:
    """sha256 in hex of the plan as sorted JSON, without its amendments."""
    fixed = {k: v for k, v in plan.items() if k != AMENDMENTS}
    return hashlib.sha256(json.dumps(fixed, sort_keys=True).encode()).hexdigest()


class Parts:
    """The parts of one project. One process at a time writes them: the owner of the job lock."""

    def __init__(self, path: Path) -> None:
        self.folder = files.parts_folder(Path(path))

    def _stem(self, entry_id: str) -> str:
        return hashlib.sha256(entry_id.encode()).hexdigest()[:24]

    def _plan_file(self, entry_id: str) -> Path:
        return self.folder / f"{self._stem(entry_id)}.plan.json"

    def _frames_file(self, entry_id: str) -> Path:
        return self.folder / f"{self._stem(entry_id)}.frames"

    def plan(self, entry_id: str) -> dict[str, Any] | None:
        """The stored plan of an entry, None when there is none that can be read."""
        return _read_plan(self._plan_file(entry_id), entry_id)

    def write_plan(self, entry_id: str, plan: Mapping[str, Any]) -> None:
        """Store a plan (JSON values) so that it survives a crash; batches of another plan end here.

        Raises
        ------
        StoreError
            If it cannot be written; the old plan is then untouched.
        """
        text = json.dumps({"klscope_plan": 1, "entry": entry_id, "plan": dict(plan)}).encode()
        target = self._plan_file(entry_id)
        with writing(self.folder, f"Storing the batch plan of {entry_id}"):
            self.folder.mkdir(exist_ok=True)
            files.remove_orphans(target)
            with files.new_version(target, "plan") as temp, open(temp, "xb", buffering=0) as file:
                _write(file.fileno(), text[: len(text) // 2])
                hooks.at("plan:half-written")
                _write(file.fileno(), text[len(text) // 2 :])
            hooks.at("plan:written")

    def append(self, entry_id: str, batch: int, texts: ArrayLike, values: ArrayLike) -> None:
        """Add the scores of one finished batch; on return they are on the disk.

        Parameters
        ----------
        texts : (n,) int
            Text indices, axis N.
        values : (n,) float32, nats
            NaN = this text has no score.

        Raises
        ------
        StoreError
            If the entry has no plan, or the disk refuses; earlier batches are kept.
        """
        plan = self.plan(entry_id)
        if plan is None:
            raise StoreError(f"the entry {entry_id} has no stored plan", tried="Storing a batch")
        digest = plan_digest(plan)
        path = self._frames_file(entry_id)
        with writing(self.folder, f"Storing a batch of {entry_id}"):
            contents = self._contents(entry_id, digest)
            valid = contents.valid if contents else 0
            head = b"" if contents else frames.header(entry_id, digest)
            _append(path, valid, head, frames.frame(batch, texts, values))

    def _contents(self, entry_id: str, digest: str) -> frames.Contents | None:
        """The frames file of an entry if it belongs to this plan."""
        contents = _parse(self._frames_file(entry_id))
        if contents is None or (contents.entry_id, contents.plan_digest) != (entry_id, digest):
            return None
        return contents

    def finished(self, entry_id: str) -> dict[int, Batch]:
        """Batch number -> scores, for the stored plan only."""
        plan = self.plan(entry_id)
        contents = None if plan is None else self._contents(entry_id, plan_digest(plan))
        return {b.number: b for b in contents.batches} if contents else {}

    def row(self, entry_id: str, n: int) -> NDArray[np.float32]:
        """(n,) float32, nats: all finished batches of an entry, NaN elsewhere."""
        return merged(tuple(self.finished(entry_id).values()), n)

    def entries(self) -> Iterator[tuple[str, tuple[Batch, ...]]]:
        """(entry id, batches) of every entry in flight."""
        for name in sorted(_names(self.folder)):
            contents = _parse(self.folder / name)
            if contents is not None and (found := self.finished(contents.entry_id)):
                yield contents.entry_id, tuple(found.values())

    def discard(self, entry_id: str) -> None:
        """Forget the batches and the plan of an entry, for example once its row is committed."""
        with writing(self.folder, f"Removing finished batches of {entry_id}"):
            self._frames_file(entry_id).unlink(missing_ok=True)
            hooks.at("parts:half-discarded")
            self._plan_file(entry_id).unlink(missing_ok=True)
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


def _names(folder: Path) -> list[str]:
    try:
        return [name for name in os.listdir(folder) if name.endswith(".frames")]
    except OSError:
        return []


def _parse(path: Path) -> frames.Contents | None:
    try:
        return frames.parse(path.read_bytes())
    except OSError:
        return None


def _read_plan(path: Path, entry_id: str) -> dict[str, Any] | None:
    try:
        data = json.loads(path.read_bytes())
        if data["klscope_plan"] != 1 or data["entry"] != entry_id:
            return None
        plan = data["plan"]
    except (OSError, ValueError, KeyError, TypeError):
        return None
    return plan if isinstance(plan, dict) else None


def _write(fd: int, raw: bytes) -> None:
    """All of it: one call may take less when the disk fills up, and the next then fails."""
    while raw:
        raw = raw[os.write(fd, raw) :]


def _append(path: Path, valid: int, head: bytes, body: bytes) -> None:
    """Cut the torn tail off, write, sync. A failed write is cut off again."""
    fd = os.open(path, os.O_RDWR | os.O_CREAT, 0o666)
    try:
        os.ftruncate(fd, valid)
        os.lseek(fd, valid, os.SEEK_SET)
        try:
            _write_frame(fd, head, body)
        except OSError:
            os.ftruncate(fd, valid)
            raise
    finally:
        os.close(fd)
    if head:
        files.sync_folder(path.parent)


def _write_frame(fd: int, head: bytes, body: bytes) -> None:
    if head:
        _write(fd, head[: len(head) // 2])
        hooks.at("parts:half-header")
        _write(fd, head[len(head) // 2 :])
        hooks.at("parts:header")
    _write(fd, body[: len(body) // 2])
    hooks.at("parts:half-frame")
    _write(fd, body[len(body) // 2 :])
    hooks.at("parts:frame-written")
    os.fsync(fd)
    hooks.at("parts:synced")
