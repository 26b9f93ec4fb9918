"""lm-evaluation-harness: ``samples_<task>_<date>.jsonl`` of several models and tasks.

The harness writes ``<out>/<model>/samples_<task>_<date>.jsonl`` (``--log_samples``) and beside it
``results_<date>.json``. A sample holds one document: ``arguments`` (what was asked),  ``resps``
(log-likelihood and whether it is what greedy decoding would say, as text in newer versions),
``filter``, ``doc_hash``, ``prompt_hash``.

- *loglikelihood_rolling*: the text is the document, the value its log-likelihood.
- *loglikelihood* and multiple choice: one text for each choice, context and continuation; the value
  is the log-likelihood of the continuation given the context.
- *generate_until* has no log-likelihood and is passed over.
"""

from __future__ import annotations

import hashlib
import json
import math
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np

from compute.core.errors import InputError
from compute.core.numbers import count
from compute.core.tables import Entry, TextSet
from compute.exchange.axis import Axis, axis_of
from compute.exchange.contract import Imported, Request
from compute.exchange.lines import Lines, json_lines
from compute.exchange.tables import imported, named

_NAME = re.compile(
    r"samples_(?P<task>.+?)_(?P<date>\d{4}-\d\d-\d\dT\d\d-\d\d-\d\d(?:\.\d+)?)\.jsonl"
)
_RESULTS = "results_{date}.json"


@dataclass(frozen=True, slots=True)
class _File:
    """One file of samples; ``folder`` stands for the model."""

    path: Path
    folder: str
    task: str
    date: str


@dataclass
class _Found:
    """Texts and values as they come; text ``t`` of model ``m`` has the value ``values[m][t]``."""

    texts: dict[str, str] = field(default_factory=dict)
    domains: list[str] = field(default_factory=list)
    scored_bytes: list[int] = field(default_factory=list)
    values: dict[str, dict[int, float]] = field(default_factory=dict)
    number: dict[str, int] = field(default_factory=dict)
    n_rolling: int = 0
    n_choices: int = 0
    n_generated: int = 0
    n_infinite: int = 0


def sniff(path: Path) -> bool:
    """Whether it is a file of samples, or a folder with one somewhere in it."""
    if path.is_dir():
        return any(_NAME.fullmatch(p.name) for p in path.rglob("samples_*.jsonl"))
    if _NAME.fullmatch(path.name):
        return True
    try:
        _, record = next(json_lines(path))
    except (InputError, StopIteration):
        return False
    return "arguments" in record and "resps" in record


def read(path: Path, request: Request) -> Imported:
    """Every model and task below ``path`` in one project; of a task scored twice the newest counts.

    Raises
    ------
    InputError
        If there is no file of samples, or none holds a log-likelihood.
    """
    files, older = _newest(_files(path))
    found = _Found()
    for k, file in enumerate(files):
        _read_file(file, found)
        request.say(k + 1, len(files), f"Reading {file.path.name}")
    if not found.texts:
        raise InputError(
            "no sample in it has a log-likelihood",
            tried=f"Reading {path}",
            advice="Only tasks of the types loglikelihood, loglikelihood_rolling and "
            "multiple_choice have one; run the harness with --log_samples",
        )
    axis = _axis(found, request, path, files)
    folders = sorted(found.values, key=list(dict.fromkeys(f.folder for f in files)).index)
    values = np.full((len(folders), len(found.texts)), np.nan, dtype=np.float32)
    for k, folder in enumerate(folders):
        for text, value in found.values[folder].items():
            values[k, text] = value
    entries = [_entry([f for f in files if f.folder == folder], path) for folder in folders]
    as_sums = Request(request.texts, request.say, request.unit, request.per or "text")
    whole = imported([e.label for e in entries], values, axis, as_sums, path, entries)
    notes = (*_notes(found, files, older, values), *whole.notes)
    return Imported(whole.texts, whole.entries, whole.loglik, notes=notes)


def _files(path: Path) -> list[_File]:
    if not path.is_dir():
        return [_file(path, path.parent)]
    found = [p for p in sorted(path.rglob("samples_*.jsonl")) if p.is_file()]
    if not found:
        raise InputError(
            "there is no samples_<task>_<date>.jsonl in it",
            tried=f"Reading {path}",
            advice="lm-evaluation-harness writes them with --log_samples --output_path DIR",
        )
    return [_file(p, path) for p in found]


def _file(path: Path, root: Path) -> _File:
    match = _NAME.fullmatch(path.name)
    task = match["task"] if match else path.stem.removeprefix("samples_")
    folder = path.parent.relative_to(root).as_posix()
    name = path.parent.name if folder == "." else folder
    return _File(path, name, task, match["date"] if match else "")


def _newest(files: Sequence[_File]) -> tuple[list[_File], list[_File]]:
    """The newest file for each model and task, in order, and the others."""
    best: dict[tuple[str, str], _File] = {}
    for file in files:
        key = file.folder, file.task
        if key not in best or file.date > best[key].date:
            best[key] = file
    kept = sorted(best.values(), key=lambda f: (f.folder, f.task))
    return kept, [f for f in files if f not in kept]


def _read_file(file: _File, found: _Found) -> None:
    seen: set[tuple[str, int]] = set()
    for lines, record in json_lines(file.path):
        document = str(record.get("doc_hash") or record.get("doc_id", lines.number))
        arguments, answers = _arguments(record, lines), record.get("resps")
        if not isinstance(answers, list):
            raise lines.problem("has no 'resps'", "It is no sample of lm-evaluation-harness")
        for k, (asked, answer) in enumerate(zip(arguments, answers, strict=False)):
            value = _loglik(answer) if asked else None
            if value is None:
                found.n_generated += 1
            elif (document, k) in seen:
                continue  # the same document once more, under another filter
            else:
                seen.add((document, k))
                _add(file, document, asked, value, found)


def _arguments(record: Mapping[str, Any], lines: Lines) -> list[tuple[str, ...]]:
    """What was asked: (text,) or (context, continuation), by request."""
    found = record.get("arguments")
    if isinstance(found, dict):  # {"gen_args_0": {"arg_0": ..., "arg_1": ...}, ...}
        found = [_by_number(one) if isinstance(one, dict) else one for one in _by_number(found)]
    if not isinstance(found, list):
        raise lines.problem("has no 'arguments'", "It is no sample of lm-evaluation-harness")
    return [_strings(one if isinstance(one, list) else [one]) for one in found]


def _by_number(named: Mapping[str, Any]) -> list[Any]:
    """The values of ``x_0``, ``x_1``, ..., whatever order a file has them in."""
    return [named[name] for name in sorted(named, key=_number)]


def _number(name: str) -> int:
    digits = name.rpartition("_")[2]
    return int(digits) if digits.isdecimal() else 0


def _strings(parts: Sequence[Any]) -> tuple[str, ...]:
    """The parts of a request for a log-likelihood, () = a request to generate (it has options)."""
    return tuple(parts) if all(isinstance(part, str) for part in parts) else ()


def _loglik(answer: Any) -> float | None:
    """The log-likelihood in an answer, however deep; None = it is generated text."""
    while isinstance(answer, list) and answer and (len(answer) == 1 or isinstance(answer[0], list)):
        answer = answer[0]  # the first, of repeats
    is_pair = isinstance(answer, list) and len(answer) == 2
    if is_pair and str(answer[1]).strip().lower() not in ("true", "false"):
        return None
    value = answer[0] if is_pair else answer
    if isinstance(value, bool) or not isinstance(value, int | float | str):
        return None
    try:
        return float(value)
    except ValueError:
        return None


def _add(file: _File, document: str, asked: tuple[str, ...], value: float, found: _Found) -> None:
    text = "".join(asked[:2]).encode("utf-8", "replace").decode()
    scored = asked[1] if len(asked) > 1 else text
    if not text or (len(asked) > 1 and not scored):
        return
    content = hashlib.sha256(text.encode()).hexdigest()[:12]
    key = f"{file.task}/{document[:12]}/{content}"
    number = found.number.setdefault(key, len(found.number))
    if number == len(found.domains):
        found.texts[key] = text.replace("\0", "\ufffd")
        found.domains.append(file.task)
        found.scored_bytes.append(len(scored.encode("utf-8", "replace")))
    found.n_rolling += len(asked) == 1
    found.n_choices += len(asked) > 1
    if math.isinf(value):
        found.n_infinite += 1
        value = math.nan
    found.values.setdefault(file.folder, {})[number] = value


def _axis(found: _Found, request: Request, path: Path, files: Sequence[_File]) -> Axis:
    names, texts = tuple(found.texts), tuple(found.texts.values())
    axis = axis_of(names, request, f"Reading {path}", texts=texts, domains=found.domains)
    if request.texts is not None:
        return axis
    own = axis.texts
    parameters = {
        "made_by": "lm-evaluation-harness",
        "tasks": sorted({file.task for file in files}),
        "mean_scored_bytes": float(np.mean(found.scored_bytes)),
    }
    source = f"lm-evaluation-harness: {', '.join(parameters['tasks'])}"  # type: ignore[arg-type]
    return Axis(
        TextSet(own.ids, own.texts, own.domains, source=source, parameters=parameters),
        axis.place,
        axis.notes,
    )


def _entry(files: Sequence[_File], path: Path) -> Entry:
    about = next(filter(None, (_about(file) for file in files)), {})
    config = about.get("config") if isinstance(about.get("config"), dict) else {}
    assert isinstance(config, dict)
    label = str(about.get("model_name") or files[0].folder.replace("__", "/"))
    entry = named(label, path)
    revision = str(config.get("model_revision") or "")
    dtype = str(config.get("model_dtype") or "").removeprefix("torch.")
    n_params = config.get("model_num_parameters")
    software = str(about.get("lm_eval_version") or "")
    return entry.with_(
        source=label,
        revision=revision,
        dtype=dtype,
        n_params=n_params if isinstance(n_params, int) and n_params > 0 else entry.n_params,
        software=f"lm-eval {software}" if software else "lm-eval",
    )


def _about(file: _File) -> Mapping[str, Any]:
    """``results_<date>.json`` beside a file of samples, {} when there is none that can be read."""
    beside = file.path.with_name(_RESULTS.format(date=file.date))
    try:
        found = json.loads(beside.read_text(encoding="utf-8"))
    except (OSError, ValueError, RecursionError):
        return {}
    return found if isinstance(found, dict) else {}


def _notes(
    found: _Found, files: Sequence[_File], older: Sequence[_File], values: Any
) -> Iterator[str]:
    tasks = sorted({file.task for file in files})
    yield f"{count(len(tasks))} task{'s' * (len(tasks) != 1)}: {', '.join(tasks[:12])}."
    if found.n_choices:
        share = np.mean(found.scored_bytes) / np.mean(
            [len(t.encode()) for t in found.texts.values()]
        )
        yield (
            f"{count(found.n_choices)} values are log-likelihoods of a continuation given its "
            "context; the text is both together, so bits/byte are per byte of both "
            f"({100 * share:.0f} % of the bytes were scored)."
        )
    if found.n_rolling:
        yield f"{count(found.n_rolling)} values are log-likelihoods of whole documents."
    if found.n_generated:
        yield f"{count(found.n_generated)} generated answers have no log-likelihood: passed over."
    if found.n_infinite:
        yield f"{count(found.n_infinite)} infinite values count as not scored."
    if older:
        yield f"{count(len(older))} older files of the same model and task were passed over."
    if len(values) > 1:
        common = int(np.isfinite(values).all(axis=0).sum())
        yield f"{count(common)} of {count(values.shape[1])} texts have a value of every model."
