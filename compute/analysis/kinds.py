"""How a variant is quantized, by its row of the model table."""

from __future__ import annotations

from dataclasses import dataclass

from compute.analysis.members import is_variant
from compute.core.quantization import NULL_TAG
from compute.core.tables import Entry

_NULL = ("", "none", "null", "null-control", "control", "no")
_EIGHT = ("8bit", "8-bit", "int8", "q8", "w8", "fp8")
_FOUR = ("4bit", "4-bit", "int4", "nf4", "fp4", "q4", "w4")
_TYPES = {
    "nf4": "NF4",
    "fp4": "FP4",
    "fp8": "FP8",
    "gptq": "GPTQ",
    "awq": "AWQ",
    "hqq": "HQQ",
    "aqlm": "AQLM",
    "int8": "int8",
    "int4": "int4",
}
UNKNOWN_TYPE = "type not recorded"


@dataclass(frozen=True, slots=True)
class Quantization:
    """``kind`` is "8-bit", "4-bit", "null" or "other"; ``type`` what was recorded of it."""

    kind: str
    type: str


def quantization_of(entry: Entry) -> Quantization | None:
    """How an entry is quantized; None = it is no quantized variant, and no null control of one.

    The type is what the entry records (its field ``quantization``, else a (name, value) of its
    metadata whose name holds "quantization"). "8bit" and "4bit" alone say no type.
    """
    if not is_variant(entry) or entry.layer >= 0:
        return None
    text = entry.quantization.strip().lower()
    if NULL_TAG in entry.tags or text in _NULL:
        return Quantization("null", "unmodified")
    noted = next((v for name, v in entry.metadata if "quantization" in name.lower() and v), "")
    said = f"{text} {noted.lower()}"
    kind = _kind(text) or _kind(said) or "other"
    return Quantization(kind, _type(said, entry.quantization))


def _kind(text: str) -> str:
    if any(word in text for word in _FOUR):
        return "4-bit"
    return "8-bit" if any(word in text for word in _EIGHT) else ""


def _type(said: str, recorded: str) -> str:
    found = next((name for word, name in _TYPES.items() if word in said), "")
    if found:
        return found
    bare = recorded.strip().lower().replace("-", "").replace("_", "")
    return UNKNOWN_TYPE if bare in ("8bit", "4bit") else recorded.strip()
