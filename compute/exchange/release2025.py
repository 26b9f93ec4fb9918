"""The release of 2025: vectors of 1,018 published models, what is known of them, benchmark scores.

Method page, section 7 (arXiv 2502.16173). ``raw_log-likelihood_1018.pkl`` (name -> vector),
``model-data-1018.pkl`` (a list of dicts) and the texts as JSONL, in one folder or in folders of it.
Either pickle may be missing. JSON lines of single models with ``token-log-probs`` become token
detail of their entries.
"""

from __future__ import annotations

import json
import math
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from compute.core.errors import InputError
from compute.core.files import read_problem
from compute.core.numbers import count
from compute.core.tables import Benchmarks, Entry, TextSet, TokenDetail, frozen
from compute.exchange import modelmap, names
from compute.exchange.contract import Imported, Request
from compute.exchange.pickles import read_pickle
from compute.exchange.rows import Rows, as_dict, clean_name, clipped_on, texts_of

_VECTORS = ("raw_log-likelihood_*.pkl", "log-likelihood_*.pkl")
_MODELS, _TEXTS = ("model-data-*.pkl",), ("texts*.jsonl",)
_DEPTH = 4
_OWN_VECTOR = "log-likelihood-10k"
_SCORE = "score_v1_"
_KEPT = ("model_type", "created_at", "downloads", "mean_logp", "tags")
SOURCE = "Pile texts of the release of 2025 (arXiv 2502.16173)"
_BASE = re.compile(r"base_model:(?:(finetune|merge|quantized|adapter):)?([^:]+)")
_RELATIONS = {"quantized": "quantized-from", "adapter": "adapter-on", "merge": "merge-of"}


def sniff(path: Path) -> bool:
    """Whether a file is a pickle of the release by its name, or a folder holds one."""
    if path.is_file():
        return any(path.match(pattern) for pattern in (*_VECTORS, *_MODELS))
    return _find(path, _VECTORS) is not None or _find(path, _MODELS) is not None


def read(path: Path, request: Request) -> Imported:
    """Models, vectors and benchmark scores as one project. Pickles are read, never unpickled.

    Raises
    ------
    InputError
        If neither pickle is there, the texts are missing, or a part is damaged, is not what it
        should be, or does not fit the texts.
    """
    root = _root(path)
    vectors, models = _find(root, _VECTORS), _find(root, _MODELS)
    if vectors is None and models is None:
        raise InputError(
            f"it holds neither {_VECTORS[0]} nor {_MODELS[0]}",
            tried=f"Reading {path}",
            advice="Give the folder of the release",
        )
    request.say(0, 4, "Reading texts")
    rows = Rows(_texts(root, request))
    request.say(1, 4, "Reading models")
    known = _models(models) if models is not None else {}
    request.say(2, 4, "Reading vectors")
    if vectors is not None:
        where = vectors.name
        found = {clean_name(k, where): v for k, v in as_dict(read_pickle(vectors), where).items()}
    else:
        where = models.name if models is not None else ""
        found = {name: model.get(_OWN_VECTOR) for name, model in known.items()}
        rows.notes.append(f"{_VECTORS[0]} is not there: the vectors are those of {where}")
    _add_all(rows, known, found, where)
    matrix = rows.matrix()
    rows.summary()
    recipes, said = clipped_on(rows.entries, matrix, range(len(rows.entries)))
    request.say(3, 4, "Reading token detail")
    whole = Imported(
        rows.texts,
        tuple(rows.entries),
        matrix,
        benchmarks=_benchmarks(known, models),
        recipes=recipes,
        notes=tuple(f"{note}." if note[-1] != "." else note for note in [*rows.notes, *said]),
    )
    found_detail = _with_detail(whole, root)
    request.say(4, 4, "Read")
    return found_detail


def _root(path: Path) -> Path:
    return path.parent if path.is_file() else path


def _find(root: Path, patterns: Sequence[str]) -> Path | None:
    """The first file of these names in a folder, or up to three folders below it."""
    for pattern in patterns:
        for depth in range(_DEPTH):
            if found := sorted(p for p in root.glob("*/" * depth + pattern) if p.is_file()):
                return found[0]
    return None


# -- texts -----------------------------------------------------------------------------------------


def _texts(root: Path, request: Request) -> TextSet:
    path = _find(root, _TEXTS)
    if path is None:
        if request.texts is not None:
            return request.texts
        raise InputError(
            "there is no texts*.jsonl, and distances in bits per byte need the lengths of texts",
            tried=f"Reading {root}",
            advice="Put the texts of the release there, or name a file with them (--texts)",
        )
    records = _in_order(list(_lines(path)), path)
    domains = [str(r.get("pile_set_name") or r.get("domain") or "") for r in records]
    texts = texts_of([r.get("text") for r in records], path, source=SOURCE, domains=domains)
    given = request.texts
    if given is not None and given.texts != texts.texts:
        raise InputError(
            f"its {count(len(texts))} texts are not the {count(len(given))} that were given",
            tried=f"Reading {path}",
            advice="Leave the texts out, or import into a project with the same texts",
        )
    return given if given is not None else texts


def _lines(path: Path) -> list[Mapping[str, Any]]:
    tried = f"Reading {path}"
    out: list[Mapping[str, Any]] = []
    try:
        with open(path, encoding="utf-8") as file:
            for number, line in enumerate(file, 1):
                if line.strip():
                    record = json.loads(line)
                    if not isinstance(record, dict):
                        raise InputError(f"line {number} is no record", tried=tried)
                    out.append(record)
    except OSError as e:
        raise read_problem(e, tried) from e
    except (ValueError, RecursionError) as e:
        raise InputError(f"line {len(out) + 1} is no JSON in UTF-8 ({e})", tried=tried) from e
    return out


def _in_order(records: list[Mapping[str, Any]], path: Path) -> list[Mapping[str, Any]]:
    """By ``index`` where every record has one; the vectors follow it."""
    places = [record.get("index") for record in records]
    if all(isinstance(place, int) for place in places):
        if sorted(p for p in places if p is not None) != list(range(len(places))):
            raise InputError(
                "the field 'index' does not count the texts from 0", tried=f"Reading {path}"
            )
        return sorted(records, key=lambda record: record["index"])
    return records


# -- token detail ----------------------------------------------------------------------------------


def _with_detail(whole: Imported, root: Path) -> Imported:
    """Token log-probabilities of models that have a file of them, if they sum to their vectors."""
    if not any(modelmap.sniff(path) for path in root.rglob("*.jsonl")):
        return whole
    try:
        found = modelmap.read(root, Request(texts=whole.texts))
    except InputError as e:
        note = f"Files of single models were passed over. {e.message}"
        return replace(whole, notes=(*whole.notes, note))
    places = {entry.id: k for k, entry in enumerate(whole.entries)}
    entries, kept, notes = list(whole.entries), {}, list(whole.notes)
    for entry, row in zip(found.entries, found.loglik, strict=True):
        k = places.get(entry.label, -1)
        if k < 0 or not _agree(whole.loglik[k], row):
            why = "it has no vector here" if k < 0 else "its log-likelihoods differ from its vector"
            notes.append(f"The file of {entry.label} was passed over: {why}.")
        elif entry.id in found.tokens:
            entries[k] = entries[k].with_(tokenization=entry.tokenization)
            kept[entries[k].id] = entry.id
    used = {entry.tokenization for entry in entries}
    return replace(
        whole,
        entries=tuple(entries),
        tokens=_Renamed(found.tokens, kept),
        n_tokens={digest: n for digest, n in found.n_tokens.items() if digest in used},
        notes=tuple(notes),
    )


def _agree(vector: NDArray[np.float32], row: NDArray[np.float32]) -> bool:
    """Whether sums over tokens are the vector, as far as both are there (0.1 nats, or 0.1 %)."""
    both = np.isfinite(vector) & np.isfinite(row)
    near = np.abs(vector - row) <= 0.1 + 0.001 * np.abs(vector)
    return bool(both.any() and near[both].all())


class _Renamed(Mapping[str, TokenDetail]):
    """Token detail under other ids, read when it is asked for."""

    def __init__(self, detail: Mapping[str, TokenDetail], names: Mapping[str, str]) -> None:
        self._detail, self._names = detail, names

    def __getitem__(self, entry_id: str) -> TokenDetail:
        return self._detail[self._names[entry_id]]

    def __iter__(self) -> Iterator[str]:
        return iter(self._names)

    def __len__(self) -> int:
        return len(self._names)


# -- models ----------------------------------------------------------------------------------------


def _models(path: Path) -> dict[str, Mapping[str, Any]]:
    listed = read_pickle(path)
    if not isinstance(listed, list):
        raise InputError(f"{path.name} holds a {type(listed).__name__} where a list belongs")
    out: dict[str, Mapping[str, Any]] = {}
    for model in listed:
        facts = as_dict(model, path.name)
        name = clean_name(facts.get("model_name"), path.name)
        if name in out:
            raise InputError(f"{path.name} names {name!r} twice", advice="Rename or remove one")
        out[name] = facts
    return out


def _add_all(
    rows: Rows, known: Mapping[str, Mapping[str, Any]], found: Mapping[str, Any], where: str
) -> None:
    for name in dict.fromkeys([*known, *found]):
        rows.add(_entry(name, known.get(name, {})), found.get(name), where)
    if known:
        rows.missing((n for n in found if n not in known), "Not in the list of models")
    rows.missing((n for n in known if n not in found), f"Not in {where}")


def _entry(name: str, facts: Mapping[str, Any]) -> Entry:
    said = names.named(name)
    size, n_params = _size(facts.get("model_size"), said)
    kind = facts.get("model_type")
    tags = facts.get("tags")
    entry = Entry(
        id=name,
        label=name,
        family=kind if isinstance(kind, str) and kind.isprintable() and kind else said.family,
        size=size,
        n_params=n_params,
        source=name,
        bos="tokenizer",
        metadata=tuple((k, text) for k in _KEPT if (text := _text(facts.get(k)))),
    )
    return _with_base(entry, tags if isinstance(tags, list) else [])


def _size(billions: Any, said: names.Named) -> tuple[str, int]:
    """The size that the list gives, in billions of parameters; else that of the name."""
    if isinstance(billions, int | float) and math.isfinite(billions) and 0 < billions < 1e6:
        n = round(billions * 1e9)
        return said.size or (f"{billions:g}b" if billions >= 1 else f"{billions * 1e3:g}m"), n
    return said.size, said.n_params


def _text(value: Any) -> str:
    match value:
        case str():
            text = value
        case bool() | int():
            text = str(value)
        case float():
            text = f"{value:.12g}" if math.isfinite(value) else ""
        case list():
            text = ", ".join(part for part in value if isinstance(part, str))
        case _:
            text = ""
    return " ".join(text.replace("\0", " ").split())


def _with_base(entry: Entry, tags: Sequence[Any]) -> Entry:
    """Parents as the hub's tags declare them: ``base_model:X`` and ``base_model:finetune:X``."""
    found = [m for tag in tags if isinstance(tag, str) and (m := _BASE.fullmatch(tag))]
    declared = tuple(dict.fromkeys(m[2] for m in found if m[2].isprintable()))
    entry = names.with_declared(entry, declared)
    relations = {_RELATIONS[m[1]] for m in found if m[1] in _RELATIONS}
    if entry.relation == "fine-tune-of" and len(relations) == 1:
        return entry.with_(relation=relations.pop())
    return entry


def _benchmarks(known: Mapping[str, Mapping[str, Any]], path: Path | None) -> Benchmarks | None:
    """Every ``score_v1_*`` of the list, per cent; None and text count as unknown."""
    tasks = tuple(
        dict.fromkeys(
            key for facts in known.values() for key in facts
            if isinstance(key, str) and key.startswith(_SCORE)
        )
    )  # fmt: skip
    if not tasks:
        return None
    values = np.array([[_score(facts.get(t)) for t in tasks] for facts in known.values()])
    return Benchmarks(
        tuple(task.removeprefix(_SCORE) for task in tasks),
        tuple(known),
        frozen(values),
        path.name if path is not None else "",
    )


def _score(value: Any) -> float:
    return float(value) if isinstance(value, int | float) else math.nan
