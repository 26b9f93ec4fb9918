"""Exports that were damaged on their way: read as they are, or a sentence; never a traceback."""

from __future__ import annotations

import json
import random
import shutil
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest

from compute.core.errors import InputError, KlscopeError
from compute.exchange import FORMATS, Coordinates, Request, called, plain
from compute.exchange.contract import silent
from compute.texts import read_texts
from tests.compute.exchange.whole import made

JUNK: list[Any] = [None, True, -1, 1.5, "", [], {}, "x", [1], {"a": 1}, float("inf"), 2**70, "\0"]
FORMAT_IDS = ("csv", "parquet", "npz", "jsonl", "projector")
ROUNDS = 60


def changed(value: Any, rng: random.Random) -> Any:
    """A JSON value with one thing in it replaced or left out."""
    if not isinstance(value, dict | list) or not value or rng.random() < 0.15:
        return rng.choice(JUNK)
    places = list(value) if isinstance(value, dict) else range(len(value))
    place, copy = rng.choice(list(places)), value.copy()
    if rng.random() < 0.15:
        del copy[place]
    else:
        copy[place] = changed(copy[place], rng)
    return copy


def damage(path: Path, rng: random.Random) -> None:
    raw = path.read_bytes()
    if path.suffix == ".json":
        path.write_text(json.dumps(changed(json.loads(raw), rng)))
    elif path.suffix == ".jsonl":
        lines = raw.decode().splitlines()
        at = rng.randrange(len(lines))
        lines[at] = json.dumps(changed(json.loads(lines[at]), rng))
        path.write_text("\n".join(lines) + "\n")
    else:
        at, insert = rng.randrange(len(raw)), rng.choice((b"", b",", b"\n", b'"', b"\xff", b"-"))
        path.write_bytes(raw[:at] + insert + raw[at + rng.randrange(3) :])


@pytest.mark.parametrize("format_id", FORMAT_IDS)
def test_that_damage_is_a_sentence(format_id: str, tmp_path: Path) -> None:
    project, one = made(3, 8, tokens=True), FORMATS[format_id]
    whole, copy = tmp_path / "whole", tmp_path / "copy"
    if one.folder:
        whole.mkdir()
    coordinates = Coordinates(project.entries, project.embeddings[0].coords, "map")
    called(one.write)(coordinates if format_id == "projector" else project, whole, silent)
    request = Request()
    if format_id == "projector":
        request = Request(texts=project.texts, entries=project.entries)
    for seed in range(ROUNDS):
        rng = random.Random(seed)
        shutil.rmtree(copy, ignore_errors=True)
        (shutil.copytree if one.folder else shutil.copy)(whole, copy)
        files = sorted(p for p in copy.rglob("*") if p.is_file()) if one.folder else [copy]
        damage(rng.choice(files), rng)
        with suppress(KlscopeError):
            found = called(one.read)(copy, request)
            for entry_id in found.tokens:
                assert found.tokens[entry_id].values.ndim == 1


DEEP = "[" * 100_000


def test_that_json_that_is_too_deep_is_damage_everywhere(tmp_path: Path) -> None:
    with pytest.raises(InputError, match=r"as 'tags'"):
        plain.entry_of_cells(("id", "tags"), ("m", DEEP), "line 2")
    texts = tmp_path / "t.jsonl"
    texts.write_text('{"text": ' + DEEP + "\n")
    with pytest.raises(InputError, match="line 1"):
        read_texts(texts)
