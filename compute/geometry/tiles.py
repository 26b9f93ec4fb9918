"""KL and its standard error by tiles: any part of the matrix on demand, all of it into a file."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

from compute.core.files import os_problem
from compute.geometry.distances import (
    close_blocks,
    squared_distances_between,
    squared_distances_to,
)
from compute.geometry.lean import Rows

TILE_BYTES = 256 << 20
"""What the two parts of centred rows under a tile may take."""

_SE_CLOSE = 1e-6
"""A squared error below this part of the fourth moments comes from the difference."""

Part: TypeAlias = slice | NDArray[np.intp]
Between: TypeAlias = Callable[[NDArray[np.float64], NDArray[np.float64]], NDArray[np.float64]]


@dataclass(frozen=True, eq=False, slots=True)
class Tile:
    """A part of a (K, K) matrix: ``values`` are those of ``rows`` by ``columns``."""

    rows: slice
    columns: slice
    values: NDArray[np.float64]


def kl_block(rows: Rows, i: Part, j: Part) -> NDArray[np.float64]:
    """KL of some entries to some: a part of the matrix, without the rest of it.

    Parameters
    ----------
    rows : Prepared or LeanPrepared
    i, j : slice, or ndarray of intp
        Rows and columns of the matrix.

    Returns
    -------
    ndarray, (len(i), len(j)) float64, bits/byte
        No negatives; 0 for an entry with itself. Pairs whose squared distance is below 1e-6 of
        their norms come from the difference (method page, section 1).
    """
    return squared_distances_between(rows.part(i), rows.part(j))


def se_block(rows: Rows, i: Part, j: Part) -> NDArray[np.float64]:
    """Standard errors over texts that belong to :func:`kl_block`, same axes, bits/byte."""
    return errors_between(rows.part(i), rows.part(j))


def errors_between(a: NDArray[np.float64], b: NDArray[np.float64]) -> NDArray[np.float64]:
    """Standard errors of squared distances between the rows of two tables.

    With ``u_s = (a - b)_s^2`` the squared error is ``sum u^2 - (sum u)^2 / N`` (method page,
    section 1). ``sum u^2`` is a sum of fourth powers of differences, three products of matrices;
    where these lose digits, the error comes from the difference.

    Parameters
    ----------
    a : ndarray, (I, N) float64
    b : ndarray, (J, N) float64

    Returns
    -------
    ndarray, (I, J) float64
        In the unit of the rows squared.
    """
    a2, b2 = a * a, b * b
    squared = a2 @ b2.T
    squared *= 6.0
    squared -= 4.0 * ((a2 * a) @ b.T)
    squared -= 4.0 * (a @ (b2 * b).T)
    fourth = np.einsum("ij,ij->i", a2, a2), np.einsum("ij,ij->i", b2, b2)
    distances = squared_distances_between(a, b)
    close = []
    for i in range(len(squared)):
        size = fourth[0][i] + fourth[1]
        squared[i] += size - distances[i] ** 2 / a.shape[1]
        near = np.flatnonzero(squared[i] < _SE_CLOSE * size)
        if near.size:
            close.append(np.stack([np.full_like(near, i), near]))
    for p, q in close_blocks(close, a.shape[1]):
        u = (a[p] - b[q]) ** 2
        u -= u.mean(axis=1, keepdims=True)
        squared[p, q] = np.einsum("ij,ij->i", u, u)
    return np.sqrt(np.maximum(squared, 0.0, out=squared), out=squared)


def kl_row(rows: Rows, row: int) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """KL of every entry to one and its standard error, from the differences.

    Returns
    -------
    kl, se : ndarray, (K,) float64, bits/byte
        Zero for the entry itself.
    """
    k, target = len(rows.ids), rows.part(slice(row, row + 1))[0]
    step = max(1, TILE_BYTES // (16 * max(rows.n_texts, 1)))
    kl, se = np.empty(k), np.empty(k)
    for at in range(0, k, step):
        part = slice(at, min(at + step, k))
        kl[part], se[part] = squared_distances_to(rows.part(part), target)
    return kl, se


def kl_tiles(rows: Rows, *, memory: int = TILE_BYTES) -> Iterator[Tile]:
    """The upper half of the KL matrix, tile by tile, those on the diagonal whole.

    Parameters
    ----------
    rows : Prepared or LeanPrepared
    memory : int
        Bytes for the centred rows under a tile.
    """
    return _tiles(rows, squared_distances_between, memory)


def se_matrix(rows: Rows, *, memory: int = TILE_BYTES) -> NDArray[np.float64]:
    """Standard errors of all pairs: (K, K) float64, bits/byte, symmetric, zero diagonal."""
    out = np.empty((len(rows.ids), len(rows.ids)))
    for tile in _tiles(rows, errors_between, memory // 3):
        _put(out, tile)
    np.fill_diagonal(out, 0.0)
    return out


def write_kl(
    rows: Rows,
    file: Path,
    *,
    memory: int = TILE_BYTES,
    done: Callable[[float], None] = lambda share: None,
) -> None:
    """Write the whole KL matrix as a ``.npy`` file, without ever holding it.

    Parameters
    ----------
    rows : Prepared or LeanPrepared
    file : path
        Gets (K, K) float64, bits/byte; readable with ``numpy.load(file, mmap_mode="r")``.
    memory : int
        Bytes for the centred rows under a tile.
    done : function
        Told the share that is done after each tile; may raise to stop.

    Raises
    ------
    InputError
        If the file cannot be written. What was there before stays as it was.
    """
    k = len(rows.ids)
    made = file.with_name(f".{file.name}.{os.getpid()}.tmp")
    try:
        # All of the file is written here, so that a full disk is an error and not a signal later.
        with made.open("wb") as handle:
            head = {"descr": "<f8", "fortran_order": False, "shape": (k, k)}
            np.lib.format.write_array_header_1_0(handle, head)
            start = handle.tell()
            zeros = np.zeros(k)
            for _ in range(k):
                handle.write(zeros.data)
        n_pairs = 0
        for tile in kl_tiles(rows, memory=memory):
            table = np.memmap(made, "<f8", "r+", offset=start, shape=(k, k))
            _put(table, tile)
            table.flush()
            del table  # its pages count as memory of this process for as long as it is there
            n_pairs += tile.values.size * (1 if tile.rows == tile.columns else 2)
            done(n_pairs / k**2)
        os.replace(made, file)
    except OSError as error:
        raise os_problem(error, f"Writing {file}") from error
    finally:
        with suppress(OSError):
            made.unlink(missing_ok=True)


def _tiles(rows: Rows, between: Between, memory: int) -> Iterator[Tile]:
    k, step = len(rows.ids), max(1, memory // (16 * max(rows.n_texts, 1)))
    parts = [slice(at, min(at + step, k)) for at in range(0, k, step)]
    for n, i in enumerate(parts):
        a = rows.part(i)
        for j in parts[n:]:
            yield Tile(i, j, between(a, a if j is i else rows.part(j)))


def _put(table: NDArray[np.float64], tile: Tile) -> None:
    table[tile.rows, tile.columns] = tile.values
    if tile.rows != tile.columns:
        table[tile.columns, tile.rows] = tile.values.T
