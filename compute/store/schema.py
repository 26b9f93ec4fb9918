"""What a project file holds: one line per dataset. ``docs/format.md`` says the same in prose."""

from __future__ import annotations

from dataclasses import dataclass

FORMAT = "klscope"
FORMAT_VERSION = 3
COMPANION_FORMAT = "klscope-tokens"
COMPANION_VERSION = 2


@dataclass(frozen=True, slots=True)
class Table:
    """One dataset (or one kind of dataset, where the path holds ``<...>``).

    ``dtype`` is text (variable-length UTF-8), json (text holding JSON), int64, int16, float16,
    float32 or float64.
    ``missing`` is the value that means unknown, ``since`` the first format that has it.
    """

    path: str
    axes: tuple[str, ...]
    dtype: str
    unit: str = ""
    missing: str = ""
    version: int = 1
    since: int = 1


ORDER = Table("/texts/order", ("text",), "int64", since=2)


def _model(name: str, dtype: str, unit: str = "") -> Table:
    missing = {"text": '""', "int64": "-1", "float64": "NaN", "json": "[]"}[dtype]
    return Table(f"/models/{name}", ("model",), dtype, unit, missing)


METADATA = Table("/models/metadata", ("model",), "json", missing="[]", since=3)
OTHER_PARENTS = Table("/models/other_parents", ("model",), "json", missing="[]", since=3)
N_PREFIX = Table("/models/n_prefix", ("model",), "int64", "texts", missing="0", since=2)
TEXTS = (
    Table("/texts/id", ("text",), "text"),
    Table("/texts/text", ("text",), "text"),
    Table("/texts/n_bytes", ("text",), "int64", "bytes"),
    Table("/texts/domain", ("text",), "text", missing='""'),
    ORDER,
)
MODELS = (
    _model("id", "text"),
    _model("label", "text"),
    _model("family", "text"),
    _model("run", "text"),
    _model("step", "int64", "optimiser steps"),
    _model("tokens_seen", "int64", "tokens"),
    _model("seed", "int64"),
    _model("layer", "int64"),
    _model("n_params", "int64", "parameters"),
    _model("size", "text"),
    _model("parent", "text"),
    _model("relation", "text"),
    _model("source", "text"),
    _model("revision", "text"),
    _model("digest", "text"),
    _model("dtype", "text"),
    _model("quantization", "text"),
    _model("bos", "text"),
    _model("context_length", "int64", "tokens"),
    _model("device", "text"),
    _model("n_threads", "int64"),
    _model("software", "text"),
    _model("tags", "json"),
    _model("status", "text"),
    _model("error", "text"),
    _model("n_scored", "int64", "texts"),
    _model("noise_floor", "float64", "bits/byte"),
    _model("tokenization", "text"),
    N_PREFIX,
    METADATA,
    OTHER_PARENTS,
)
LOGLIK = Table("/loglik", ("model", "text"), "float32", "nats", "NaN")
N_TOKENS = Table("/tokenizations/<digest>/n_tokens", ("text",), "int64", "tokens", "-1")
EMBEDDING = (
    Table("/embeddings/<key>/coords", ("model", "dimension"), "float32", "see params"),
    Table("/embeddings/<key>/ids", ("model",), "text"),
    Table("/embeddings/<key>/params", (), "json"),
    Table("/embeddings/<key>/info", (), "json"),
)
RECIPE = (
    Table("/recipes/<name>/excluded", ("excluded model",), "text"),
    Table("/recipes/<name>/dropped_texts", ("dropped text",), "text"),
    Table("/recipes/<name>/reasons", ("excluded model",), "text", missing='""', since=3),
    Table("/recipes/<name>/domains", ("domain",), "text", since=3),
    Table("/recipes/<name>/centred_on", ("model of the centre",), "text", since=3),
)
WEIGHTS = (
    Table("/weights/<run>/steps", ("step",), "int64", "optimiser steps", since=3),
    Table(
        "/weights/<run>/squared_distance",
        ("step", "step"),
        "float64",
        "squared units of the parameters",
        missing="NaN",
        since=3,
    ),
)
BENCHMARKS = (
    Table("/benchmarks/tasks", ("task",), "text", since=3),
    Table("/benchmarks/ids", ("scored model",), "text", since=3),
    Table("/benchmarks/values", ("scored model", "task"), "float64", missing="NaN", since=3),
)
OFFSETS = Table("/offsets", ("text + 1",), "int64", "tokens")
TOKEN_VALUES = Table("/values", ("token",), "float16", "nats", "NaN")
TOKEN_LENGTHS = Table("/lengths", ("token",), "int16", "bytes", "-1", since=2)
COMPANION = (OFFSETS, TOKEN_VALUES, TOKEN_LENGTHS)
"""Datasets of a companion, a file of its own."""
TABLES = (*TEXTS, *MODELS, LOGLIK, N_TOKENS, *EMBEDDING, *RECIPE, *WEIGHTS, *BENCHMARKS)

CHUNK_BYTES = 64 * 1024
MAX_CHUNK_ROWS = 256


def loglik_chunk(n_texts: int) -> tuple[int, int]:
    """Whole rows, about 64 KiB: (rows, n_texts)."""
    return max(1, min(MAX_CHUNK_ROWS, CHUNK_BYTES // (4 * n_texts))), n_texts
