"""What the name of a model says: family, size, run, step, seed, layer, quantization. Pure.

A name is a hint. What a source says in fields of its own comes first, what the name does not say
stays unknown, and everything can be corrected afterwards (``klscope edit``).
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from compute.core.tables import Entry

_UNITS = {"k": 10**3, "m": 10**6, "b": 10**9, "t": 10**12}
_EDGE, _END = r"(?:^|(?<=[-_./@ ]))", r"(?=$|[-_./@ ])"
_SIZE = re.compile(
    rf"{_EDGE}(?:(?P<experts>\d{{1,3}})x)?(?P<whole>\d{{1,6}})(?:[._](?P<part>\d{{1,6}}))?(?P<unit>[mb])"
    rf"(?:x(?P<times>\d{{1,3}}))?{_END}",
    re.IGNORECASE,
)
_SPLIT_SIZE = re.compile(
    rf"{_EDGE}(?P<whole>\d{{1,6}})(?P<unit>[mb])(?P<part>\d){_END}", re.IGNORECASE
)
_STEP = re.compile(
    rf"""[-_./@ ]? (?: global[-_]?step | checkpoint | ckpt | step | iter ) [-_=]?
         (?P<step>\d{{1,12}}) (?P<scale>k)?
         (?: [-_] (?: tokens? [-_]? )?
             (?P<tokens>\d{{1,6}}(?:\.\d{{1,6}})?) (?P<unit>[kmbt]) )? {_END}""",
    re.IGNORECASE | re.VERBOSE,
)
_SEED = re.compile(r"(?:^|[-_./@ ])seed[-_=]?(?P<seed>\d{1,9})(?!\d)", re.IGNORECASE)
_LAYER = re.compile(rf"[-_./@ ]layer[-_=. ]?(?P<layer>\d{{1,6}}){_END}", re.IGNORECASE)
_QUANTIZED = re.compile(
    r"""[-_. /@] (?P<how>
          (?:bnb[-_])? (?: 8[-_]?bit | 4[-_]?bit | int8 | int4 | nf4 | fp4 | fp8 )
        | (?: gptq | awq | hqq | aqlm | exl2 | eetq )
          (?: [-_] (?:int)? [2-8] (?: [-_]?bits? )? )? (?: [-_]\d+g )?
        | gguf | ggml | w\da\d+ | q\d_[a-z0-9]+(?:_[a-z]+)?
        ) $""",
    re.IGNORECASE | re.VERBOSE,
)
_FAMILIES = (
    ("pythia", r"pythia"),
    ("polyglot", r"polyglot"),
    ("gpt_neox", r"gpt[-_]?neo[-_]?x"),
    ("gpt-neo", r"gpt[-_]?neo"),
    ("gptj", r"gpt[-_]?j"),
    ("gpt2", r"gpt[-_]?2"),
    ("tinyllama", r"tiny[-_]?llama"),
    ("codellama", r"code[-_]?llama"),
    ("open_llama", r"open[-_]llama"),
    ("llama-4", r"llama[-_]?4"),
    ("llama-3", r"llama[-_]?3(?!b)"),
    ("llama-2", r"llama[-_]?2"),
    ("llama-1", r"llama[-_](?:7|13|30|33|65)b"),
    ("mixtral", r"mixtral"),
    ("mistral", r"mistral|zephyr"),
    ("gemma", r"gemma"),
    ("falcon", r"falcon"),
    ("opt", r"(?:^|[-_/])opt[-_]"),
    ("deepseek", r"deepseek"),
    ("qwen", r"qwen"),
    ("phi", r"(?:^|[-_/])phi[-_]?\d"),
    ("bloom", r"bloom"),
    ("olmo", r"olmo"),
    ("smollm", r"smollm"),
    ("stablelm", r"stable[-_]?lm"),
    ("starcoder", r"starcoder"),
    ("mpt", r"(?:^|[-_/])mpt[-_]"),
    ("mamba", r"mamba"),
    ("rwkv", r"rwkv"),
    ("yi", r"(?:^|/)yi[-_]"),
    ("internlm", r"internlm"),
    ("granite", r"granite"),
    ("solar", r"(?:^|[-_/])solar[-_]"),
    ("llama", r"llama"),
)
_COMPILED = tuple((family, re.compile(words, re.IGNORECASE)) for family, words in _FAMILIES)


@dataclass(frozen=True, slots=True)
class Named:
    """What a name says; "" and -1 = it does not.

    ``base`` is the name without what makes it a variant or a checkpoint: the parent of a quantized
    model or a layer, the run of a checkpoint. ``n_params`` is the nominal number, such as
    6,900,000,000 for ``6.9b``; experts (``8x7b``) give a size and no number.
    """

    base: str
    family: str = ""
    size: str = ""
    n_params: int = -1
    step: int = -1
    tokens_seen: int = -1
    seed: int = -1
    layer: int = -1
    quantization: str = ""


def named(name: str) -> Named:
    """Read a name such as ``EleutherAI/pythia-410m-seed1-step1000`` or ``org/model-7b-8bit``."""
    base, quantization = quantization_of(name)
    base, layer = _without(base, _LAYER)
    base, step = _without(base, _STEP)
    size, n_params = size_of(base)
    seed = _SEED.search(base)
    return Named(
        base=base or name,
        family=family_of(base),
        size=size,
        n_params=n_params,
        step=int(step["step"]) * (1000 if step["scale"] else 1) if step else -1,
        tokens_seen=_scaled(step["tokens"], step["unit"]) if step and step["tokens"] else -1,
        seed=int(seed["seed"]) if seed else -1,
        layer=int(layer["layer"]) if layer else -1,
        quantization=quantization,
    )


def _without(name: str, pattern: re.Pattern[str]) -> tuple[str, re.Match[str] | None]:
    """The name without the last match, and that."""
    found = None
    for found in pattern.finditer(name):  # noqa: B007 - the last one counts
        pass
    if found is None:
        return name, None
    rest = name[: found.start()] + name[found.end() :]
    return rest.rstrip("-_./@ "), found


def quantization_of(name: str) -> tuple[str, str]:
    """(name without it, how): only at the end, since ``X-4bit-chat`` is a chat model of ``X-4bit``.

    ``8bit``, ``4bit``, ``int8``, ``nf4``, ``gptq``, ``gptq-4bit``, ``awq``, ``gguf``, ``q4_k_m``.
    """
    how: list[str] = []
    while found := _QUANTIZED.search(name):
        words = found["how"].lower().replace("_bit", "bit").replace("-bit", "bit")
        how.insert(0, words.removeprefix("bnb-").removeprefix("bnb_"))
        name = name[: found.start()]
    return name, "-".join(how)


def size_of(name: str) -> tuple[str, int]:
    """(``410m``, 410,000,000); ``bloom-7b1`` is ``7.1b``, ``stablelm-2-1_6b`` is ``1.6b``."""
    if found := _SPLIT_SIZE.search(name):
        text = f"{found['whole']}.{found['part']}"
        return text + found["unit"].lower(), _scaled(text, found["unit"])
    if found := _SIZE.search(name):
        text = found["whole"] + (f".{found['part']}" if found["part"] else "")
        experts = found["experts"] or found["times"]
        number = -1 if experts else _scaled(text, found["unit"])
        return (f"{experts}x" if experts else "") + text + found["unit"].lower(), number
    return "", -1


def _scaled(number: str, unit: str) -> int:
    return round(float(number) * _UNITS[unit.lower()])


def params_of(size: str) -> int:
    """``6.9b`` or ``410M`` -> parameters; -1 = it says no number."""
    found = re.fullmatch(r"(\d{1,6}(?:\.\d{1,6})?)([kmbt])", size.strip(), re.IGNORECASE)
    return _scaled(found[1], found[2]) if found else -1


def family_of(name: str) -> str:
    """``llama-3`` of ``NousResearch/Hermes-2-Pro-Llama-3-8B``; "" = no known family's name."""
    return next((family for family, words in _COMPILED if words.search(name)), "")


def entry_of(name: str, *, steps: bool = True, **known: Any) -> Entry:
    """An entry with everything that its name says; ``known`` fields come first.

    ``steps=False``: a step in the name makes no checkpoint of a run, as in a list of published
    models that are compared as they are.
    """
    said = named(name)
    is_step = steps and said.step >= 0
    fields: dict[str, Any] = {
        "id": name,
        "label": name,
        "family": said.family,
        "size": said.size,
        "n_params": said.n_params,
        "tokens_seen": said.tokens_seen,
        "seed": said.seed,
        "layer": said.layer,
        "quantization": said.quantization,
        "step": said.step if is_step else -1,
        "run": said.base if is_step else "",
    }
    if is_step and said.layer < 0 and not said.quantization:
        fields["relation"] = "checkpoint-of"
    return Entry(**{**fields, **known})


def with_parents(entries: Sequence[Entry]) -> tuple[Entry, ...]:
    """The same entries, with the parents of quantized models and layers found among them.

    A name alone is no proof of a parent that is not there: what is not found stays unknown.
    """
    names = {e.id for e in entries} | {e.label for e in entries}
    short = Counter(_short(e.label or e.id) for e in entries if not e.quantization and e.layer < 0)
    by_short = {_short(e.label or e.id): e.id for e in entries if short[_short(e.label or e.id)]}
    return tuple(_with_parent(e, names, short, by_short) for e in entries)


def _with_parent(
    entry: Entry, names: Iterable[str], short: Counter[str], by_short: dict[str, str]
) -> Entry:
    if entry.parent or not (entry.quantization or entry.layer >= 0):
        return entry
    relation = entry.relation or ("layer-of" if entry.layer >= 0 else "quantized-from")
    base = named(entry.id).base
    if base != entry.id and base in names:
        return entry.with_(parent=base, relation=relation)
    if base != entry.id and short[_short(base)] == 1:
        return entry.with_(parent=by_short[_short(base)], relation=relation)
    return entry.with_(relation=relation) if entry.layer >= 0 else entry


def _short(name: str) -> str:
    return name.rpartition("/")[2].lower()


def parents_of(declared: Any) -> tuple[str, ...]:
    """Parents as a hub declares them: a name, null, or a list of names or of ``{"id": name}``."""
    if isinstance(declared, str):
        return (declared,) if declared.strip() else ()
    if isinstance(declared, list | tuple):
        names = (part.get("id") or part.get("name") if isinstance(part, dict) else part
                 for part in declared)  # fmt: skip
        return tuple(dict.fromkeys(n for n in names if isinstance(n, str) and n.strip()))
    return ()


def with_declared(entry: Entry, parents: Sequence[str]) -> Entry:
    """The entry with its declared parents: one = fine-tuned from it, several = merged from them.

    A model that declares itself as its parent has none.
    """
    found = [name for name in parents if name != entry.id]
    if not found:
        return entry
    relation = "fine-tune-of" if len(found) == 1 else "merge-of"
    return entry.with_(parent=found[0], other_parents=tuple(found[1:]), relation=relation)
