"""Job specs: frozen data that fully describes long work. JSON in, JSON out."""

from __future__ import annotations

import dataclasses
import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, TypeAlias

from compute.core.errors import UsageError
from compute.core.tables import Checkpoint


@dataclass(frozen=True, slots=True)
class ScoreSpec:
    """Score checkpoints into a project. ``texts`` is a JSONL path, "" = the project's own texts.

    ``dtype`` is auto, float32, bfloat16 or float16; ``device`` auto, cpu, cuda, mps, a list such
    as cuda:0,cuda:1 (one model each), or spread (one model over all GPUs); ``n_threads`` 0 = all
    cores the process may use. ``batch_tokens`` 0 = by the formula, -1 = found by trial.
    ``long_texts`` is skip or window; ``tokens`` keeps token-level log-probabilities. With
    ``one_visit`` a checkpoint is scored whole before the next. ``trusted`` holds the paths of
    checkpoints whose own code may run. ``layers`` are kept as entries of their own, (-1,) = all;
    ``lens`` is a file of translators for them, "" = the logit lens.
    ``quantize`` holds ways in which each checkpoint is scored too, beside itself
    (``compute.core.quantization.WAYS``), with ``null_controls`` the unmodified model once more too
    where it was scored this way already. ``commit_every_s`` is the least time between two commits,
    ``patience_s`` how long a worker may be silent before it counts as hanging.
    """

    project: str
    checkpoints: tuple[Checkpoint, ...]
    texts: str = ""
    dtype: str = "auto"
    bos: str = "tokenizer"
    device: str = "auto"
    n_threads: int = 0
    batch_tokens: int = 0
    commit_every_s: float = 10.0
    low_priority: bool = False
    long_texts: str = "skip"
    tokens: bool = False
    one_visit: bool = False
    trusted: tuple[str, ...] = ()
    patience_s: float = 300.0
    layers: tuple[int, ...] = ()
    lens: str = ""
    quantize: tuple[str, ...] = ()
    null_controls: bool = False


@dataclass(frozen=True, slots=True)
class ScoreWorkerSpec:
    """A process that holds one scorer and answers the scoring job that started it.

    ``project`` gives the texts; the other fields are those of ``compute.scoring.Settings``.
    """

    project: str
    dtype: str = "auto"
    bos: str = "tokenizer"
    device: str = "auto"
    n_threads: int = 0
    batch_tokens: int = 0
    long_texts: str = "skip"
    tokens: bool = False
    trusted: tuple[str, ...] = ()
    largest_bytes: int = 0
    layers: tuple[int, ...] = ()
    lens: str = ""


@dataclass(frozen=True, slots=True)
class GrowSpec:
    """Grow a small real suite. ``sizes`` are names from the table of ``compute.minisuite``.

    ``n_checkpoints`` per run, 0 = powers of two and sixteen evenly spaced ones; with an
    ``interval`` (0 = none) the even ones are every so many steps, exactly. ``n_texts`` of the
    held-out source are written beside the suite as ``texts.jsonl``. ``every_file`` is 1 for the
    whole corpus, n for every n-th file of it.

    Two things that go wrong in real runs can be asked for, for every run of the spec (-1 = not):
    the checkpoint at ``spike_at`` comes right after a burst of a much larger learning rate, and the
    one saved at ``copy_at`` is a copy of the files saved before it.
    """

    out: str
    sizes: tuple[str, ...] = ("xs", "s")
    seeds: tuple[int, ...] = (0, 1)
    steps: int = 512
    n_checkpoints: int = 0
    n_threads: int = 2
    low_priority: bool = False
    n_texts: int = 500
    interval: int = 0
    every_file: int = 1
    spike_at: int = -1
    copy_at: int = -1


@dataclass(frozen=True, slots=True)
class Tuned:
    """One fine-tuned model to make: its ``parent`` is a folder, ``base`` what its card calls it.

    ``subject`` is a name of ``compute.minisuite.subjects.SUBJECTS``. ``family`` and ``size`` are
    noted beside it, as ``klscope grow`` does for runs.
    """

    name: str
    parent: str
    base: str
    subject: str
    seed: int = 0
    family: str = ""
    size: str = ""


@dataclass(frozen=True, slots=True)
class TuneSpec:
    """Train models further, on other text, into ``out``; see :class:`Tuned`.

    ``peak`` is the highest learning rate.
    """

    out: str
    tuned: tuple[Tuned, ...]
    steps: int = 200
    peak: float = 1e-3
    n_threads: int = 2
    low_priority: bool = False


@dataclass(frozen=True, slots=True)
class ReplicaSpec:
    """The paper in miniature, into ``out``, by a plan of ``compute.minisuite.replica``."""

    out: str
    plan: str = "replica"
    low_priority: bool = False


@dataclass(frozen=True, slots=True)
class EmbedSpec:
    """One embedding of a project's entries. ``entries`` () = every usable entry of the recipe.

    ``cache`` says whether the result is stored in the project; ``frame_every`` is in optimiser
    iterations, 0 = no intermediate states. ``components`` belong to PCA, () = the first ones;
    ``exaggeration`` to t-SNE after its early phase. ``base`` is the key of a stored map into which
    the other entries are placed, "auto" = the largest that fits, "" = none: all is computed.
    ``part`` = entries were left out by choice, so the map is no base for those. ``held`` is the
    recipe itself as JSON where it is held in memory and the project has none of that name.
    """

    project: str
    method: str = "tsne"
    dims: int = 2
    perplexity: float = 30.0
    seed: int = 42
    n_iter: int = 750
    exaggeration: float = 1.0
    components: tuple[int, ...] = ()
    base: str = ""
    part: bool = False
    recipe: str = "clip2"
    held: str = ""
    entries: tuple[str, ...] = ()
    frame_every: int = 10
    cache: bool = True
    generation: int = 0
    n_jobs: int = 1


@dataclass(frozen=True, slots=True)
class EmbedWorkerSpec:
    """The warm embedding worker: imports openTSNE, then answers ``embed`` requests on stdin."""

    low_priority: bool = True


@dataclass(frozen=True, slots=True)
class DemoSpec:
    """Grow the demo suite and score it on the texts of ``project`` (one after the other)."""

    project: str
    out: str
    n_threads: int = 2
    low_priority: bool = False


@dataclass(frozen=True, slots=True)
class EditSpec:
    """Edits of entries: (id or label, field -> new value); see :mod:`compute.core.edits`."""

    project: str
    edits: tuple[tuple[str, Mapping[str, Any]], ...]


@dataclass(frozen=True, slots=True)
class WeightsSpec:
    """Distances between checkpoints in weight space. ``runs`` () = all of the project.

    ``source`` is the folder that holds the checkpoints, "" = where they were scored from;
    ``window`` limits pairs to so many checkpoints apart, 0 = all.
    """

    project: str
    runs: tuple[str, ...] = ()
    source: str = ""
    window: int = 0


@dataclass(frozen=True, slots=True)
class LensSpec:
    """Train a tuned lens for the checkpoint in the folder ``model`` on the texts of a JSONL file.

    ``tokens`` states at most, ``steps`` of Adam at ``rate`` for each layer.
    """

    model: str
    texts: str
    out: str
    tokens: int = 16_384
    steps: int = 400
    rate: float = 1e-3
    seed: int = 42
    device: str = "auto"
    n_threads: int = 0


@dataclass(frozen=True, slots=True)
class ReportSpec:
    """Every table and figure of the paper, into the folder ``out``.

    ``only`` holds ids of items, () = all. ``after``, ``start`` and ``n_drop`` are those of
    ``compute.report.study.Options``; ``n_processes`` make maps, 0 = one for each core.
    """

    project: str
    out: str
    recipe: str = "clip2"
    bootstrap: int = 200
    seed: int = 42
    only: tuple[str, ...] = ()
    after: int = -1
    start: int = -1
    n_drop: int = -1
    dpi: int = 300
    n_processes: int = 0
    low_priority: bool = False


@dataclass(frozen=True, slots=True)
class RecipeSpec:
    """Make, work out again (freeze) or delete a recipe; see ``compute.analysis.making.Wish``.

    ``action`` is make, freeze or delete. ``excluded`` and ``centred_on`` name entries by id or
    label. ``replace`` lets make put another recipe in the place of one with that name.
    """

    project: str
    action: str
    name: str
    base: str = "clip2"
    clip_quantile: float = -1.0
    excluded: tuple[str, ...] = ()
    dropped_texts: tuple[str, ...] = ()
    n_drop: int = -1
    drop_share: float = -1.0
    domains: tuple[str, ...] = ()
    centred_on: tuple[str, ...] = ()
    analysis: str = ""
    after: int = -1
    score: str = "max"
    replace: bool = False


@dataclass(frozen=True, slots=True)
class ImportSpec:
    """Read ``source`` in a foreign format into ``project``, which is made if it is not there.

    ``format`` is an id of ``compute.exchange.FORMATS``, "auto" = found out. ``texts`` is a JSONL
    path, "" = the source or the project has them. ``unit``, ``per`` and ``rows`` are those of
    ``compute.exchange.contract``.
    """

    project: str
    source: str
    format: str = "auto"
    texts: str = ""
    unit: str = "nats"
    per: str = ""
    rows: str = ""


@dataclass(frozen=True, slots=True)
class ExportSpec:
    """Write ``project`` in a foreign format to ``destination``, a new file or folder.

    ``entries`` () = all. ``vectors`` of coordinates is map (a stored one, ``map_key`` "" = the one
    of most entries), pca (the first ``components``) or rows (the scaled rows themselves).
    ``linkage`` belongs to trees, ``compress`` to h5. ``overwrite`` = what is there may be replaced.
    """

    project: str
    destination: str
    format: str
    entries: tuple[str, ...] = ()
    recipe: str = "clip2"
    vectors: str = ""
    map_key: str = ""
    components: int = 50
    linkage: str = "ward"
    compress: bool = False
    overwrite: bool = False


JobSpec: TypeAlias = (
    ScoreSpec
    | ScoreWorkerSpec
    | GrowSpec
    | TuneSpec
    | ReplicaSpec
    | EmbedSpec
    | EmbedWorkerSpec
    | DemoSpec
    | EditSpec
    | RecipeSpec
    | WeightsSpec
    | LensSpec
    | ReportSpec
    | ImportSpec
    | ExportSpec
)

SPECS: dict[str, type[JobSpec]] = {
    "score": ScoreSpec,
    "score-worker": ScoreWorkerSpec,
    "grow": GrowSpec,
    "tune": TuneSpec,
    "replica": ReplicaSpec,
    "embed": EmbedSpec,
    "embed-worker": EmbedWorkerSpec,
    "demo": DemoSpec,
    "edit": EditSpec,
    "recipe": RecipeSpec,
    "weights": WeightsSpec,
    "lens": LensSpec,
    "report": ReportSpec,
    "import": ImportSpec,
    "export": ExportSpec,
}


def kind_of(spec: JobSpec) -> str:
    """The name of a spec's job kind."""
    return next(name for name, cls in SPECS.items() if type(spec) is cls)


def to_json(spec: JobSpec) -> str:
    """One line of JSON; the inverse of :func:`from_json`."""
    return json.dumps({"job": kind_of(spec), **dataclasses.asdict(spec)})


def from_json(line: str) -> JobSpec:
    """Parse a spec.

    Raises
    ------
    UsageError
        If the line is not a spec of a known kind with known fields.
    """
    try:
        data = json.loads(line)
        cls = SPECS[data.pop("job")]
        return _build(cls, data)
    except (ValueError, KeyError, TypeError, AttributeError) as e:
        raise UsageError(f"{e}", tried="Reading a job spec") from e


def _build(cls: type[JobSpec], data: dict[str, Any]) -> JobSpec:
    values: dict[str, Any] = {k: tuple(v) if isinstance(v, list) else v for k, v in data.items()}
    if "checkpoints" in values:
        values["checkpoints"] = tuple(Checkpoint.of(c) for c in values["checkpoints"])
    if "tuned" in values:
        values["tuned"] = tuple(Tuned(**t) for t in values["tuned"])
    if "edits" in values:
        values["edits"] = tuple((str(name), dict(changes)) for name, changes in values["edits"])
    return cls(**values)
