"""Changing a project: a complete new file beside the old one, renamed over it. All or nothing."""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from compute import __version__
from compute.core.errors import StoreError
from compute.core.tables import BUILT_IN_RECIPES, Recipe, TextSet
from compute.store import files, hooks, migrations, nodes, schema, tables
from compute.store.changes import (
    Change,
    DeleteRecipe,
    PutBenchmarks,
    PutEmbedding,
    PutEntries,
    PutRecipe,
    PutRows,
    PutTokenization,
    PutWeights,
)
from compute.store.disk import written
from compute.store.locks import commit_lock
from compute.store.nodes import Node
from compute.store.opening import opened
from compute.store.problems import writing
from compute.store.reader import read_texts

_GENERATOR = f"klscope {__version__}"


def create(
    path: Path,
    texts: TextSet,
    *changes: Change,
    recipes: Iterable[Recipe] = BUILT_IN_RECIPES,
) -> None:
    """Make a new project, with everything that ``changes`` put into it, or none at all.

    Raises
    ------
    StoreError
        If something of that name exists, the place refuses, a change does not fit, or the texts
        cannot be stored (none at all, a repeated id, a NUL character).
    """
    path, target = Path(path), files.real(path)
    tried = f"Creating {path}"
    tables.check_texts(texts, tried)
    with writing(target, tried), commit_lock(target):
        if os.path.lexists(target):
            raise StoreError("the file exists already", tried=tried, advice="Choose another name")
        files.remove_orphans(target)
        with (
            files.new_version(target, "create") as temp,
            _explained(tried),
            written(temp, "w") as file,
        ):
            _fill(file, texts, recipes)
            for change in changes:
                _apply_one(file, change, frozenset())


def _fill(file: Node, texts: TextSet, recipes: Iterable[Recipe]) -> None:
    file.attrs["format"] = schema.FORMAT
    file.attrs["format_version"] = schema.FORMAT_VERSION
    file.attrs["generator"] = _GENERATOR
    tables.write_texts(file, texts)
    tables.create_models(file, len(texts))
    for name in ("recipes", "embeddings", "tokenizations", "weights"):
        with nodes.unfinished(file.create_group(name)):
            pass
    for recipe in recipes:
        tables.put_recipe(file, recipe)


def ensure_texts(path: Path, texts: TextSet) -> None:
    """Create the project if there is none, else check that it holds these very texts.

    Raises
    ------
    StoreError
        If it holds other texts, or as :func:`create` and :func:`read`.
    """
    path = Path(path)
    if not os.path.lexists(files.real(path)):
        create(path, texts)
        return
    own = read_texts(path)
    if (own.digest, own.ids) != (texts.digest, texts.ids):
        raise StoreError(
            f"the project holds another text set ({len(own):,} texts, digest {own.digest[:12]}; "
            f"asked for {len(texts):,} texts, digest {texts.digest[:12]})",
            tried=f"Opening {path}",
            advice="A project holds exactly one text set: use its own texts or a new project",
        )


def commit(path: Path, *changes: Change, texts: TextSet | None = None) -> None:
    """Apply changes in order, all or none, and wait until they are on the disk.

    A file of an older format is brought to the newest one with its first commit.

    Parameters
    ----------
    texts : TextSet, optional
        The texts that the changes are about; a file with others has been put in the place of the
        project, and is left alone.

    Raises
    ------
    StoreError
        If the project cannot be read or replaced, or a change does not fit it; it is then as it
        was, and no other file is left.
    BusyError
        If another process has been saving it for a minute.
    """
    path, target = Path(path), files.real(path)
    tried = f"Saving {path}"
    with opened(path):
        pass  # foreign or missing files are refused before a lock file appears beside them
    with writing(target, tried), commit_lock(target):
        hooks.at("commit:locked")
        files.remove_orphans(target)
        with open(target, "r+b"):
            pass  # a write-protected file must not be replaced
        with files.new_version(target, "commit") as temp:
            files.copy_into(target, temp)
            hooks.at("commit:copied")
            _apply(temp, changes, texts, tried)


def _apply(temp: Path, changes: Sequence[Change], texts: TextSet | None, tried: str) -> None:
    with _explained(tried), written(temp, "r+") as file:
        _check_texts(file, texts)
        migrations.migrate(file)
        finished = tables.done_ids(file)
        for k, change in enumerate(changes):
            _apply_one(file, change, finished)
            if k == 0:
                file.flush()
                hooks.at("commit:half-changed")
        file.attrs["generator"] = _GENERATOR


@contextmanager
def _explained(tried: str) -> Iterator[None]:
    """A change that does not fit, as a sentence."""
    try:
        yield
    except StoreError as error:
        raise StoreError(error.happened, tried=tried, advice=error.advice) from error
    except (RuntimeError, KeyError, ValueError, TypeError) as error:
        raise StoreError(f"{error}", tried=tried, advice="The project is as it was") from error


def _check_texts(file: Node, texts: TextSet | None) -> None:
    own = nodes.attribute(nodes.group(file, "texts"), "digest", str)
    if texts is not None and own != texts.digest:
        raise StoreError(
            "the file was replaced by a project with other texts while this was under way",
            advice="Put the project back and start again; what was scored is kept beside it",
        )


def _apply_one(file: Node, change: Change, finished: frozenset[str]) -> None:
    match change:
        case PutEntries():
            tables.put_entries(file, change.entries, change.since)
        case PutRows():
            tables.put_rows(file, change.rows, finished)
        case PutTokenization():
            tables.put_tokenization(file, change.digest, change.n_tokens)
        case PutRecipe():
            tables.put_recipe(file, change.recipe)
        case DeleteRecipe():
            tables.delete_recipe(file, change.name)
        case PutEmbedding():
            tables.put_embedding(file, change.embedding)
        case PutWeights():
            tables.put_weights(file, change.distances)
        case PutBenchmarks():
            tables.put_benchmarks(file, change.benchmarks)
