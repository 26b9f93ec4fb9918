"""``klscope tree``: entries clustered by KL, as Newick text or cut into clusters."""

from __future__ import annotations

import json
import math
from pathlib import Path
from typing import Annotated, Any

import typer

from compute import store
from compute.analysis.clustering import ProjectTree, tree_of_project
from compute.core.files import write_atomically
from compute.core.numbers import count

_LINKAGE = "ward on the scaled rows, or average on KL."


def tree(
    project: Annotated[Path, typer.Argument(help="The project, an HDF5 file.")],
    out: Annotated[
        Path | None, typer.Option("-o", "--out", metavar="FILE", help="Write it as Newick text.")
    ] = None,
    linkage: Annotated[str, typer.Option(help=_LINKAGE)] = "ward",
    clusters: Annotated[int, typer.Option(min=0, help="Cut it into as many clusters.")] = 0,
    recipe: Annotated[str, typer.Option(help="Name of the recipe.")] = "clip2",
    as_json: Annotated[bool, typer.Option("--json", help="One JSON object.")] = False,
) -> None:
    """Cluster entries by KL: Newick text, or the clusters of a cut."""
    found = tree_of_project(store.read(project), recipe, linkage)
    groups = found.tree.clusters(clusters).tolist() if clusters else []
    if out is not None:
        _write(out, found.tree.newick(found.labels))
    if as_json:
        typer.echo(json.dumps(_json(found, groups, out)))
    elif out is None and not groups:
        typer.echo(found.tree.newick(found.labels), nl=False)
        typer.echo(_about(found), err=True)
    else:
        typer.echo("\n".join([*_cluster_lines(found, groups), _about(found)]))
        if out is not None:
            typer.echo(f"Newick: {out}")


def _cluster_lines(found: ProjectTree, groups: list[int]) -> list[str]:
    """The names of each cluster, from left to right in the tree."""
    members: dict[int, list[str]] = {}
    for k in found.tree.order.tolist():
        if groups:
            members.setdefault(groups[k], []).append(found.labels[k])
    return [f"{n}  {', '.join(names)}" for n, names in members.items()]


def _about(found: ProjectTree) -> str:
    tree, state = found.tree, ", provisional" if found.provisional else ""
    fit = tree.cophenetic
    lines = [
        f"{count(len(tree.ids))} entries, linkage {tree.linkage}, heights in {tree.unit}, "
        f"var/2 over {count(found.n_texts)} texts, recipe {found.recipe}{state}"
    ]
    lines += [] if math.isnan(fit) else [f"Cophenetic correlation {fit:.3f}"]
    lines += [f"{note}." for note in tree.notes]
    lines += [f"Left out: {item.id}, {item.reason}." for item in found.left_out]
    return "\n".join(lines)


def _json(found: ProjectTree, groups: list[int], file: Path | None) -> dict[str, Any]:
    tree = found.tree
    values: dict[str, Any] = {
        "linkage": tree.linkage,
        "unit": tree.unit,
        "entries": [
            {"id": name, "label": label} for name, label in zip(tree.ids, found.labels, strict=True)
        ],
        "merges": tree.merges.tolist(),
        "heights": tree.heights.tolist(),
        "order": tree.order.tolist(),
        "cophenetic_correlation": None if math.isnan(tree.cophenetic) else tree.cophenetic,
        "notes": list(tree.notes),
        "n_texts": found.n_texts,
        "recipe": found.recipe,
        "estimator": "var/2",
        "left_out": [item._asdict() for item in found.left_out],
    }
    values |= {"clusters": groups} if groups else {}
    values |= {"file": str(file)} if file is not None else {}
    return values | ({"provisional": True} if found.provisional else {})


def _write(file: Path, text: str) -> None:
    write_atomically(file, [text])
