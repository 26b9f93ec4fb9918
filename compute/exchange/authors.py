"""The authors' release folder: checkpoints, published models, quantized models, layers, weights.

Method page, section 7. Any part but the texts may be missing. Rows keep the order of the files:
checkpoints by run and step, published models, 8-bit, 4-bit, layers.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from compute.core.errors import InputError
from compute.core.numbers import count
from compute.core.tables import Entry, TextSet, WeightDistances, frozen
from compute.exchange import names
from compute.exchange.contract import Imported, Request
from compute.exchange.pickles import read_pickle
from compute.exchange.rows import Rows, as_dict, clean_name, clipped_on, read_json, texts_of

PYTHIA_STEPS = (0, *(2**k for k in range(10)), *range(1000, 143_001, 1000))
"""Saved steps of every Pythia run."""
TOKENS_A_STEP = 2_097_152
"""Tokens in a batch of Pythia: 1,024 sequences of 2,048 (arXiv 2304.01373, section 2)."""
SOURCE = "Pile texts of the authors' release (arXiv 2505.15353)"
_CHECKPOINTS, _PUBLIC = "logp/pretraining_logp.pkl", "logp/oyama2025_logp.pkl"
_EIGHT, _FOUR = "logp/8bit_quantization_logp.pkl", "logp/4bit_quantization_logp.pkl"
_LAYERS, _WEIGHTS = "logp/layer_logp.pkl", "weight_distance/weight_distance.pkl"
_VECTORS = (_CHECKPOINTS, _PUBLIC, _EIGHT, _FOUR, _LAYERS)
_LIST, _TYPES = "model_info/model_list.json", "model_info/modelname2type.json"
_SIBLINGS, _COLOURS = "model_info/sibling_info.json", "model_info/type2color.json"
_PYTHIA = re.compile(r"\d+(?:\.\d+)?[mb](?:-seed\d+)?")
_STEP = re.compile(r"(?:step)?(\d{1,12})")
_BITS = {
    "8bit": (("quantization", "LLM.int8 (bitsandbytes)"),),
    "fp4": (("quantization", "FP4 (bitsandbytes), the default of the released script"),),
}


def sniff(path: Path) -> bool:
    """Whether a folder looks like the release: vectors under their names."""
    return any((_root(path) / part).is_file() for part in _VECTORS)


def read(path: Path, request: Request) -> Imported:
    """Everything that the folder holds, as one project. Pickles are read, never unpickled.

    Raises
    ------
    InputError
        If the folder holds no vectors, its texts are missing, or a part is damaged, is not what it
        should be, or does not fit the texts.
    """
    root = _root(path)
    if not sniff(root):
        raise InputError(
            f"it holds none of {', '.join(_VECTORS)}",
            tried=f"Reading {path}",
            advice="Give the folder 'data' of the authors' release",
        )
    rows = Rows(_texts(root, request))
    if gone := [part for part in _PARTS if not (root / part).is_file()]:
        rows.notes.append(f"Not in the folder: {', '.join(gone)}")
    rows.missing(_others(root), "Passed over, since its meaning is not known here")
    info = _info(root)
    for done, (part, take) in enumerate(_TAKERS.items()):
        request.say(done, len(_TAKERS) + 1, f"Reading {part}")
        if (root / part).is_file():
            take(rows, root / part, info)
    weights = _weights(rows, root)
    public = [k for k, entry in enumerate(rows.entries) if _is_public(entry)]
    matrix = rows.matrix()
    rows.summary()
    recipes, said = clipped_on(rows.entries, matrix, public)
    request.say(len(_TAKERS) + 1, len(_TAKERS) + 1, "Read")
    notes = tuple(f"{note}." if note[-1] != "." else note for note in [*rows.notes, *said])
    return Imported(
        rows.texts,
        tuple(rows.entries),
        matrix,
        weights=weights,
        recipes=recipes,
        notes=notes,
    )


def _others(root: Path) -> list[str]:
    """What else is in the folder, and no part of the release that is imported."""
    known = {*_PARTS, "texts.json"}
    folders = {part.partition("/")[0] for part in _PARTS}
    found = [*root.glob("*"), *(path for folder in folders for path in root.glob(f"{folder}/*"))]
    names = sorted(path.relative_to(root).as_posix() for path in found)
    return [name for name in names if name not in known | folders and not name.startswith(".")]


def _is_public(entry: Entry) -> bool:
    return not (entry.run or entry.quantization) and entry.layer < 0


def _root(path: Path) -> Path:
    """The folder itself, or its ``data``."""
    inside = path / "data"
    return inside if inside.is_dir() and not (path / "logp").is_dir() else path


def _texts(root: Path, request: Request) -> TextSet:
    path = root / "texts.json"
    if path.is_file():
        found = texts_of(read_json(path), path, source=SOURCE)
        given = request.texts
        if given is None:
            return found
        if given.texts != found.texts:
            raise InputError(
                f"its {count(len(found))} texts are not the {count(len(given))} that were given",
                tried=f"Reading {path}",
                advice="Leave the texts out, or import into a project with the same texts",
            )
        return given
    if request.texts is not None:
        return request.texts
    raise InputError(
        "texts.json is missing, and distances in bits per byte need the length of every text",
        tried=f"Reading {root}",
        advice="Put texts.json beside logp/, or name a file with the texts (--texts)",
    )


# -- what is known of models -----------------------------------------------------------------------


@dataclass(frozen=True, eq=False)
class _Info:
    """Names and facts of published models. ``public`` are the names in the order of the rows."""

    public: Mapping[str, int]
    types: Mapping[str, str]
    parents: Mapping[str, tuple[str, ...]]
    colours: Mapping[str, str]

    def entry(self, name: str, **known: Any) -> Entry:
        """The entry of a published model, or of a variant of it, without its parents."""
        kind = self.types.get(name, "")
        said = names.named(name)
        colour = self.colours.get(kind, "")
        noted = (("family colour", colour),) if colour else ()
        fields: dict[str, Any] = {
            "id": name,
            "label": name,
            "family": kind or said.family,
            "size": said.size,
            "n_params": said.n_params,
            "source": name,
            "bos": "tokenizer",
            "metadata": noted,
        }
        return Entry(**{**fields, **known})


def _info(root: Path) -> _Info:
    listed = _json(root / _LIST) or []
    if not isinstance(listed, list):
        raise InputError(f"{_LIST} is no list of names")
    public: dict[str, int] = {}
    for k, name in enumerate(listed):
        if clean_name(name, _LIST) in public:
            raise InputError(f"{_LIST} names {name!r} twice", advice="Rename or remove one")
        public[name] = k
    types = as_dict(_json(root / _TYPES) or {}, _TYPES)
    siblings = as_dict(_json(root / _SIBLINGS) or {}, _SIBLINGS)
    return _Info(
        public,
        {name: clean_name(kind, _TYPES) for name, kind in types.items()},
        {child: _parents(declared) for child, declared in siblings.items()},
        _colours(as_dict(_json(root / _COLOURS) or {}, _COLOURS)),
    )


def _json(path: Path) -> Any:
    return read_json(path) if path.is_file() else None


def _parents(declared: Any) -> tuple[str, ...]:
    return tuple(clean_name(name, _SIBLINGS) for name in names.parents_of(declared))


def _colours(given: Mapping[Any, Any]) -> Mapping[str, str]:
    """Type -> ``#rrggbb``, from shares of red, green, blue (and alpha) or from text."""
    out = {}
    for kind, colour in given.items():
        if isinstance(colour, str) and re.fullmatch(r"#[0-9a-fA-F]{6}", colour):
            out[kind] = colour.lower()
        elif isinstance(colour, list) and len(colour) in (3, 4) and all(map(_is_share, colour)):
            out[kind] = "#" + "".join(f"{round(255 * part):02x}" for part in colour[:3])
    return out


def _is_share(part: Any) -> bool:
    return isinstance(part, int | float) and 0 <= part <= 1


# -- vectors ---------------------------------------------------------------------------------------


def _take_checkpoints(rows: Rows, path: Path, info: _Info) -> None:
    for run, by_step in as_dict(read_pickle(path), _CHECKPOINTS).items():
        known = _run(clean_name(run, _CHECKPOINTS))
        where = f"{_CHECKPOINTS}, run {run}"
        if by_step is None:
            rows.notes.append(f"No checkpoint of {run}: the release holds None")
            continue
        found = as_dict(by_step, where)
        for key in sorted(found, key=lambda key: _step_of(key, where)):
            rows.add(_checkpoint(known, _step_of(key, where)), found[key], where)


def _run(name: str) -> Entry:
    """What a run's name says: ``410m-seed1`` is a run of Pythia 410M with seed 1.

    The first run of a size says no seed, and its seed stays unknown.
    """
    run = f"pythia-{name}" if _PYTHIA.fullmatch(name) else name
    said = names.named(run)
    is_pythia = said.family == "pythia"
    return Entry(
        id=run,
        family=said.family,
        run=run,
        size=said.size,
        n_params=said.n_params,
        seed=said.seed,
        source=f"EleutherAI/{run}" if is_pythia else run,
        dtype="float16" if is_pythia else "",
        bos="tokenizer",
        relation="checkpoint-of",
    )


def _checkpoint(run: Entry, step: int) -> Entry:
    return run.with_(
        id=f"{run.run}/step{step}",
        label=f"{run.run} step {step}",
        step=step,
        tokens_seen=step * TOKENS_A_STEP if run.family == "pythia" else -1,
        revision=f"step{step}",
    )


def _step_of(key: Any, where: str) -> int:
    found = _STEP.fullmatch(key) if isinstance(key, str) else None
    step = int(found[1]) if found else key
    if type(step) is not int or not 0 <= step < 10**12:
        raise InputError(f"{where} holds {str(key)[:40]!r}, which is no step")
    return step


def _take_public(rows: Rows, path: Path, info: _Info) -> None:
    found = read_pickle(path)
    if isinstance(found, dict):
        vectors = {clean_name(name, _PUBLIC): values for name, values in found.items()}
    elif not info.public:
        rows.notes.append(f"{_PUBLIC} was passed over: without {_LIST} its rows have no names")
        return
    else:
        vectors = dict(zip(info.public, _rows_of(found, info), strict=True))
    for name, values in vectors.items():
        entry = info.entry(name)
        parents = info.parents.get(name, ())
        rows.add(names.with_declared(entry, parents), values, _PUBLIC)


def _rows_of(found: Any, info: _Info) -> NDArray[Any]:
    if not isinstance(found, np.ndarray) or found.ndim != 2 or found.dtype.kind not in "fiu":
        raise InputError(f"{_PUBLIC} holds no matrix of numbers")
    if len(found) != len(info.public):
        raise InputError(
            f"{_PUBLIC} has {count(len(found))} rows, but {_LIST} holds "
            f"{count(len(info.public))} names",
            advice="They have to belong together: one name for each row",
        )
    return found


def _take_quantized(how: str, title: str) -> Callable[[Rows, Path, _Info], None]:
    def take(rows: Rows, path: Path, info: _Info) -> None:
        where = f"logp/{path.name}"
        for name, values in as_dict(read_pickle(path), where).items():
            entry = info.entry(
                clean_name(name, where),
                id=f"{name}/{how}",
                label=f"{name} {title}",
                quantization=how,
                parent=name,
                relation="quantized-from",
                dtype="float16",
                software="bitsandbytes",
            )
            noted = (*entry.metadata, *_BITS[how])
            rows.add(entry.with_(metadata=noted), values, where)

    return take


def _take_layers(rows: Rows, path: Path, info: _Info) -> None:
    nothing = []
    for name, by_layer in as_dict(read_pickle(path), _LAYERS).items():
        clean_name(name, _LAYERS)
        if by_layer is None:
            nothing.append(name)
            continue
        where = f"{_LAYERS}, model {name}"
        found = as_dict(by_layer, where)
        for layer in sorted(found, key=lambda key: _layer_of(key, where)):
            k = _layer_of(layer, where)
            entry = info.entry(
                name,
                id=f"{name}/layer{k}",
                label=f"{name} layer {k}",
                layer=k,
                parent=name,
                relation="layer-of",
            )
            noted = (*entry.metadata, ("lens", "logit lens"))
            rows.add(entry.with_(metadata=noted), found[layer], where)
    rows.missing(nothing, "No layers (the release holds None) of")


def _layer_of(key: Any, where: str) -> int:
    if type(key) is int and 0 <= key < 10_000:
        return key
    if isinstance(key, str) and re.fullmatch(r"\d{1,4}", key):
        return int(key)
    raise InputError(f"{where} holds {str(key)[:40]!r}, which is no layer")


_TAKERS: Mapping[str, Callable[[Rows, Path, _Info], None]] = {
    _CHECKPOINTS: _take_checkpoints,
    _PUBLIC: _take_public,
    _EIGHT: _take_quantized("8bit", "8-bit"),
    _FOUR: _take_quantized("fp4", "4-bit (FP4)"),
    _LAYERS: _take_layers,
}
_PARTS = (*_VECTORS, _WEIGHTS, _LIST, _TYPES, _SIBLINGS, _COLOURS)


# -- weights ---------------------------------------------------------------------------------------


def _weights(rows: Rows, root: Path) -> tuple[WeightDistances, ...]:
    path = root / _WEIGHTS
    if not path.is_file():
        return ()
    found = []
    for name, matrix in as_dict(read_pickle(path), _WEIGHTS).items():
        run = _run(clean_name(name, _WEIGHTS)).run
        if matrix is None:
            rows.notes.append(f"No weight distances of {name}: the release holds None")
            continue
        where = f"{_WEIGHTS}, run {name}"
        own = sorted(e.step for e in rows.entries if e.run == run)
        if not own and np.shape(matrix) != 2 * (len(PYTHIA_STEPS),):
            rows.notes.append(
                f"{where}, was passed over: without checkpoints its steps are unknown"
            )
            continue
        found.append(_distances(own, run, matrix, where))
    return tuple(found)


def _distances(own: list[int], run: str, matrix: Any, where: str) -> WeightDistances:
    """Squared distances, symmetric. Zeros that stand for "not computed" become NaN.

    The released script fills only the upper triangle, up to ten checkpoints ahead of each start,
    and leaves zeros elsewhere. A zero with a positive number to its right in its row was computed:
    Pythia's steps 0 and 1 have equal weights.
    """
    if not isinstance(matrix, np.ndarray) or matrix.dtype.kind not in "fiu" or matrix.ndim != 2:
        raise InputError(f"{where}: it holds no matrix of numbers")
    n = len(matrix)
    steps = own if len(own) == n else list(PYTHIA_STEPS)
    if matrix.shape != (n, n) or len(steps) != n:
        shape = " x ".join(count(k) for k in matrix.shape)
        raise InputError(
            f"{where}: a matrix of {shape} fits neither the {count(len(own))} checkpoints of the "
            f"run nor the {len(PYTHIA_STEPS)} saved steps of Pythia"
        )
    squared = matrix.astype(np.float64)
    if (squared < 0).any():
        raise InputError(f"{where}: a squared distance is negative")
    return WeightDistances(
        run, frozen(np.array(steps, np.int64)), frozen(_symmetric(squared)), "authors' release"
    )


def _symmetric(squared: NDArray[np.float64]) -> NDArray[np.float64]:
    squared = np.where(np.isfinite(squared), squared, np.nan)
    upper, lower = np.triu(squared, 1), np.tril(squared, -1).T
    out = np.where(_computed(lower), lower, np.nan)
    out = np.triu(np.where(_computed(upper), upper, out), 1)
    out += out.T
    np.fill_diagonal(out, 0.0)
    return out


def _computed(upper: NDArray[np.float64]) -> NDArray[np.bool_]:
    """Where a number above the diagonal was computed: it is positive, or one further right is."""
    positive = np.nan_to_num(upper) > 0
    to_the_right = np.maximum.accumulate(positive[:, ::-1], axis=1)[:, ::-1]
    result: NDArray[np.bool_] = np.triu(to_the_right, 1) & ~np.isnan(upper)
    return result
