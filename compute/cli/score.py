"""``klscope score``: log-likelihoods of models on the texts of a project."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Annotated, Any

import typer

from compute import sources
from compute.cli.progress import run_job
from compute.core.errors import UsageError
from compute.core.numbers import count, duration
from compute.core.quantization import way_of
from compute.core.specs import ScoreSpec
from compute.core.tables import Checkpoint

_MORE = (
    ("n_skipped", "done before"),
    ("n_detailed", "done before, tokens added"),
    ("n_failed", "failed"),
)
_DEVICES = "auto, cpu, cuda, mps, a list (cuda:0,cuda:1), or spread: one model over all GPUs."
_LAYERS = (
    "Layers to keep as entries too, by the logit lens: all, or numbers and ranges such as 0,6-12. "
    "0 = the embeddings; the last is the model itself."
)
_LENS = "Translators that the states of layers go through (a tuned lens): see klscope lens fit."
_QUANTIZE = "Score quantized too: 8bit, nf4 or fp4. May be repeated. Needs bitsandbytes."
_DOUBLE = "Quantize the scales of 4-bit blocks too."
_ADAPTER = "A PEFT adapter, scored on its base and beside it. May be repeated. Needs peft."
_STEPS = "Which steps: 0,1,512 · 100-512 · every:64, joined with commas. Default: all."


def score(
    project: Annotated[Path, typer.Argument(metavar="PROJECT.h5", help="Made if it is not there.")],
    model: Annotated[
        list[str] | None,
        typer.Option("--model", "-m", metavar="SOURCE[@REVISION]", help="May be repeated."),
    ] = None,
    texts: Annotated[
        Path | None, typer.Option("--texts", "-t", help="A text set; needed for a new project.")
    ] = None,
    steps: Annotated[str, typer.Option(help=_STEPS)] = "",
    dtype: Annotated[str, typer.Option(help="auto, float32, bfloat16 or float16.")] = "auto",
    bos: Annotated[str, typer.Option(help="tokenizer, prepend or skip-first.")] = "tokenizer",
    device: Annotated[str, typer.Option(help=_DEVICES)] = "auto",
    threads: Annotated[int, typer.Option(min=0, help="0 = every core.")] = 0,
    batch_tokens: Annotated[
        str, typer.Option(metavar="N|auto", help="Tokens of a batch; auto finds it by trial.")
    ] = "",
    long_texts: Annotated[
        str, typer.Option(help="Texts longer than a context: skip, or window (overlapping ones).")
    ] = "skip",
    tokens: Annotated[
        bool, typer.Option("--tokens", help="Keep the log-probability of every token too.")
    ] = False,
    layers: Annotated[str, typer.Option(metavar="all|LIST", help=_LAYERS)] = "",
    lens: Annotated[Path | None, typer.Option(metavar="FILE", help=_LENS)] = None,
    quantize: Annotated[list[str] | None, typer.Option(metavar="TYPE", help=_QUANTIZE)] = None,
    double_quant: Annotated[bool, typer.Option("--double-quant", help=_DOUBLE)] = False,
    adapter: Annotated[list[str] | None, typer.Option(metavar="FOLDER", help=_ADAPTER)] = None,
    one_visit: Annotated[
        bool,
        typer.Option("--one-visit", help="Score each checkpoint whole; the map comes late."),
    ] = False,
    trust_remote_code: Annotated[
        list[str] | None,
        typer.Option(metavar="SOURCE", help="Let the code that this one model brings along run."),
    ] = None,
    patience: Annotated[
        float, typer.Option(min=1.0, help="Seconds after which a silent worker is ended.")
    ] = 300.0,
    as_json: Annotated[bool, typer.Option("--json", help="Events as JSON lines.")] = False,
) -> None:
    """Score models and checkpoints into a project; what is done already is skipped.

    SOURCE is a model, a training run, a folder of runs, or org/name in the Hugging Face cache. Stop
    and start as you like: the same command goes on where it stopped, to the same last bit.
    """
    ways = tuple(dict.fromkeys(way_of(text, double=double_quant) for text in quantize or ()))
    found = [c for name in model or () for c in checkpoints_of(name)]
    found = with_adapters(found, adapter or [])
    if not found:
        raise UsageError("there is nothing to score", advice="Name one with --model or --adapter")
    trusted = _trusted(model or [], trust_remote_code or [])
    spec = ScoreSpec(
        project=str(project),
        checkpoints=tuple(_chosen(found, steps)),
        texts=str(texts or ""),
        dtype=dtype,
        bos=bos,
        device=device,
        n_threads=threads,
        batch_tokens=_batch_tokens(batch_tokens),
        long_texts=long_texts,
        tokens=tokens,
        layers=_layers(layers),
        lens=_lens(lens, layers),
        quantize=ways,
        one_visit=one_visit,
        trusted=trusted,
        patience_s=patience,
    )
    done = run_job(spec, as_json)
    if not as_json:
        typer.echo(_report(project, done.summary))


def checkpoints_of(name: str) -> tuple[Checkpoint, ...]:
    """The checkpoints of ``SOURCE`` or the one of ``SOURCE@REVISION``.

    Raises
    ------
    InputError
        If the source holds no model.
    UsageError
        If it has no such revision.
    """
    source, at, revision = name.rpartition("@")
    if not at or Path(name).exists() or sources.in_cache(name):
        return sources.resolve(name, digests=False).checkpoints
    every = sources.resolve(source, digests=False).checkpoints
    found = tuple(c for c in every if revision in (Path(c.path).name, c.revision, c.label))
    if not found:
        names = ", ".join(dict.fromkeys(Path(c.path).name for c in every[:8]))
        raise UsageError(
            f"there is no revision {revision!r}",
            tried=f"Looking into {source}",
            advice=f"It has {names}{', ...' if len(every) > 8 else ''}",
        )
    return found


def with_adapters(found: list[Checkpoint], names: list[str]) -> list[Checkpoint]:
    """What is to be scored, with the adapters of these names after their bases.

    An adapter goes on the one model of ``found``, else on the base that it names.

    Raises
    ------
    InputError
        If a name stands for nothing.
    UsageError
        If it holds no adapter, or its base is not among several models.
    """
    plain = [c for c in found if not c.adapter]
    rows = [row for name in names for row in _adapters_of(name)]
    if plain and rows:
        return found + [_on_one_of(row, plain) for row in rows]
    bases = {row.path: base for row in rows if not row.problem for base in _base_of(row)}
    return [*found, *bases.values(), *rows]


def _adapters_of(name: str) -> list[Checkpoint]:
    rows = [row for row in checkpoints_of(name) if row.adapter]
    if not rows:
        raise UsageError(
            f"there is no adapter in {name}",
            advice="An adapter is a folder with adapter_config.json; a model is named by --model",
        )
    return rows


def _on_one_of(row: Checkpoint, bases: list[Checkpoint]) -> Checkpoint:
    base = next((b for b in bases if b.path == row.path), bases[0])
    if base.path != row.path and len(bases) > 1:
        raise UsageError(
            f"the base of {row.label} is none of the {len(bases)} models",
            advice="Name one model alone, or none: then it goes on the base that it names itself",
        )
    return sources.put_on(row, Path(base.path)).with_(parents=(base.label,))


def _base_of(row: Checkpoint) -> tuple[Checkpoint, ...]:
    name = sources.base_name(Path(row.adapter))
    in_cache = sources.in_cache(name) and not Path(name).exists()
    found = checkpoints_of(f"{name}@main" if in_cache else row.path)
    return tuple(base for base in found if base.path == row.path)


def _trusted(models: list[str], names: list[str]) -> tuple[str, ...]:
    """Paths of the checkpoints whose own code may run: of sources that are to be scored."""
    unknown = [name for name in names if name not in models]
    if unknown:
        raise UsageError(
            f"--trust-remote-code names {unknown[0]}, which is not to be scored",
            advice="Name it as in --model",
        )
    return tuple(c.path for name in names for c in checkpoints_of(name))


def _lens(file: Path | None, layers: str) -> str:
    if file is not None and not layers:
        raise UsageError("a lens is for layers", advice="Name them with --layers")
    return str(file or "")


def _layers(text: str) -> tuple[int, ...]:
    """() = none, (-1,) = all."""
    if text in ("", "all"):
        return (-1,) if text else ()
    found: set[int] = set()
    for part in text.split(","):
        numbers = re.fullmatch(r"\s*(\d+)(?:-(\d+))?\s*", part)
        if numbers is None or int(numbers[2] or numbers[1]) > 10_000:
            raise UsageError(f"{part.strip()!r} is no layer", advice="Use all, or 0,6-12")
        found |= set(range(int(numbers[1]), int(numbers[2] or numbers[1]) + 1))
    if not found:
        raise UsageError(f"{text!r} names no layer", advice="Use all, or 0,6-12")
    return tuple(sorted(found))


def _batch_tokens(text: str) -> int:
    """0 = by the formula, -1 = by trial."""
    if text in ("", "auto"):
        return -1 if text else 0
    if text.isdecimal() and int(text) > 0:
        return int(text)
    raise UsageError(f"{text!r} is no number of tokens", advice="Use a whole number or auto")


def _chosen(found: list[Checkpoint], steps: str) -> list[Checkpoint]:
    """Those of the wanted steps; what has no step is always wanted."""
    if not steps:
        return found
    wanted = step_filter(steps)
    chosen = [c for c in found if c.step < 0 or wanted(c.step)]
    if not chosen:
        raise UsageError(f"No checkpoint is at a step of {steps!r}")
    return chosen


def step_filter(text: str) -> Callable[[int], bool]:
    """A test of steps from a list, ranges and ``every:N``.

    Raises
    ------
    UsageError
        If a part is none of these.
    """
    tests = [_one_filter(part.strip()) for part in text.split(",") if part.strip()]
    return lambda step: any(test(step) for test in tests)


def _one_filter(part: str) -> Callable[[int], bool]:
    if found := re.fullmatch(r"every:([1-9]\d*)", part):
        every = int(found[1])
        return lambda step: step % every == 0
    if found := re.fullmatch(r"(\d+)(?:-(\d+))?", part):
        low, high = int(found[1]), int(found[2] or found[1])
        return lambda step: low <= step <= high
    raise UsageError(f"{part!r} is no step", advice="Use 0,1,512 or 100-512 or every:64")


def _report(project: Path, summary: Mapping[str, Any]) -> str:
    more = [f"{count(summary[key])} {what}" for key, what in _MORE if summary[key]]
    n = summary["n_scored"]
    head = f"{count(n)} checkpoint{'' if n == 1 else 's'} scored into {project}"
    took = f"{count(summary['tokens'])} tokens in {duration(summary['seconds'])}"
    return f"{head} ({'; '.join((*more, took))})"
