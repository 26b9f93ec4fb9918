"""The ladder's layout, and an entry as words. Pure."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from compute.core.numbers import COMMON_ERRORS, THIN, count, millions, plain, with_se
from compute.core.rules import WINDOWED, other_rule
from compute.core.tables import Entry
from explorer.state.ladder import DECADES, RUNGS, between, level, spread
from explorer.state.many import SAME, TWO, Many
from explorer.state.map import InspectorModel, Neighbour

PROVISIONAL = "Provisional: the clip value may still move until the first job ends."
RIGHT_GAP, LEFT_GAP = 14.0, 15.0
EDGE, FLOOR_LEAST = 8.0, 12.0


@dataclass(frozen=True, slots=True)
class Rung:
    """``y`` is its place on the spine, ``y_name`` that of its words."""

    name: str
    value: str
    y: float
    y_name: float


@dataclass(frozen=True, slots=True)
class Place:
    """A neighbour, or a median, left of the spine; ``y_low`` to ``y_high`` is its SE or quartiles.

    ``run`` gives its mark; where it is "" the mark is a disc in the colour ``token``.
    """

    run: str
    name: str
    kl: float
    y: float
    y_low: float
    y_high: float
    y_name: float
    token: str = ""


@dataclass(frozen=True, slots=True)
class Ladder:
    """Everything the ladder paints. ``floor`` is the top of the hatched noise floor, or None."""

    top: float
    bottom: float
    rungs: tuple[Rung, ...]
    places: tuple[Place, ...]
    decades: tuple[float, ...]
    floor: float | None


def ladder(model: InspectorModel | None, height: float) -> Ladder:
    """Lay out rungs and the neighbours of ``model`` on a spine in ``height`` px."""
    if model is None:
        return _ladder(height, (), math.nan)
    own = model.entry.run
    known = [n for n in model.ladder or model.neighbours if math.isfinite(n.kl)]
    stands = [
        _Stand(n.run or n.label, short_name(n, own), n.kl, n.kl - n.se, n.kl + n.se) for n in known
    ]
    return _ladder(height, stands, model.entry.noise_floor)


def many_ladder(many: Many | None, height: float) -> Ladder:
    """Rungs, and the medians inside a selection."""
    pairs = many.pairs if many is not None else ()
    stands = [_Stand("", p.name, p.median, p.low, p.high, _TOKENS[p.name]) for p in pairs]
    return _ladder(height, stands, math.nan)


_TOKENS = {TWO: "text", SAME: "accent"}


@dataclass(frozen=True, slots=True)
class _Stand:
    """What stands on the spine, bits/byte."""

    run: str
    name: str
    kl: float
    low: float
    high: float
    token: str = ""


def _ladder(height: float, stands: Sequence[_Stand], noise_floor: float) -> Ladder:
    top, bottom = EDGE, height - EDGE

    def at(kl: float) -> float:
        return level(kl, top, bottom)

    ys = [at(value) for _, value in RUNGS]
    names = spread(ys, RIGHT_GAP, top, bottom - FLOOR_LEAST - 4)
    rungs = tuple(
        Rung(name, f"{value:g}", y, y_name)
        for (name, value), y, y_name in zip(RUNGS, ys, names, strict=True)
    )
    floor = None
    if math.isfinite(noise_floor):
        floor = min(at(noise_floor), bottom - FLOOR_LEAST)
    places = _places(stands, at, (top, bottom))
    return Ladder(top, bottom, rungs, places, tuple(at(d) for d in DECADES), floor)


def _places(
    stands: Sequence[_Stand], at: Callable[[float], float], ends: tuple[float, float]
) -> tuple[Place, ...]:
    found = sorted(stands, key=lambda s: -s.kl)
    ys = [at(s.kl) for s in found]
    names = spread(ys, LEFT_GAP, *ends)
    return tuple(
        Place(s.run, s.name, s.kl, y, at(s.low), at(s.high), y_name, s.token)
        for s, y, y_name in zip(found, ys, names, strict=True)
    )


def short_name(neighbour: Neighbour, own_run: str) -> str:
    """The step within the same run, else the run."""
    if neighbour.run and neighbour.run == own_run and neighbour.step >= 0:
        return f"step {count(neighbour.step)}"
    return neighbour.run or neighbour.label


# -- the card --------------------------------------------------------------------------------------


def title(entry: Entry) -> str:
    if entry.step >= 0:
        return f"{entry.run or entry.label}, step {count(entry.step)}"
    return entry.label or entry.id


def sentence(entry: Entry) -> str:
    """What kind of thing it is; only what is known."""
    what = {
        "fine-tune-of": "Fine-tune",
        "quantized-from": "Quantized variant",
        "layer-of": "Layer",
        "adapter-on": "Adapter",
        "merge-of": "Merge",
    }.get(entry.relation, "Checkpoint" if entry.step >= 0 else "Model")
    size = f"{millions(entry.n_params)}-parameter" if entry.n_params > 0 else ""
    kind = " ".join(x for x in (size, entry.family) if x)
    if not kind:
        return ""
    joined = f"{what} of {'an' if kind[0] in 'aeiou8' else 'a'} {kind}"
    return joined + " model."


def facts(model: InspectorModel) -> tuple[tuple[str, str], ...]:
    """(name, value) rows of the card."""
    e = model.entry
    found = []
    if e.parents:
        found.append((_PARENT.get(e.relation, "Comes from"), _some(e.parents)))
    if math.isfinite(model.bits_per_byte):
        found.append(("Mean loss", f"{model.bits_per_byte:.3f} bits/byte"))
    device = e.device.upper() if e.device in ("cpu", "mps") else e.device
    scored = ", ".join(x for x in (e.dtype, e.quantization, device, BOS.get(e.bos, e.bos)) if x)
    if scored:
        found.append(("Scored as", scored))
    if 0 < e.n_scored < model.n_total:
        found.append(("Texts", f"{count(e.n_scored)} of {count(model.n_total)} scored"))
    if math.isfinite(e.noise_floor):
        found.append(("Noise floor", f"{plain(e.noise_floor)} bits/byte"))
    return (*found, *((_cut(name, 24), _cut(value, 120)) for name, value in e.metadata[:MOST_SAID]))


_PARENT = {
    "checkpoint-of": "Checkpoint of",
    "fine-tune-of": "Fine-tuned from",
    "quantized-from": "Quantized from",
    "layer-of": "Layer of",
    "adapter-on": "Adapter on",
    "merge-of": "Merge of",
}
MOST_NAMED, MOST_SAID = 4, 8


def _some(names: Sequence[str]) -> str:
    """``a, b, c, d and 3 more``."""
    more = len(names) - MOST_NAMED
    return ", ".join(names[:MOST_NAMED]) + (f" and {count(more)} more" if more > 0 else "")


def _cut(text: str, longest: int) -> str:
    """One line of text, not too long."""
    plain_text = " ".join(text.split())
    return plain_text if len(plain_text) <= longest else plain_text[: longest - 1] + "…"


BOS = {
    "tokenizer": "BOS by tokenizer",
    "prepend": "BOS prepended",
    "skip-first": "first token not scored",
}


def problem(model: InspectorModel) -> str:
    """Why the entry has no vector; "" = it has one, or may still get one."""
    e = model.entry
    return (e.error or "Its scoring failed.") if e.status == "failed" else ""


def caution(model: InspectorModel) -> str:
    """What to keep in mind with the numbers of the card; "" = nothing."""
    e, parts = model.entry, []
    if e.status == "partial" and e.error:
        parts.append(f"Scoring stopped: {e.error}")
    if other_rule(e, model.rule):
        parts.append(
            f"Scored with another BOS rule ({e.bos}) than most of this project ({model.rule}): "
            "it is not compared with the rest."
        )
    if WINDOWED in e.tags:
        parts.append("Texts longer than its context were scored in windows.")
    if model.sample:
        parts.append(f"Provisional: over the {model.sample} until scoring ends.")
    elif model.provisional:
        parts.append(PROVISIONAL)
    return " ".join(parts)


def sample(model: InspectorModel) -> str:
    """ "N = 500 texts", or "N = 500 of 10,000 texts"."""
    of = f" of {count(model.n_total)}" if model.sample else ""
    return f"N = {count(model.n_texts)}{of} texts"


def short_digest(digest: str) -> str:
    """ "9f3c 61ab 07e2"."""
    return " ".join(digest[i : i + 4] for i in range(0, min(len(digest), 12), 4))


def kl_words(neighbour: Neighbour) -> tuple[str, str]:
    """Value and " ± SE" with thin spaces; the second is empty where there is none."""
    value, se = with_se(neighbour.kl, neighbour.se)
    return value, f"{THIN}±{THIN}{se}" if se else ""


def kl_tip(neighbour: Neighbour, model: InspectorModel) -> str:
    """How the number was made, and where it stands."""
    return (
        f"KL {plain(neighbour.kl)} bits/byte, {between(neighbour.kl)}. "
        f"Estimator ½ Var, {sample(model)}, recipe {model.recipe}."
        + (f" {COMMON_ERRORS}" if model.sample else "")
    )
