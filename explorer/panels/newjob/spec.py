"""What the new-job panel says. Pure."""

from __future__ import annotations

from dataclasses import dataclass, fields

from compute.core.numbers import count, duration, short_count, size
from explorer.state.jobs import Cost, NewJobState, ScoreOptions

DTYPES = (
    ("auto", "Automatic"),
    ("float32", "float32"),
    ("bfloat16", "bfloat16"),
    ("float16", "float16"),
)
PRECISION_TIP = (
    "Precision of the weights while scoring. Automatic: as stored on a GPU, float32 on a CPU. "
    "Sums are always exact; the noise floor of each entry is measured."
)
DEVICE_TIP = "Where the models run. Several GPUs score one model each; a very large one is spread."


@dataclass(frozen=True, slots=True)
class Way:
    """One value of an option: its words, and what it means in one line."""

    value: str | int | bool | tuple[int, ...] | tuple[str, ...]
    words: str
    sentence: str


@dataclass(frozen=True, slots=True)
class Option:
    """A field of :class:`~explorer.state.jobs.ScoreOptions`; the first way is the default."""

    field: str
    title: str
    ways: tuple[Way, ...]

    def way(self, options: ScoreOptions) -> Way:
        """The chosen one."""
        value = getattr(options, self.field)
        return next(way for way in self.ways if way.value == value)


OPTIONS = (
    Option(
        "bos",
        "BOS rule",
        (
            Way("tokenizer", "By tokenizer", "Texts begin as each tokenizer begins them."),
            Way("prepend", "Prepended", "BOS, or else EOS, stands before every text."),
            Way("skip-first", "Skip first", "The first token of a text is never scored."),
        ),
    ),
    Option(
        "long_texts",
        "Long texts",
        (
            Way("skip", "Skip", "A text longer than the context gets no score."),
            Way("window", "Windows", "They are scored in overlapping windows; entries say so."),
        ),
    ),
    Option(
        "one_visit",
        "Order",
        (
            Way(False, "In two rounds", "First texts of all, then the rest: a map comes early."),
            Way(True, "One by one", "Each checkpoint is read once; the map comes late."),
        ),
    ),
    Option(
        "batch_tokens",
        "Batches",
        (
            Way(0, "By formula", "Their size follows from the model and the memory."),
            Way(-1, "By trial", "Larger ones are tried first; what fits is kept."),
        ),
    ),
    Option(
        "tokens",
        "Tokens",
        (
            Way(False, "Not kept", "Only the sum of each text is kept."),
            Way(True, "Kept", "Every token's log-probability: 2 bytes each, beside the project."),
        ),
    ),
    Option(
        "layers",
        "Layers",
        (
            Way((), "Not kept", "Only the model itself becomes an entry."),
            Way((-1,), "All kept", "One pass gives all; each costs one more output layer."),
        ),
    ),
    Option(
        "quantize",
        "Quantized",
        (
            Way((), "Not scored", "Only the weights as they are."),
            Way(("8bit",), "8-bit", "Scored once more in 8 bits (LLM.int8); needs bitsandbytes."),
            Way(("nf4",), "4-bit NF4", "Scored once more in NF4; needs bitsandbytes."),
            Way(("fp4",), "4-bit FP4", "Scored once more in FP4; needs bitsandbytes."),
            Way(
                ("8bit", "nf4", "fp4"),
                "All three",
                "Scored three times more: 8-bit, NF4 and FP4; needs bitsandbytes.",
            ),
        ),
    ),
)


def n_changed(options: ScoreOptions) -> int:
    """How many options are not at their default."""
    usual = ScoreOptions()
    return sum(getattr(options, f.name) != getattr(usual, f.name) for f in fields(options))


def mixing(state: NewJobState) -> str:
    """What it means to bring another BOS rule into the project; "" = it has the same."""
    rule = state.options.bos
    if not state.project_rule or not state.n_of_rule or rule == state.project_rule:
        return ""
    entries = "1 entry" if state.n_of_rule == 1 else f"{count(state.n_of_rule)} entries"
    return (
        f"This project has {entries} with the BOS rule {state.project_rule}. Entries with {rule} "
        "are not compared with them: the map leaves out whichever are fewer."
    )


def title(cost: Cost) -> str:
    n = cost.n_checkpoints
    return f"Score {count(n)} checkpoint{'' if n == 1 else 's'}" if n else "Score checkpoints"


def cost_words(cost: Cost) -> str:
    """ "59 checkpoints x 1,000 texts, 15 M tokens, about 7 min". Only what is known."""
    if not cost.n_checkpoints or not cost.n_texts:
        return ""
    each = f" × {cost.n_each} ways" if cost.n_each > 1 else ""
    parts = [f"{count(cost.n_checkpoints)}{each} × {count(cost.n_texts)} texts"]
    if cost.n_tokens >= 0:
        parts.append(f"{short_count(cost.n_tokens)} tokens")
    if cost.n_bytes > 0:
        parts.append(f"{size(cost.n_bytes)} to read")
    if cost.seconds >= 0:
        parts.append(f"{'about' if cost.measured else 'roughly'} {duration(cost.seconds)}")
    return " · ".join(parts)


def cost_tip(cost: Cost) -> str:
    """Where the estimates come from."""
    tokens = "the project's own tokenizers" if cost.tokens_known else "3.5 bytes per token"
    time = (
        "the speed of earlier jobs on this machine"
        if cost.measured
        else "the usual speed of a CPU, since no job has been measured here yet"
    )
    layers = " Layers take longer than that." if cost.with_layers else ""
    return f"Tokens by {tokens}. Time by {time}. Weights are read in every round.{layers}"


def short(words: str, most: int = 44) -> str:
    """The beginning and the end of what would be too long for a button."""
    half = most // 2 - 1
    return words if len(words) <= most else f"{words[:half]}…{words[-half:]}"


def why_not(state: NewJobState) -> str:
    """Why *Start* is off; "" = it is on."""
    if state.problem:
        return state.problem
    if not state.cost.n_checkpoints:
        return "Nothing to score. Tick checkpoints that are not scored yet."
    return "" if state.texts_label else "Choose a text set first."
