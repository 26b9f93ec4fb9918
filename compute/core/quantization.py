"""How weights are quantized: what it is called, which library reads or makes it."""

from __future__ import annotations

from collections.abc import Mapping
from importlib.util import find_spec
from typing import Any

from compute.core.errors import UsageError

WAYS = ("int8", "nf4", "fp4", "nf4-double", "fp4-double")
"""In which a model can be quantized when it is loaded: LLM.int8, and 4 bits of two types, the
scales of their blocks quantized once more (``-double``) or not."""
NULL_TAG = "null-control"
"""Tag of an unmodified model that went through the pipeline of its variants."""
DOUBLE = "-double"
_WORDS = {"8bit": "int8", "8-bit": "int8", "int8": "int8", "nf4": "nf4", "fp4": "fp4"}
_MAKER = "bitsandbytes"

_LIBRARIES: Mapping[str, tuple[tuple[str, str], ...]] = {
    "aqlm": (("aqlm", "aqlm"),),
    "auto-round": (("auto_round", "auto-round"),),
    "awq": (("gptqmodel", "gptqmodel"),),
    "bitnet": (),
    "bitsandbytes": (("bitsandbytes", "bitsandbytes"),),
    "compressed-tensors": (("compressed_tensors", "compressed-tensors"),),
    "eetq": (("kernels", "kernels"),),
    "fbgemm_fp8": (("fbgemm_gpu", "fbgemm-gpu"),),
    "fp8": (),
    "fp_quant": (("fp_quant", "fp_quant"),),
    "gguf": (("gguf", "gguf"),),
    "gptq": (("optimum", "optimum"), ("gptqmodel", "gptqmodel")),
    "higgs": (("flute", "flute-kernel"),),
    "hqq": (("hqq", "hqq"),),
    "mxfp4": (),
    "quanto": (("optimum", "optimum-quanto"),),
    "quark": (("quark", "amd-quark"),),
    "spqr": (("spqr_quant", "spqr_quant"),),
    "torchao": (("torchao", "torchao"),),
    "vptq": (("vptq", "vptq"),),
}
"""Method -> (module, what to install). All of them also need accelerate."""
_ALL = (("accelerate", "accelerate"),)


def way_of(text: str, *, double: bool = False) -> str:
    """One of :data:`WAYS` from what a person wrote (``8bit``, ``nf4``, ``fp4-double``).

    Parameters
    ----------
    double : bool
        Whether the scales of 4-bit blocks shall be quantized too, if the word does not say it.

    Raises
    ------
    UsageError
        If it is none.
    """
    word = text.strip().lower()
    base = word.removesuffix(DOUBLE)
    way = _WORDS.get(base, "")
    if way and way != "int8" and (double or word != base):
        way += DOUBLE
    elif word != base:
        way = ""
    if not way:
        raise UsageError(
            f"{text.strip()!r} is no way to quantize a model", advice="Use 8bit, nf4 or fp4"
        )
    return way


def method_of(config: Mapping[str, Any]) -> str:
    """How the weights are quantized by the model's ``config.json``, "" = they are not."""
    found = config.get("quantization_config")
    if not isinstance(found, Mapping):
        return ""
    if found.get("load_in_4bit") or found.get("load_in_8bit"):
        return "bitsandbytes"
    return str(found.get("quant_method") or "unknown").lower()


def name_of(config: Mapping[str, Any]) -> str:
    """What the quantization of stored weights is called: ``nf4``, ``int8``, ``gptq-4bit``, ...

    "" = the weights are not quantized.
    """
    method = method_of(config)
    if not method:
        return ""
    found = config["quantization_config"]
    if method == _MAKER:
        if not found.get("load_in_4bit"):
            return "int8"
        kind = str(found.get("bnb_4bit_quant_type") or "fp4").lower()
        return kind + (DOUBLE if found.get("bnb_4bit_use_double_quant") else "")
    bits = found.get("bits", found.get("w_bit"))
    return f"{method}-{bits}bit" if isinstance(bits, int) and bits > 0 else method


def missing_library(config: Mapping[str, Any]) -> str:
    """ "" or what must be installed before a quantized checkpoint can be loaded, in words."""
    method = method_of(config)
    missing = _missing(method) if method else []
    if not missing:
        return ""
    return f"Its weights are quantized ({method}), {_needs(missing)}"


def missing_maker() -> str:
    """ "" or what must be installed before a model can be quantized, in words."""
    missing = _missing(_MAKER)
    return f"Quantizing it {_needs(missing).removeprefix('which ')}" if missing else ""


def missing_reader() -> str:
    """ "" or what must be installed before a GGUF file can be read, in words."""
    missing = _missing("gguf")
    return f"It is a GGUF file, {_needs(missing)}" if missing else ""


def _missing(method: str) -> list[str]:
    needed = (*_LIBRARIES.get(method, ()), *_ALL)
    return [package for module, package in needed if find_spec(module) is None]


def _needs(missing: list[str]) -> str:
    return f"which needs {' and '.join(missing)} (pip install {' '.join(missing)})"
