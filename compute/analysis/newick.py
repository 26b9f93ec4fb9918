"""A tree of merges as Newick text, which every program for trees reads."""

from __future__ import annotations

import re
from collections.abc import Sequence

_PLAIN = re.compile(r"[A-Za-z0-9.+-]+")


def newick(
    merges: Sequence[tuple[int, int]], heights: Sequence[float], labels: Sequence[str]
) -> str:
    """Newick text of a tree of pairwise merges.

    Half of a merge's height lies between it and its leaves, so that the way along the branches
    from one leaf to another is the height at which the two are joined, in the unit of the heights.

    Parameters
    ----------
    merges : sequence of (int, int), (K - 1,)
        What each merge joins, in this order of branches: a number below K is a leaf, K + m is
        merge m, which comes earlier.
    heights : sequence of float, (K - 1,)
        Of each merge; a merge that is lower than what it joins gets a branch of length 0.
    labels : sequence of str, (K,)
        Quoted where Newick asks for it (a blank, a bracket, an underscore, which would be read as
        a blank); a quote is doubled, a line break becomes a blank.

    Returns
    -------
    str
        One line that ends with ``;``. Numbers are those of the heights, without rounding.
    """
    k = len(labels)
    level = [0.0] * k + [float(height) / 2 for height in heights]
    root = k + len(merges) - 1
    pieces: list[str] = []
    todo: list[str | tuple[int, float]] = [(root, -1.0)]
    while todo:
        item = todo.pop()
        if isinstance(item, str):
            pieces.append(item)
            continue
        node, above = item
        length = "" if above < 0 else f":{max(0.0, above - level[node])!r}"
        if node < k:
            pieces.append(quoted(labels[node]) + length)
            continue
        left, right = (int(part) for part in merges[node - k])
        pieces.append("(")
        todo += [")" + length, (right, level[node]), ",", (left, level[node])]
    return "".join(pieces) + ";\n"


def quoted(label: str) -> str:
    """A label as Newick writes it."""
    if _PLAIN.fullmatch(label):
        return label
    return "'" + " ".join(label.split("\n")).replace("\r", " ").replace("'", "''") + "'"
