"""Checkpoints that are stored quantized: which library reads them."""

from __future__ import annotations

from collections.abc import Mapping
from importlib.util import find_spec
from typing import Any

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


def method_of(config: Mapping[str, Any]) -> str:
    """How the weights are quantized by the model's ``config.json``, "" = they are not."""
    found = config.get("quantization_config")
    if not isinstance(found, Mapping):
        return ""
    if found.get("load_in_4bit") or found.get("load_in_8bit"):
        return "bitsandbytes"
    return str(found.get("quant_method") or "unknown").lower()


def missing_library(config: Mapping[str, Any]) -> str:
    """ "" or what must be installed before a quantized checkpoint can be loaded, in words."""
    method = method_of(config)
    if not method:
        return ""
    needed = (*_LIBRARIES.get(method, ()), *_ALL)
    missing = [package for module, package in needed if find_spec(module) is None]
    if not missing:
        return ""
    return (
        f"Its weights are quantized ({method}), which needs {' and '.join(missing)} "
        f"(pip install {' '.join(missing)})"
    )
