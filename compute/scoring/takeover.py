"""A loaded module takes the weights of the next checkpoint of the same architecture.

Whether that gives what loading gives is not assumed: every tensor of the files of the checkpoint
that *was* loaded is compared with the module, value by value. Where each has its one place, and
every tensor of the module is one, loading did nothing but copy. A tensor of equal values proves
little: it looks the same in any order, and under a new name it may be another's. So it must be of
equal values in the next checkpoint too (the same ones, if its name changed); otherwise that one is
loaded afresh and compared again.

On a CPU the module is pointed at memory that was filled beforehand. Measured up to the end of a
first forward pass (8 tokens, one thread, median of 5; GPT-NeoX of 70M and 405M parameters, float32,
files in the page cache), beyond that pass alone: pointed at such memory 0.00 and 0.00 s, at mapped
files 0.01 and 0.14 s (their pages are fetched on first use), copied 0.05 and 0.34 s. Mapped files
also end the process when something cuts them short. The price is host memory for the weights twice;
where that is short they are copied from the files, a tensor at a time.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch

from compute.scoring.prefetch import Tick
from compute.scoring.reading import Staged, each

_GLANCE = 256


@dataclass(frozen=True, eq=False, slots=True)
class Places:
    """Where the tensors of a checkpoint's files lie in a module.

    ``targets`` holds the module's own parameters and buffers by their names in the files. If they
    are ``movable``, none shares memory with another and all are plain host memory: they can be
    pointed at other memory instead of being written to. ``flat`` names tensors of equal values,
    ``renamed`` those that have another name in the module.
    """

    targets: Mapping[str, torch.Tensor]
    flat: frozenset[str]
    renamed: frozenset[str]
    movable: bool

    @property
    def dtypes(self) -> Mapping[str, torch.dtype]:
        return {name: target.dtype for name, target in self.targets.items()}

    def fit(self, name: str, tensor: torch.Tensor) -> bool:
        """Whether a tensor of another checkpoint is known to go where this name goes."""
        if name not in self.flat:
            return True
        return _equal(self.targets[name], tensor) if name in self.renamed else _is_flat(tensor)

    def take(self, staged: Staged) -> torch.Tensor | None:
        """Put the staged weights in place; the block that is free again, None = none is.

        On a CPU the module is pointed at them and nothing is copied.
        """
        with torch.no_grad():
            for name, target in self.targets.items():
                if self.movable:
                    target.data = staged.tensors[name]
                else:
                    target.copy_(staged.tensors[name])
        return None if self.movable else staged.block

    def copy(self, files: Sequence[Path]) -> bool:
        """As :meth:`take`, a tensor at a time from the files; False = the module is spoilt."""
        with torch.no_grad():
            for name, tensor in each(files):
                if name in self.targets:
                    if not self.fit(name, tensor):
                        return False
                    self.targets[name].copy_(tensor)
        return True


def find_places(module: Any, files: Sequence[Path], tick: Tick) -> Places | None:
    """The places in ``module`` of what ``files`` hold, from which it was loaded.

    None where loading did more than copy (fused, stacked or computed weights), or where two places
    could be meant.
    """
    free: dict[str, torch.Tensor] = dict(module.state_dict(keep_vars=True))
    everything = {id(t): t for t in (*free.values(), *module.parameters())}
    if any(t.device.type == "meta" for t in everything.values()):
        return None
    targets: dict[str, torch.Tensor] = {}
    flat: set[str] = set()
    strange = False
    for name, tensor in each(files, tick):
        if name not in free:
            strange = True
            continue
        if not _equal(free[name], tensor):
            return None
        targets[name] = free.pop(name)
        if _is_flat(tensor):
            flat.add(name)
    own = frozenset(targets)
    if strange and not _add_renamed(targets, flat, free, files, tick):
        return None
    covered = {t.data_ptr() for t in targets.values()}
    if any(t.data_ptr() not in covered for t in everything.values()):
        return None
    renamed = frozenset(targets) - own
    return Places(targets, frozenset(flat), renamed, _movable(targets, everything.values()))


def _add_renamed(
    targets: dict[str, torch.Tensor],
    flat: set[str],
    free: Mapping[str, torch.Tensor],
    files: Sequence[Path],
    tick: Tick,
) -> bool:
    """Find the places of tensors that have other names in the module, by their values.

    One without a place is a constant that loading ignores; one with two cannot be told apart.
    """
    known = set(targets)
    taken = {t.data_ptr() for t in targets.values()}
    for name, tensor in each(files, tick):
        if name in known:
            continue
        same = [k for k, t in free.items() if t.data_ptr() not in taken and _equal(t, tensor)]
        if len({free[k].data_ptr() for k in same}) > 1:
            return False
        if same:
            targets[name] = free[same[0]]
            taken.add(targets[name].data_ptr())
            if _is_flat(tensor):
                flat.add(name)
    return True


def _movable(targets: Mapping[str, torch.Tensor], everything: Iterable[torch.Tensor]) -> bool:
    starts = Counter(t.untyped_storage().data_ptr() for t in everything)
    return all(
        t.device.type == "cpu" and t.is_contiguous() and starts[t.untyped_storage().data_ptr()] == 1
        for t in targets.values()
    )


def _equal(place: torch.Tensor, tensor: torch.Tensor) -> bool:
    if place.shape != tensor.shape:
        return False
    flat, other = place.detach().reshape(-1), tensor.reshape(-1)
    if not torch.equal(flat[:_GLANCE].cpu(), other[:_GLANCE].to(place.dtype)):
        return False
    return torch.equal(flat.cpu(), other.to(place.dtype))


def _is_flat(tensor: torch.Tensor) -> bool:
    """Whether all values are equal, as they are in a tensor of one."""
    flat = tensor.reshape(-1)
    return bool((flat == flat[:1]).all())
