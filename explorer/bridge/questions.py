"""What the pool is asked: frozen request in, frozen answer out. Pure but for reading the file."""

from __future__ import annotations

import dataclasses
import platform
import shutil
import subprocess
import sys
import time
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from compute import embedding, geometry, sources, store
from compute.core.control import Control
from compute.core.cores import available_cores
from compute.core.numbers import count
from compute.core.rules import main_rule, other_rule
from compute.core.specs import EmbedSpec
from compute.core.tables import Embedding, Entry, Listing, Recipe, Snapshot, WeightDistances
from compute.embedding import faith as embedding_faith
from compute.embedding import place
from explorer.state.app import ShellState
from explorer.state.cost import BYTES_PER_TOKEN, rate
from explorer.state.faith import excess
from explorer.state.library import layers_beside
from explorer.state.map import Faith, Links, MapTables, Neighbour, Remark
from explorer.state.tracks import consecutive

USUAL_RECIPE = ShellState.recipe


@dataclass(frozen=True, eq=False)
class Loaded:
    """A project ready to be drawn.

    ``prepared`` is None with a sentence in ``why_empty`` when there is nothing to draw.
    ``bits_per_byte`` (K,) float64 belongs to ``prepared.ids``. ``n_usable`` entries could be shown;
    ``rule`` is the BOS rule of what is shown, ``remarks`` what has to be said on the map. ``links``
    are those of ``entries``. ``hidden`` ids were set aside. ``recipe`` is the one that was used:
    another one than was asked for where the project does not have that.
    """

    snapshot: Snapshot
    prepared: geometry.Prepared | None
    entries: tuple[Entry, ...]
    bits_per_byte: NDArray[np.float64]
    why_empty: str = ""
    seconds: float = 0.0
    n_usable: int = 0
    rule: str = ""
    remarks: tuple[Remark, ...] = ()
    links: Links = field(default_factory=Links)
    hidden: frozenset[str] = frozenset()
    weights: Mapping[str, WeightDistances] = field(default_factory=dict)
    recipe: str = ""


def load(
    path: Path,
    recipe: str,
    hidden: frozenset[str] | None,
    before: Loaded | None = None,
    held: tuple[Recipe, ...] = (),
) -> Loaded:
    """Read the project and prepare the shown entries: all usable ones not in ``hidden``.

    ``hidden`` None = nobody has chosen yet: layers beside models are (``Loaded.hidden`` says so).

    Entries that are as they were in ``before`` stay the same objects, so that whoever shows them
    sees by identity what has changed. ``held`` recipes are those that are not in the file.
    """
    t0 = time.perf_counter()
    snapshot = _with_old_entries(store.read(path), before)
    if held:
        recipes = {r.name: r for r in held} | dict(snapshot.recipes)
        snapshot = replace(snapshot, recipes=recipes)
    if hidden is None:
        hidden = layers_beside(snapshot.entries)
    usable = [e for e in snapshot.entries if geometry.prefix_of(e, snapshot.texts)]
    shown = [e for e in usable if e.id not in hidden]
    used = recipe if recipe in snapshot.recipes else USUAL_RECIPE
    loaded = Loaded(
        snapshot, None, (), np.zeros(0), n_usable=len(usable), rule=main_rule(shown),
        hidden=hidden, weights=store.read_weights(path), recipe=used,
    )  # fmt: skip
    if len(shown) > 1:
        found = geometry.find_recipe(snapshot, used)
        prepared = geometry.prepare(snapshot, found, hidden=hidden)
        loaded = _drawable(loaded, prepared, shown)
    elif shown:
        loaded = replace(loaded, why_empty="One entry is scored. Comparing needs two.")
    return replace(loaded, seconds=time.perf_counter() - t0)


def _drawable(loaded: Loaded, prepared: geometry.Prepared, shown: list[Entry]) -> Loaded:
    if len(prepared.ids) < 2:
        labels = {e.id: e.label or e.id for e in shown}
        name, reason = next(item for item in prepared.left_out if item.id in labels)
        return replace(loaded, why_empty=f"Comparing needs two entries. {labels[name]}: {reason}.")
    prepared.digest  # noqa: B018 - computed here and not on the GUI thread
    rows = [loaded.snapshot.row_of[i] for i in prepared.ids]
    entries = tuple(loaded.snapshot.entries[k] for k in rows)
    return replace(
        loaded,
        prepared=prepared,
        entries=entries,
        links=links(prepared, entries),
        bits_per_byte=geometry.mean_bits_per_byte(loaded.snapshot)[rows],
        remarks=remarks(prepared, sum(other_rule(e, loaded.rule) for e in shown)),
    )


def remarks(prepared: geometry.Prepared, n_other_rule: int) -> tuple[Remark, ...]:
    """What has to be said on a map: over which texts it is, and what is mixed or left out."""
    out = []
    if prepared.n_partial:
        first = prepared.sample[:1].upper() + prepared.sample[1:]
        out.append(Remark(f"{first}. The errors are common to all pairs."))
    if n_other_rule:
        entries = "1 entry" if n_other_rule == 1 else f"{count(n_other_rule)} entries"
        out.append(Remark(f"Left out: {entries} with another BOS rule.", "warn"))
    return (*out, *(Remark(caution, "warn") for caution in prepared.cautions))


def with_edits(loaded: Loaded, edits: Mapping[str, Mapping[str, Any]]) -> Loaded:
    """The project as it will be when the edits (entry id -> field -> value) are written."""
    if not edits:
        return loaded

    def put(entries: tuple[Entry, ...]) -> tuple[Entry, ...]:
        return tuple(e.with_(**edits[e.id]) if e.id in edits else e for e in entries)

    snapshot = dataclasses.replace(loaded.snapshot, entries=put(loaded.snapshot.entries))
    return replace(loaded, snapshot=snapshot, entries=put(loaded.entries))


def _with_old_entries(snapshot: Snapshot, before: Loaded | None) -> Snapshot:
    if before is None:
        return snapshot
    old = {e.id: e for e in before.snapshot.entries}
    entries = tuple(old[e.id] if old.get(e.id) == e else e for e in snapshot.entries)
    if [*map(id, entries)] == [*map(id, before.snapshot.entries)]:
        entries = before.snapshot.entries
    return dataclasses.replace(snapshot, entries=entries)


@dataclass(frozen=True, eq=False)
class PictureRequest:
    """Which picture is wanted, and what may stand in for computing it.

    Attributes
    ----------
    known : tuple of Embedding
        Finished pictures besides those in the file.
    bases : tuple of Embedding
        Those of them into which entries may be placed.
    stored : bool
        Whether pictures in the file may be placed into.
    joining : bool
        False: a picture is a base only if it shows all rows already.
    at_once : bool
        False leaves out the PCA that only fills the time until t-SNE's first state.
    """

    path: Path
    prepared: geometry.Prepared
    spec: EmbedSpec
    at_once: bool = True
    known: tuple[Embedding, ...] = ()
    bases: tuple[Embedding, ...] = ()
    stored: bool = True
    joining: bool = True


@dataclass(frozen=True, eq=False)
class Picture:
    """An embedding that is ready now: cached, placed, or PCA. ``final`` = nothing to wait for.

    ``base`` is what entries were placed into; ``keep`` = it is in the file, so that the placed
    picture can be put there too.
    """

    embedding: Embedding | None
    final: bool
    base: Embedding | None = None
    keep: bool = False


def picture(request: PictureRequest) -> Picture:
    """The finished map of these rows and parameters, else one to place into, else PCA at once."""
    prepared, spec = request.prepared, request.spec
    params = embedding.make_params(spec.method, dataclasses.asdict(spec))
    plan = embedding.plan(len(prepared.ids), params)
    key = embedding.cache_key(prepared, params)
    made = next((e for e in request.known if e.key == key), None)
    if made is None and not prepared.provisional:
        made = store.read_embedding(request.path, key)
    if made is not None:
        return Picture(_noted(made, plan.note), final=True)
    joined = _joined(request, params)
    if joined is not None:
        return joined
    final = plan.params.method == "pca"
    if not (request.at_once or final):
        return Picture(None, final=False)
    first = embedding.make_params("pca", {"dims": spec.dims})
    asked = plan.params if final else first
    result = embedding.embed(prepared, asked, lambda _state: None, Control())
    return Picture(_noted(result, plan.note), final=final)


def _joined(request: PictureRequest, params: embedding.Params) -> Picture | None:
    prepared = request.prepared
    stored: tuple[Embedding, ...] = ()
    if request.stored and not prepared.provisional:
        stored = store.read_embeddings(request.path)
    candidates = [*request.bases, *stored]
    if not request.joining:
        candidates = [e for e in candidates if place.whole(prepared, e)]
    base = place.best_base(candidates, prepared, params)
    if base is None:
        return None
    keys = {e.key for e in stored}
    if place.whole(prepared, base):
        return Picture(base, final=True)
    made = place.place(prepared, base, Control())
    return Picture(made, final=True, base=base, keep=place.base_key(base) in keys)


@dataclass(frozen=True, eq=False)
class Judged:
    """How true a finished picture is: per segment and per entry."""

    links: Links
    faith: Faith


def links(prepared: geometry.Prepared, entries: tuple[Entry, ...]) -> Links:
    """Consecutive entries of the runs with their KL; how they are drawn is not known yet.

    ``entries`` are those of ``prepared``. KL and standard error come from the differences (method
    page, section 1): the whole matrix is not needed yet.
    """
    rows = consecutive(entries)
    kl, squares = np.zeros(len(rows)), np.zeros(len(rows))
    for k, (a, b) in enumerate(rows.tolist()):
        u = (prepared.qs[a] - prepared.qs[b]) ** 2
        kl[k], squares[k] = u.sum(), u @ u
    return Links(rows, kl, se=np.sqrt(np.maximum(squares - kl**2 / prepared.n_texts, 0.0)))


def judged(prepared: geometry.Prepared, tables: MapTables) -> Judged:
    """What the picture in these tables says about its own truth."""
    at = np.array([prepared.row_of[e.id] for e in tables.entries], np.int64)
    kl = prepared.kl if len(at) == len(prepared.ids) else prepared.kl[np.ix_(at, at)]
    trust = embedding_faith.trustworthiness(kl, tables.coords)
    near = embedding_faith.true_neighbours(kl)
    before = tables.links
    ends = tables.coords[before.rows].astype(np.float64)
    drawn = np.sqrt(((ends[:, 0] - ends[:, 1]) ** 2).sum(axis=1))
    gap = excess(before.kl, drawn).astype(np.float32)
    return Judged(dataclasses.replace(before, gap=gap), Faith(trust, near))


def _noted(found: Embedding, note: str) -> Embedding:
    return dataclasses.replace(found, info={**found.info, "note": note})


def neighbours(prepared: geometry.Prepared, entries: tuple[Entry, ...], entry_id: str, k: int):
    """The ``k`` nearest entries of one, and up to 6 from other runs at the nearest step."""
    by_id = {e.id: e for e in entries}
    kl, se = geometry.kl_to(prepared, entry_id)
    order = np.argsort(kl, kind="stable")
    rows = [r for r in order if prepared.ids[r] != entry_id]
    found = tuple(_neighbour(by_id[prepared.ids[r]], kl[r], se[r]) for r in rows[:k])
    return found, _ladder(prepared, by_id, entry_id, kl, se)


def _neighbour(entry: Entry, kl: float, se: float) -> Neighbour:
    return Neighbour(entry.id, entry.label, entry.run, entry.step, float(kl), float(se))


def _ladder(prepared, by_id, entry_id, kl, se) -> tuple[Neighbour, ...]:
    me = by_id[entry_id]
    best: dict[str, tuple[int, int]] = {}
    for r, i in enumerate(prepared.ids):
        if i == entry_id:
            continue
        e = by_id[i]
        name = e.run if e.run != me.run else ("next" if e.step > me.step else "previous")
        gap = abs(e.step - me.step)
        if name not in best or gap < best[name][0]:
            best[name] = (gap, r)
    rows = [r for _, r in sorted(best.values())][:6]
    return tuple(_neighbour(by_id[prepared.ids[r]], kl[r], se[r]) for r in rows)


@dataclass(frozen=True, eq=False)
class Silhouette:
    """KL between neighbouring steps of one run, bits/byte; ``steps`` are the later ends."""

    run: str
    steps: NDArray[np.float64]
    kl: NDArray[np.float64]


def silhouette(prepared: geometry.Prepared, entries: tuple[Entry, ...], run: str) -> Silhouette:
    mine = sorted((e for e in entries if e.run == run and e.step >= 0), key=lambda e: e.step)
    ids = [e.id for e in mine]
    if len(ids) < 3:
        return Silhouette(run, np.zeros(0), np.zeros(0))
    kl = geometry.consecutive_kl(prepared, ids)
    return Silhouette(run, np.array([e.step for e in mine[1:]], dtype=float), kl)


def look_into(names: tuple[str, ...]) -> tuple[Listing, ...]:
    """What sources hold, with digests."""
    cache = sources.user_cache().load()
    return tuple(sources.resolve(name, cache=cache) for name in names)


def look_into_cache() -> Listing:
    """Everything in the Hugging Face cache; weights are not read."""
    return sources.resolve("cache:", digests=False)


def bytes_per_token(path: Path) -> float:
    """Mean bytes of a token over the texts and tokenizers of a project; 0 = not known yet."""
    counts = store.read_tokenizations(path)
    if not counts:
        return 0.0
    n_bytes = store.read_texts(path).n_bytes
    known = [(n_bytes[n >= 0].sum(), n[n >= 0].sum()) for n in counts.values()]
    tokens = sum(n for _, n in known)
    return float(sum(b for b, _ in known) / tokens) if tokens else 0.0


def machine() -> str:
    """One sentence about this computer, without torch."""
    cores = available_cores()
    gpus = _nvidia_names()
    gpu = ", ".join(gpus) if gpus else "no GPU"
    tokens = 1_000_000 / BYTES_PER_TOKEN
    minutes = max(1, round(tokens / rate(160_000_000, ()) / 60))
    if gpus:
        return f"{cores} cores, {gpu}."
    return f"{cores} cores, {gpu}. A 160M model takes about {minutes} minutes for 1,000 texts."


def devices() -> tuple[tuple[str, str], ...]:
    """(setting, words) of the devices a job can be given here, without torch."""
    gpus = _nvidia_names()
    each = tuple((f"cuda:{i}", f"GPU {i}, {name}") for i, name in enumerate(gpus))
    every = ",".join(key for key, _ in each)
    several = ((every, "All GPUs, a model each"), ("spread", "All GPUs, one model over them"))
    apple = sys.platform == "darwin" and platform.machine() == "arm64"
    return (
        ("auto", "Automatic"),
        ("cpu", "CPU"),
        *each,
        *(several if len(gpus) > 1 else ()),
        *((("mps", "Apple GPU"),) if apple else ()),
    )


def _nvidia_names() -> list[str]:
    program = shutil.which("nvidia-smi")
    if program is None:
        return []
    command = [program, "--query-gpu=name", "--format=csv,noheader"]
    try:
        done = subprocess.run(command, capture_output=True, text=True, timeout=10)
    except (OSError, subprocess.TimeoutExpired):
        return []
    return [line.strip() for line in done.stdout.splitlines() if line.strip()]
