"""Quantizing a model as it is loaded, by bitsandbytes, on a CPU or CUDA.

Decided:

- The output layer, embeddings and norms stay as they are, as transformers has it; what is quantized
  are the linear layers of the blocks.
- Each text is run alone in 8 bits (:func:`~compute.scoring.mixing.rounds_together`).
- On a CPU the fused kernel of bitsandbytes is not used: it multiplies in bfloat16 wherever a
  processor can, so values would depend on the processor and float32 would not be float32.
- Nor is its way to give rows back whose length is no multiple of a block of 64 weights: on a CPU
  (0.50.2) it takes the scales of the wrong blocks, an error of 20 to 40 % instead of 9 %. The same
  weights seen as rows of one block each come back right.
- Importing bitsandbytes downloads a kernel if the package ``kernels`` is installed. This is not
  allowed to happen: nothing is fetched unasked.
"""

from __future__ import annotations

import logging
import math
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from copy import copy
from functools import partial
from importlib.util import find_spec
from typing import Any

import torch

from compute.core.errors import ScoringError
from compute.core.quantization import DOUBLE, WAYS, missing_maker
from compute.scoring.devices import DTYPES


def config_for(way: str, dtype: str) -> Any:
    """What transformers is told: ``way`` is one of ``WAYS``; it computes in ``dtype``.

    Raises
    ------
    ScoringError
        If the way is unknown or bitsandbytes is not installed.
    """
    if way not in WAYS:
        raise ScoringError(f"a model cannot be quantized by {way!r}")
    get_ready()
    from transformers import BitsAndBytesConfig

    if way == "int8":
        return BitsAndBytesConfig(load_in_8bit=True)
    return BitsAndBytesConfig(
        load_in_4bit=True,
        bnb_4bit_quant_type=way.removesuffix(DOUBLE),
        bnb_4bit_use_double_quant=way.endswith(DOUBLE),
        bnb_4bit_compute_dtype=DTYPES[dtype],
    )


def get_ready() -> None:
    """Import bitsandbytes, quietly and without the network.

    Raises
    ------
    ScoringError
        If it is not installed.
    """
    if missing := missing_maker():
        raise ScoringError(missing)
    import_quietly()


def import_quietly() -> None:
    """Import bitsandbytes where it is installed; whatever else imports it finds it there."""
    if find_spec("bitsandbytes") is None:
        return
    logging.getLogger("bitsandbytes").setLevel(logging.ERROR)  # it repeats itself at every layer
    with _absent("kernels"):
        import bitsandbytes  # noqa: F401


@contextmanager
def _absent(name: str) -> Iterator[None]:
    """As if a package that is not imported yet were not installed."""
    if name in sys.modules:
        yield
        return
    sys.modules[name] = None  # type: ignore[assignment]
    try:
        yield
    finally:
        del sys.modules[name]


def settle(module: Any, *, must_be_some: bool) -> None:
    """Keep float32 what it says in a loaded module, see above.

    Raises
    ------
    ScoringError
        If there ``must_be_some`` quantized layers and there are none.
    """
    import bitsandbytes as bnb

    kinds = (bnb.nn.Linear4bit, bnb.nn.Linear8bitLt)
    found = [layer for layer in module.modules() if isinstance(layer, kinds)]
    if must_be_some and not found:
        raise ScoringError("nothing in it can be quantized: it has no plain linear layers")
    for layer in found:
        if isinstance(layer, bnb.nn.Linear4bit):
            layer.support_avx512bf16_for_cpu = False
            if (state := layer.weight.quant_state).shape[-1] % state.blocksize:
                layer.forward = partial(_multiplied, layer)


def _multiplied(layer: Any, states: torch.Tensor) -> torch.Tensor:
    """What a 4-bit layer of any width makes of (..., width) states."""
    weight = given_back(layer.weight).to(states.dtype)
    bias = None if layer.bias is None else layer.bias.to(states.dtype)
    return torch.nn.functional.linear(states, weight, bias)


def given_back(weight: Any) -> torch.Tensor:
    """(out, in) values that a 4-bit parameter stands for, in the dtype it came from."""
    from bitsandbytes.functional import dequantize_4bit

    shape, block = weight.quant_state.shape, weight.quant_state.blocksize
    n = math.prod(shape)
    state = copy(weight.quant_state)
    state.shape = torch.Size((n // block, block) if n % block == 0 else (1, n))
    values: torch.Tensor = dequantize_4bit(weight.data, state)
    return values.reshape(shape)


def is_quantized(tensor: Any) -> bool:
    """Whether a parameter is one of bitsandbytes, which knows more about it than its values."""
    return type(tensor).__module__.startswith("bitsandbytes")
