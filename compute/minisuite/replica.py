"""The plan of the replica: the paper in miniature, as data. No torch.

A plan says which runs are grown, what goes wrong in two of them on purpose, which models are
fine-tuned, and which are scored layer by layer and quantized. Its stages and their budgets follow
from it. ``jobs.replica`` carries it out.

Decided: every run has an interval that divides its steps (analyses pair checkpoints exactly one
interval apart), and 102 of them, so that the first fifty after two intervals of warm-up and the
last fifty are the paper's groups "early" and "later". Budgets are minutes on two free cores.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from compute.core.errors import UsageError
from compute.core.specs import GrowSpec
from compute.minisuite.schedule import steps_to_save
from compute.minisuite.sizes import SIZES

WAYS = ("int8", "nf4", "fp4")
_TOKENIZER_BYTES = 170_000
_TEXT_BYTES = 1_000


@dataclass(frozen=True, slots=True)
class Tune:
    """A fine-tuned model: ``parent`` is a run (its last step) or another fine-tuned model."""

    name: str
    parent: str
    subject: str
    size: str


@dataclass(frozen=True, slots=True)
class Stage:
    """One part of the work. ``minutes`` is its budget; ``needs`` are (module, extra) pairs."""

    id: str
    title: str
    minutes: float
    needs: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True)
class Plan:
    """Everything that a replica is made from.

    ``sizes`` are grown with seed 0, ``seed_size`` with ``seeds`` too. The run of ``copy_seed`` has
    a checkpoint, at ``copy_at``, whose files are those of the one before; the run of ``spike_seed``
    has a loss spike at ``spike_at``. ``layered`` and ``quantized`` name runs (their last steps) and
    fine-tuned models; token detail is kept of ``layered``. ``domains`` says how many held-out texts
    of which domain; the last makes up for those that have too few. ``minutes`` are the budgets of
    the stages.
    """

    name: str
    sizes: tuple[str, ...]
    seed_size: str
    seeds: tuple[int, ...]
    copy_seed: int
    spike_seed: int
    steps: int
    interval: int
    copy_at: int
    spike_at: int
    tunes: tuple[tuple[Tune, ...], ...]
    tune_steps: int
    layered: tuple[str, ...]
    quantized: tuple[str, ...]
    domains: tuple[tuple[str, int], ...]
    minutes: Mapping[str, float]
    every_file: int = 1
    n_threads: int = 2
    maps: tuple[int, ...] = (2, 3)
    ways: tuple[str, ...] = field(default=WAYS)

    @property
    def save_at(self) -> tuple[int, ...]:
        """The steps at which each run is saved."""
        return steps_to_save(self.steps, 0, self.interval)

    @property
    def runs(self) -> tuple[tuple[str, int], ...]:
        """(size, seed) of every run."""
        more = (*self.seeds, self.copy_seed, self.spike_seed)
        return tuple([(s, 0) for s in self.sizes] + [(self.seed_size, seed) for seed in more])

    @property
    def n_texts(self) -> int:
        return sum(n for _, n in self.domains)

    @property
    def n_entries(self) -> int:
        """Rows that the project has in the end: checkpoints, fine-tuned models, layers, variants,
        null controls."""
        layers = sum(SIZES[self.size_of(name)].layers + 1 for name in self.layered)
        tuned = sum(len(generation) for generation in self.tunes)
        variants = len(self.quantized) * (len(self.ways) + 1)
        return len(self.runs) * len(self.save_at) + tuned + layers + variants

    @property
    def disk_bytes(self) -> int:
        """About how much is written: models in float32, and the project twice."""
        models = [SIZES[size] for size, _ in self.runs for _ in self.save_at]
        models += [SIZES[t.size] for generation in self.tunes for t in generation]
        weights = sum(4 * m.n_params + _TOKENIZER_BYTES for m in models)
        return weights + 2 * self.n_entries * 4 * self.n_texts + 4 * _TEXT_BYTES * self.n_texts

    def size_of(self, name: str) -> str:
        """The size of a run or of a fine-tuned model."""
        tuned = {t.name: t.size for generation in self.tunes for t in generation}
        return tuned.get(name) or name.partition("-seed")[0]

    def grown(self, stage: str, out: str) -> GrowSpec:
        """What a stage of growing grows into ``out``."""
        size = (self.seed_size,)
        sizes, seeds, spike, copy = {
            "sizes": (self.sizes, (0,), -1, -1),
            "seeds": (size, self.seeds, -1, -1),
            "copy": (size, (self.copy_seed,), -1, self.copy_at),
            "spike": (size, (self.spike_seed,), self.spike_at, -1),
        }[stage]
        return GrowSpec(
            out, sizes, seeds, self.steps, 0, self.n_threads, n_texts=0, interval=self.interval,
            every_file=self.every_file, spike_at=spike, copy_at=copy,
        )  # fmt: skip

    @property
    def stages(self) -> tuple[Stage, ...]:
        """What is done, in order."""
        n, runs = len(self.save_at), len(self.runs)
        tuned = [len(generation) for generation in self.tunes]
        of = self.seed_size
        rows: list[tuple[str, str, tuple[tuple[str, str], ...]]] = [
            ("texts", f"{self.n_texts} held-out texts in {len(self.domains)} domains", ()),
            ("sizes", f"Grow {len(self.sizes)} sizes, {n} checkpoints each", ()),
            ("seeds", f"Grow {len(self.seeds)} more seeds of {of}", ()),
            ("copy", f"Grow one of {of} with a checkpoint saved twice, at {self.copy_at}", ()),
            ("spike", f"Grow one of {of} with a loss spike at {self.spike_at}", ()),
            *(
                (f"tune{k}", f"Fine-tune {m} models of generation {k}", ())
                for k, m in enumerate(tuned, start=2)
            ),
            ("score", f"Score {n * runs:,} checkpoints of {runs} runs", ()),
            ("score-tuned", f"Score {sum(tuned)} fine-tuned models", ()),
            ("tokens", f"Log-probabilities of tokens of {len(self.layered)} models", ()),
            ("layers", f"Score all layers of {len(self.layered)} models", ()),
            (
                "quantized",
                f"Score {len(self.quantized)} models in {', '.join(self.ways)} and null controls",
                (("bitsandbytes", "quant"), ("accelerate", "quant")),
            ),
            ("weights", f"Weight distances of {runs} runs", ()),
            ("recipes", "Recipes of the analyses of pretraining, kept and frozen", ()),
            (
                "maps",
                f"Maps in {' and '.join(map(str, self.maps))} dimensions",
                (("openTSNE", "embed"), ("sklearn", "embed")),
            ),
            ("example", "A compressed copy without the places of this machine", ()),
        ]
        return tuple(Stage(i, title, self.minutes[i], needs) for i, title, needs in rows)


def _family(size: str) -> tuple[tuple[Tune, ...], tuple[Tune, ...]]:
    """Two children of a size's run, and one more text for each of them."""
    docs, tests = f"{size}-documentation", f"{size}-tests"
    first = (
        Tune(docs, f"{size}-seed0", "documentation", size),
        Tune(tests, f"{size}-seed0", "tests", size),
    )
    second = (
        Tune(f"{docs}-licences", docs, "licences", size),
        Tune(f"{tests}-documentation", tests, "documentation", size),
    )
    return first, second


def _generations(*sizes: str) -> tuple[tuple[Tune, ...], ...]:
    families = [_family(size) for size in sizes]
    return tuple(tuple(t for family in families for t in family[k]) for k in (0, 1))


_EIGHT = (
    "120k-seed0", "280k-seed0", "460k-seed0", "800k-seed0", "1.3M-seed0", "280k-seed1",
    "280k-documentation", "1.3M-tests",
)  # fmt: skip

PLANS: dict[str, Plan] = {
    "replica": Plan(
        name="replica",
        sizes=("120k", "280k", "460k", "800k", "1.3M"),
        seed_size="280k",
        seeds=(1, 2, 3, 4),
        copy_seed=5,
        spike_seed=6,
        steps=102 * 32,
        interval=32,
        copy_at=60 * 32,
        spike_at=51 * 32,
        tunes=_generations("280k", "460k", "1.3M"),
        tune_steps=150,
        layered=_EIGHT,
        quantized=_EIGHT,
        domains=(
            ("network", 60), ("encodings", 45), ("data", 40), ("system", 55), ("language", 60),
            ("tools", 55), ("windows", 30), ("documentation", 65), ("licences", 30), ("tests", 60),
        ),
        minutes={
            "texts": 0.2, "sizes": 26, "seeds": 10.5, "copy": 3, "spike": 3, "tune2": 2,
            "tune3": 2, "score": 42, "score-tuned": 1, "tokens": 1, "layers": 1, "quantized": 3,
            "weights": 0.5, "recipes": 0.2, "maps": 0.5, "example": 0.2,
        },
    ),
    "replica-tiny": Plan(
        name="replica-tiny",
        sizes=("xxs", "120k"),
        seed_size="xxs",
        seeds=(1,),
        copy_seed=2,
        spike_seed=3,
        steps=12,
        interval=2,
        copy_at=6,
        spike_at=8,
        tunes=(
            (Tune("xxs-documentation", "xxs-seed0", "documentation", "xxs"),),
            (Tune("xxs-documentation-licences", "xxs-documentation", "licences", "xxs"),),
        ),
        tune_steps=2,
        layered=("xxs-seed0",),
        quantized=("120k-seed0",),
        domains=(("network", 8), ("documentation", 6), ("licences", 4), ("tests", 6)),
        minutes={
            "texts": 0.1, "sizes": 0.2, "seeds": 0.1, "copy": 0.1, "spike": 0.1, "tune2": 0.1,
            "tune3": 0.1, "score": 0.3, "score-tuned": 0.1, "tokens": 0.1, "layers": 0.1,
            "quantized": 0.1, "weights": 0.1, "recipes": 0.1, "maps": 0.1, "example": 0.1,
        },
        every_file=12,
        n_threads=1,
        maps=(2,),
    ),
}  # fmt: skip


def plan_named(name: str) -> Plan:
    """The plan of that name.

    Raises
    ------
    UsageError
        If there is none.
    """
    if name not in PLANS:
        raise UsageError(f"There is no plan {name!r}", advice=f"Choose from {', '.join(PLANS)}")
    return PLANS[name]
