"""Projects with a value in every place, and what it means that two are the same."""

from __future__ import annotations

from dataclasses import fields, replace
from pathlib import Path

import numpy as np
from hypothesis import strategies as st

from compute.core.control import Control
from compute.core.events import Event, Failed, Finished, Notice
from compute.core.specs import JobSpec
from compute.core.tables import (
    Benchmarks,
    Embedding,
    Entry,
    Recipe,
    TextSet,
    TokenDetail,
    WeightDistances,
)
from compute.exchange import Imported
from compute.jobs import run

NAN = float("nan")


def run_job(spec: JobSpec, control: Control | None = None) -> tuple[Event, list[str]]:
    """The last event of a job, and its notices."""
    events: list[Event] = []
    run(spec, events.append, control or Control())
    return events[-1], [e.message for e in events if isinstance(e, Notice)]


def finished(spec: JobSpec) -> list[str]:
    """The notices of a job that must end well."""
    last, notices = run_job(spec)
    assert isinstance(last, Finished), last
    return notices


def failed(spec: JobSpec) -> str:
    """The sentence of a job that must fail."""
    last, _ = run_job(spec)
    assert isinstance(last, Failed), last
    assert "Something unexpected" not in last.message
    return last.message


# What HDF5 can hold: any text but NUL and halves of characters.
TEXT = st.text(st.characters(exclude_categories=("Cs",), exclude_characters="\0"), max_size=12)
NAMES = st.lists(TEXT.filter(lambda s: s.strip() == s and s), min_size=1, max_size=4, unique=True)
FLOATS = st.floats(width=32, allow_nan=True, allow_infinity=False)


@st.composite
def projects(draw: st.DrawFn) -> Imported:
    """Small projects with odd names, texts and values."""
    ids = draw(NAMES)
    text_ids = draw(NAMES)
    n, k = len(text_ids), len(ids)
    texts = TextSet(
        tuple(text_ids),
        tuple(draw(st.lists(TEXT, min_size=n, max_size=n))),
        tuple(draw(st.lists(TEXT, min_size=n, max_size=n))),
        source=draw(TEXT),
        licence=draw(TEXT),
        parameters={"n": n, draw(TEXT): [draw(TEXT), None, 1.5]},
        kept_order=np.array(draw(st.permutations(range(n))), dtype=np.int64),
    )
    values = draw(st.lists(FLOATS, min_size=n * k, max_size=n * k))
    loglik = np.array(values, dtype=np.float32).reshape(k, n)
    entries = tuple(draw(entry(name, row)) for name, row in zip(ids, loglik, strict=True))
    return full(texts, entries, loglik)


@st.composite
def entry(draw: st.DrawFn, name: str, row: np.ndarray) -> Entry:
    n = int((~np.isnan(row)).sum())
    whole = st.integers(-1, 2**62)
    return Entry(
        name,
        label=draw(TEXT),
        family=draw(TEXT),
        run=draw(TEXT),
        step=draw(whole),
        tokens_seen=draw(whole),
        seed=draw(whole),
        layer=draw(whole),
        n_params=draw(whole),
        size=draw(TEXT),
        parent=draw(TEXT),
        relation=draw(st.sampled_from(("", "checkpoint-of", "merge-of"))),
        source=draw(TEXT),
        revision=draw(TEXT),
        digest=draw(TEXT),
        dtype=draw(TEXT),
        quantization=draw(TEXT),
        bos=draw(TEXT),
        context_length=draw(whole),
        device=draw(TEXT),
        n_threads=draw(whole),
        software=draw(TEXT),
        tags=tuple(draw(st.lists(TEXT, max_size=2))),
        status="done" if n else "planned",
        error=draw(TEXT),
        n_scored=n,
        noise_floor=draw(st.floats(allow_infinity=False)),
        tokenization="tok",
        n_prefix=len(row) if n else 0,
        metadata=tuple(draw(st.lists(st.tuples(TEXT, TEXT), max_size=2))),
        other_parents=tuple(draw(st.lists(TEXT, max_size=2))),
    )


def full(texts: TextSet, entries: tuple[Entry, ...], loglik: np.ndarray) -> Imported:
    """With weight distances, benchmark scores, recipes, a map and token counts."""
    ids = tuple(e.id for e in entries)
    k, n = loglik.shape
    rng = np.random.default_rng(k * 100 + n)
    squared = np.array([[0.0, 1 / 3, NAN], [1 / 3, 0.0, 1e-300], [NAN, 1e-300, 0.0]])
    return Imported(
        texts,
        entries,
        loglik,
        weights=(WeightDistances("a/b", np.array([1, 5, 2000]), squared, source="ä"),),
        benchmarks=Benchmarks(
            ("arc", 'h"s'), ids, np.where(rng.random((k, 2)) < 0.3, NAN, rng.random((k, 2)))
        ),
        recipes=(
            Recipe("raw"),
            Recipe("clip2", clip_quantile=0.02, tau=-1 / 3),
            Recipe("own", 0.1, NAN, ids[:1], texts.ids[:1], 3, ("spike, twice",), ("web",), ids),
        ),
        embeddings=(
            Embedding(
                "k1",
                ids,
                rng.normal(size=(k, 2)).astype(np.float32),
                {"method": "tsne", "seed": 42},
                {"kl": 0.1},
            ),
        ),
        n_tokens={"tok": np.arange(n) - 1},
    )


def made(n_models: int = 3, n_texts: int = 7, *, tokens: bool = False) -> Imported:
    """A project of this size with a run, a gap in one row, and token detail if asked for."""
    rng = np.random.default_rng(7)
    texts = TextSet(
        tuple(f"t{i}" for i in range(n_texts)),
        tuple(f'text "{i}",\nof more\tthan; one | line' * (1 + i % 3) for i in range(n_texts)),
        tuple(("code", "web")[i % 2] for i in range(n_texts)),
        source="a test",
        licence="CC0",
        parameters={"seed": 1},
    )
    texts = replace(texts, kept_order=texts.order)
    loglik = rng.normal(-60, 9, (n_models, n_texts)).astype(np.float32)
    loglik[0, 1] = NAN
    entries = tuple(
        Entry(
            f"run/step{k}",
            f"run {k}",
            run="run",
            step=k,
            tokenization="tok",
            status="done",
            n_scored=n_texts - (k == 0),
            n_prefix=n_texts,
        )
        for k in range(n_models)
    )
    project = full(texts, entries, loglik)
    if not tokens:
        return project
    offsets = np.concatenate([[0], np.cumsum(np.maximum(np.arange(n_texts) - 1, 0))])
    detail = {
        e.id: TokenDetail(offsets, rng.normal(-3, 1, offsets[-1]).astype(np.float16))
        for e in entries[:2]
    }
    return replace(project, tokens=detail)


def assert_same(a: Imported, b: Imported) -> None:
    """Every field of every table is equal, numbers bit for bit."""
    assert a.texts.digest == b.texts.digest
    for name in ("ids", "texts", "domains", "source", "licence", "parameters"):
        assert getattr(a.texts, name) == getattr(b.texts, name), name
    assert a.texts.order.tolist() == b.texts.order.tolist()
    assert [_plain(e) for e in a.entries] == [_plain(e) for e in b.entries]
    _same_bits(a.loglik, b.loglik)
    assert {w.run: w.source for w in a.weights} == {w.run: w.source for w in b.weights}
    for one, other in zip(a.weights, b.weights, strict=True):
        assert one.steps.tolist() == other.steps.tolist()
        _same_bits(one.squared, other.squared)
    assert (a.benchmarks is None) == (b.benchmarks is None)
    if a.benchmarks and b.benchmarks:
        assert (a.benchmarks.tasks, a.benchmarks.ids, a.benchmarks.source) == (
            b.benchmarks.tasks,
            b.benchmarks.ids,
            b.benchmarks.source,
        )
        _same_bits(a.benchmarks.values, b.benchmarks.values)
    assert {r.name: _plain(r) for r in a.recipes} == {r.name: _plain(r) for r in b.recipes}
    assert [(e.key, e.ids, e.params, e.info) for e in a.embeddings] == [
        (e.key, e.ids, e.params, e.info) for e in b.embeddings
    ]
    for mine, yours in zip(a.embeddings, b.embeddings, strict=True):
        _same_bits(mine.coords, yours.coords)
    assert {k: v.tolist() for k, v in a.n_tokens.items()} == {
        k: v.tolist() for k, v in b.n_tokens.items()
    }


def assert_same_tokens(a: Imported, b: Imported) -> None:
    assert set(a.tokens) == set(b.tokens)
    for name in a.tokens:
        assert a.tokens[name].offsets.tolist() == b.tokens[name].offsets.tolist()
        _same_bits(a.tokens[name].values, b.tokens[name].values)


def _plain(value: Entry | Recipe) -> dict[str, object]:
    found = {f.name: getattr(value, f.name) for f in fields(value)}
    return {k: repr(v) if isinstance(v, float) else v for k, v in found.items()}


def _same_bits(a: np.ndarray, b: np.ndarray) -> None:
    assert (a.dtype, a.shape) == (b.dtype, b.shape)
    bits = f"u{a.dtype.itemsize}"
    nan = np.isnan(a)
    assert (nan == np.isnan(b)).all()
    assert (a.view(bits)[~nan] == b.view(bits)[~nan]).all()


def project_file(path: Path, project: Imported | None = None) -> Path:
    """A project file with all of it."""
    from compute.jobs import projects as files

    files.make(path, made() if project is None else project)
    return path
