"""Format 3 stores metadata and further parents of entries, and how recipes were made."""

from __future__ import annotations

from compute.store import nodes, schema, tables
from compute.store.nodes import Node

_ROWS = 256
_EMPTY: tuple[str, ...] = ()


def step(file: Node) -> None:
    """Add ``/models/metadata``, ``/models/other_parents`` and what recipes say of themselves."""
    models = nodes.group(file, "models")
    n = len(nodes.strings(models, "id"))
    with nodes.unfinished(models):
        for table in (schema.METADATA, schema.OTHER_PARENTS):
            tables.write(models, table, ["[]"] * n, maxshape=(None,), chunks=(_ROWS,))
    recipes = nodes.optional_group(file, "recipes")
    for name in () if recipes is None else nodes.finished_names(recipes):
        _recipe(nodes.group(file, f"recipes/{name}"))


def _recipe(group: Node) -> None:
    n = len(nodes.strings(group, "excluded"))
    columns = {"reasons": ("",) * n, "domains": _EMPTY, "centred_on": _EMPTY}
    with nodes.unfinished(group):
        for table in schema.RECIPE[2:]:
            tables.write(group, table, columns[table.path.rpartition("/")[2]])
        for name in ("base", "basis", "made_with", "analysis"):
            group.attrs[name] = ""
