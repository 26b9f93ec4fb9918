"""A copy of a project without the space that commits have left unused, compressed if asked for."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path

import numpy as np

from compute.core.errors import StoreError
from compute.store import files, nodes
from compute.store.disk import written
from compute.store.nodes import Node
from compute.store.opening import opened
from compute.store.problems import writing

_COPY_BYTES = 4 << 20
_GZIP_LEVEL = 6


def copy(
    path: Path,
    destination: Path,
    *,
    compressed: bool,
    done: Callable[[float], None] = lambda share: None,
) -> None:
    """Write everything in the file of a project into a new one, whole or not at all.

    What is in ``.parts`` and token detail are no part of the file.

    Parameters
    ----------
    compressed : bool
        Matrices and columns of numbers are shuffled and gzipped; they are read as before.
    done : function
        Told the share of ``/loglik`` that is copied; may raise to stop.

    Raises
    ------
    StoreError
        If the project cannot be read, the destination exists, or the place refuses.
    """
    target = files.real(Path(destination))
    tried = f"Writing {destination}"
    if os.path.lexists(target):
        raise StoreError("the file exists already", tried=tried, advice="Choose another name")
    with (
        opened(Path(path)) as old,
        writing(target, tried),
        files.new_version(target, "copy") as temp,
        written(temp, "w") as new,
    ):
        _Copy(compressed, done).group(old, new)


class _Copy:
    def __init__(self, compressed: bool, done: Callable[[float], None]) -> None:
        self._compressed, self._done = compressed, done

    def group(self, old: Node, new: Node) -> None:
        """Children first, attributes (and with them the completion mark) last."""
        for name in old:
            try:
                child = nodes.own(old, name)
            except ValueError as error:
                raise nodes.bad(old, name, f"is {error}") from error
            if nodes.is_group(child):
                self.group(child, new.create_group(name))
            else:
                self._dataset(child, new, name)
        _attributes(old, new)

    def _dataset(self, old: Node, new: Node, name: str) -> None:
        numeric = old.dtype.kind in "iuf"
        options = {}
        if old.chunks is not None:
            options = {"chunks": old.chunks, "maxshape": old.maxshape}
        elif old.shape and numeric and self._compressed:
            options = {"chunks": True} if old.size else {}
        if options and numeric and self._compressed:
            options |= {"shuffle": True, "compression": "gzip", "compression_opts": _GZIP_LEVEL}
        if numeric:
            options["fillvalue"] = old.fillvalue
        made = new.create_dataset(name, shape=old.shape, dtype=old.dtype, **options)
        _attributes(old, made)
        self._values(old, made)

    def _values(self, old: Node, made: Node) -> None:
        if not old.shape:
            made[()] = old[()]
            return
        row = old.dtype.itemsize * int(np.prod(old.shape[1:], dtype=np.int64))
        step = max(1, _COPY_BYTES // max(1, row))
        if old.chunks is not None:
            step = max(1, step // old.chunks[0]) * old.chunks[0]
        for start in range(0, old.shape[0], step):
            made[start : start + step] = old[start : start + step]
            if old.name == "/loglik":
                self._done(min(1.0, (start + step) / old.shape[0]))


def _attributes(old: Node, new: Node) -> None:
    for name in old.attrs:
        new.attrs.create(name, old.attrs[name], dtype=old.attrs.get_id(name).dtype)
