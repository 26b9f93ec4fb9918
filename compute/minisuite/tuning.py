"""Fine-tuning: models of a suite trained further, on other text; a card names the parent."""

from __future__ import annotations

import json
import os
import platform
import shutil
from collections.abc import Mapping, Sequence
from importlib.metadata import version
from pathlib import Path
from typing import Any

from compute.core.control import Control
from compute.core.errors import InputError, UsageError
from compute.core.events import Emit, Notice, Progress, Started
from compute.core.files import os_problem, write_atomically
from compute.core.specs import Tuned, TuneSpec
from compute.minisuite.corpus import digest_of, training_texts
from compute.minisuite.saving import clear_leftovers, save_checkpoint
from compute.minisuite.sizes import sizes_named
from compute.minisuite.subjects import subject
from compute.minisuite.suite import FAMILY, FORMAT, LIBRARIES, SUITE

CARD = "README.md"
_WEIGHTS = (".safetensors", ".bin", ".index.json")
_NOT_TOKENIZER = ("config.json", "generation_config.json", CARD)


def tune(spec: TuneSpec, emit: Emit, control: Control) -> Path:
    """Make the models of ``spec`` in their order; those that are there are kept.

    Each is ``spec.out/<name>/`` in Hugging Face layout. Its ``README.md`` declares the parent as
    the hub's cards do (``base_model``, ``base_model_relation``), and ``spec.out/suite.json`` notes
    what it was made from.

    Raises
    ------
    UsageError
        If the arguments make no sense.
    InputError
        If a parent is not there, this machine lacks a text, or a file cannot be written.
    Cancelled
        When asked to stop; models that are whole stay.
    """
    _check(spec)
    out = Path(spec.out)
    emit(Started(f"Fine-tuning {len(spec.tuned)} models", len(spec.tuned), "models"))
    try:
        out.mkdir(parents=True, exist_ok=True)
    except OSError as e:
        raise os_problem(e, f"Making the folder {out}") from e
    clear_leftovers(out)
    for k, model in enumerate(spec.tuned):
        control.checkpoint()
        if (out / model.name).is_dir():
            emit(Notice("was made already and is kept", model.name))
            continue
        _tune_one(spec, k, emit, control)
    return out


def _check(spec: TuneSpec) -> None:
    if not spec.tuned:
        raise UsageError("There is no model to fine-tune")
    if spec.steps < 1 or spec.n_threads < 1 or not spec.peak > 0:
        raise UsageError("Steps, threads and learning rate of fine-tuning must be above 0")
    names = [model.name for model in spec.tuned]
    if len(set(names)) < len(names):
        raise UsageError("Two fine-tuned models have the same name")


def _tune_one(spec: TuneSpec, at: int, emit: Emit, control: Control) -> None:
    from compute.minisuite import tokenizer, training

    model, out = spec.tuned[at], Path(spec.out)
    parent = Path(model.parent)
    if not (parent / "config.json").is_file():
        raise InputError(
            f"its parent is not in {parent}", tried=f"Fine-tuning {model.name}",
            advice="Grow the suite first",
        )  # fmt: skip
    files = subject(model.subject)
    pieces = tokenizer.load(parent)
    needed = spec.steps * training.BATCH * training.SEQUENCE + 1
    tokens = tokenizer.encode(pieces, training_texts(files), needed)
    plan = training.Plan(
        size=sizes_named([model.size])[0], seed=model.seed, steps=spec.steps,
        save_at=(spec.steps,), tokens=tokens, vocabulary=len(pieces), end=pieces.eos_token_id,
        peak=spec.peak,
    )  # fmt: skip

    def follow(step: int, loss: float) -> None:
        control.checkpoint()
        share = step / spec.steps
        emit(
            Progress(
                (at + share) / len(spec.tuned), at, len(spec.tuned),
                f"{model.name} step {step}, loss {loss:.2f} nats/token",
                entry=model.name, entry_fraction=share,
            )
        )  # fmt: skip

    scratch = out / f".card.{os.getpid()}.tmp"
    try:
        scratch.mkdir(exist_ok=True)
        card = scratch / CARD
        write_atomically(card, [card_of(model)])
        extras = (*_tokenizer_files(parent), card)
        made: list[Any] = []
        with training.reproducible(spec.n_threads):
            training.train(plan, lambda _step, m: made.append(m), follow, parent)
        _note(out, model, _row(spec, model, digest_of(files)))
        save_checkpoint(made[-1], extras, out / model.name)
    except OSError as e:
        raise os_problem(e, f"Fine-tuning {model.name}") from e
    finally:
        shutil.rmtree(scratch, ignore_errors=True)


def card_of(model: Tuned) -> str:
    """A model card whose front matter declares the parent."""
    return (
        f"---\nbase_model: {json.dumps(model.base)}\nbase_model_relation: finetune\n---\n\n"
        f"# {model.name}\n\n"
        f"{model.base}, trained further on {model.subject} of Python by klscope grow.\n"
    )


def _tokenizer_files(parent: Path) -> Sequence[Path]:
    return [
        p
        for p in sorted(parent.iterdir())
        if p.is_file() and not p.name.endswith(_WEIGHTS) and p.name not in _NOT_TOKENIZER
    ]


def _row(spec: TuneSpec, model: Tuned, corpus: str) -> dict[str, Any]:
    return {
        "family": model.family or FAMILY,
        "size": model.size,
        "seed": model.seed,
        "parent": model.base,
        "subject": model.subject,
        "corpus": corpus,
        "steps": spec.steps,
        "peak_learning_rate": spec.peak,
        "n_threads": spec.n_threads,
        "software": {
            "python": platform.python_version(),
            **{name: version(name) for name in LIBRARIES},
        },
    }


def _note(out: Path, model: Tuned, row: Mapping[str, Any]) -> None:
    """Add what a model is made from to ``suite.json``."""
    path = out / SUITE
    try:
        known = json.loads(path.read_text(encoding="utf-8"))["models"]
    except (OSError, ValueError, KeyError, TypeError):
        known = {}
    data = {
        "klscope_suite": FORMAT, "family": FAMILY, "runs": {}, "models": {**known, model.name: row}
    }  # fmt: skip
    write_atomically(path, [json.dumps(data, indent=1) + "\n"])
