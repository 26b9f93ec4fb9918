"""New entries in a picture that is there: old points stay, new ones go where their KL to them says.

A placed picture is named by its base (the picture that was computed) and holds which entries were
placed. Each of these sees the entries of the base only, never each other: so it lies at the same
place whether it came alone or with others, first or last.

A picture can be a base as long as the rows under it are what they were: its key, made again from
the rows as they are now (``Rows.digest_of``), must be the same.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

from compute.core.numbers import count
from compute.core.tables import Embedding, frozen
from compute.embedding.mds import blocks, drawn_distances, stress
from compute.embedding.protocol import Checkpoints, Params, Rows
from compute.embedding.run import key_of, params_dict, plan
from compute.embedding.settle import affinities, settled
from compute.embedding.table import ESTIMATORS

AUTO = "auto"
"""In place of the key of a base: the largest that fits."""
VERSION = 2
"""Raised when the same base and rows give other places: part of every key."""

_KEPT = ("explained", "mean_kl", "part")
_MOST_MOVES = 500
_STILL = 1e-9
_NO_SPREAD = 1e-5
"""An axis with less than this share of the largest spread is rounding of float32."""


def placed_key(rows: Rows, base: str) -> str:
    """The key of a picture of all rows that was placed into the map with the key ``base``."""
    parts = ["klscope placed map 1", VERSION, base, rows.digest]
    return _digest(parts)


def anchors_of(picture: Embedding) -> tuple[str, ...]:
    """The entries that a picture was computed from: all but the placed ones."""
    placed = set(picture.info.get("placed", ()))
    return tuple(i for i in picture.ids if i not in placed)


def base_key(picture: Embedding) -> str:
    """The key of the map that was computed: its own, or that of its base."""
    return str(picture.info.get("base", picture.key))


def is_base(picture: Embedding, rows: Rows, params: Params) -> bool:
    """Whether a picture made with these parameters holds for a part of these rows, as they are."""
    anchors = anchors_of(picture)
    if not set(picture.ids) <= set(rows.ids):
        return False
    used = plan(len(anchors), params).params
    if used.method != params.method or dict(picture.params) != params_dict(used):
        return False
    digest = rows.digest_of(picture.ids)
    if len(anchors) == len(picture.ids):
        return picture.key == key_of(digest, used)
    base = base_key(picture)
    return picture.key == _digest(["klscope placed map 1", VERSION, base, digest])


def best_base(pictures: Iterable[Embedding], rows: Rows, params: Params) -> Embedding | None:
    """The picture to place into: the one that was computed from most entries, then shows most.

    A picture of all the rows is found too; it needs nothing placed.
    """
    known = set(rows.ids)
    candidates = [p for p in pictures if p.params.get("method") == params.method]
    candidates = [p for p in candidates if set(p.ids) <= known and may_join(p, rows)]
    candidates.sort(key=lambda p: (-len(anchors_of(p)), -len(p.ids), p.key))
    return next((p for p in candidates if is_base(p, rows, params)), None)


def may_join(picture: Embedding, rows: Rows) -> bool:
    """Not into a picture from which entries were left out by choice; these are no new ones."""
    return not picture.info.get("part") or whole(rows, picture)


def words(info: Mapping[str, Any], n_entries: int) -> str:
    """``12 entries placed into the map of 210``, or "" for a map that was computed whole."""
    n = len(info.get("placed", ()))
    if not n:
        return ""
    entries = "1 entry" if n == 1 else f"{count(n)} entries"
    return f"{entries} placed into the map of {count(n_entries - n)}"


def place(rows: Rows, picture: Embedding, control: Checkpoints) -> Embedding:
    """Put the rows that a picture does not show into it.

    Parameters
    ----------
    rows : Rows
        All of them, those of the picture included.
    picture : Embedding
        A base (:func:`is_base`), or a placed picture.
    control : Checkpoints

    Returns
    -------
    Embedding
        ``coords`` (K, dims) float32: those of the picture unchanged, for the others where their KL
        to the entries of the base puts them: t-SNE by affinities and gradient descent, PCA and
        classical scaling by projection, metric scaling by least stress. ``info["base"]`` is the
        key of the base, ``info["placed"]`` the ids that are not from it.
    """
    control.checkpoint()
    anchors, shown = anchors_of(picture), {name: k for k, name in enumerate(picture.ids)}
    row_of = {name: k for k, name in enumerate(rows.ids)}
    new = [name for name in rows.ids if name not in shown]
    at = np.array([row_of[name] for name in anchors], np.int64)
    points = picture.coords[[shown[name] for name in anchors]].astype(np.float64)
    found = _PLACERS[str(picture.params["method"])](
        rows.kl[np.ix_(np.array([row_of[name] for name in new], np.int64), at)],
        rows.kl[np.ix_(at, at)],
        points,
        picture.params,
        control,
    )
    coords = np.empty((len(rows.ids), points.shape[1]), np.float32)
    coords[[row_of[name] for name in picture.ids]] = picture.coords
    coords[[row_of[name] for name in new]] = found
    known = set(anchors)
    info = {k: picture.info[k] for k in _KEPT if k in picture.info}
    if "stress" in picture.info:
        info["stress"] = stress(rows.kl, coords.astype(np.float64))
    base = base_key(picture)
    info |= {"base": base, "placed": [name for name in rows.ids if name not in known]}
    return Embedding(placed_key(rows, base), rows.ids, frozen(coords), picture.params, info)


def whole(rows: Rows, picture: Embedding) -> bool:
    """Whether a picture shows all the rows already."""
    return picture.ids == rows.ids


def _by_affinity(
    kl: NDArray[np.float64],
    among: NDArray[np.float64],
    points: NDArray[np.float64],
    params: Mapping[str, Any],
    control: Checkpoints,
) -> NDArray[np.float64]:
    """(M, dims): t-SNE's places, see :mod:`compute.embedding.settle`."""
    out = np.empty((len(kl), points.shape[1]))
    for part in blocks(*kl.shape):
        control.checkpoint()
        shares = affinities(kl[part], float(params["perplexity"]))
        out[part] = settled(shares, kl[part], points, float(params.get("exaggeration", 1.0)))
    return out


def _by_projection(
    kl: NDArray[np.float64],
    among: NDArray[np.float64],
    points: NDArray[np.float64],
    params: Mapping[str, Any],
    control: Checkpoints,
) -> NDArray[np.float64]:
    """(M, dims): where new rows lie along the axes of the base (Gower's formula).

    ``y = 1/2 (X'X)^-1 X' (mean_k KL_jk - KL_new,j)`` for centred X; along an axis without any
    spread everything is in the middle.
    """
    centred = points - points.mean(axis=0)
    inverse = np.linalg.pinv(centred, rcond=_NO_SPREAD)
    contrast = among.mean(axis=1) - kl
    return np.asarray(points.mean(axis=0) + 0.5 * contrast @ inverse.T)


def _by_least_stress(
    kl: NDArray[np.float64],
    among: NDArray[np.float64],
    points: NDArray[np.float64],
    params: Mapping[str, Any],
    control: Checkpoints,
) -> NDArray[np.float64]:
    """(M, dims): where the squared errors of the distances to the base are least, from projection.

    Majorisation: each anchor draws the point to its own distance, and the mean is taken.
    """
    out = _by_projection(kl, among, points, params, control)
    wanted = np.sqrt(kl)
    for m in range(len(out)):
        control.checkpoint()
        out[m] = _least_stress(wanted[m], points, out[m])
    return out


def _least_stress(
    wanted: NDArray[np.float64], points: NDArray[np.float64], start: NDArray[np.float64]
) -> NDArray[np.float64]:
    at = start
    centre = points.mean(axis=0)
    for _ in range(_MOST_MOVES):
        drawn = drawn_distances(at[None], points)[0]
        with np.errstate(divide="ignore", invalid="ignore"):
            ratio = np.where(drawn > 0, wanted / drawn, 0.0)
        moved = centre + (ratio[:, None] * (at - points)).mean(axis=0)
        still = float(np.abs(moved - at).max()) <= _STILL
        at = moved
        if still:
            break
    return at


_PLACERS = {
    "tsne": _by_affinity,
    "pca": _by_projection,
    "mds": _by_projection,
    "smacof": _by_least_stress,
}
assert set(_PLACERS) == set(ESTIMATORS)


def _digest(parts: list[Any]) -> str:
    return hashlib.sha256(json.dumps(parts, sort_keys=True).encode()).hexdigest()[:32]
