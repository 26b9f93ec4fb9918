"""What is known of a model: its shape, and the dtype its weights are kept in."""

from __future__ import annotations

import json
import math
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from compute.core.weights import SAFETENSORS, is_gguf, read_header, weight_files
from compute.scoring.planning import ModelShape

_NAMES: Mapping[str, tuple[str, ...]] = {
    "context": (
        "max_position_embeddings",
        "n_positions",
        "max_seq_len",
        "n_ctx",
        "context_length",
        "seq_length",
    ),
    "hidden": ("hidden_size", "n_embd", "d_model"),
    "layers": ("num_blocks", "num_hidden_layers", "n_layer", "n_layers", "num_layers"),
    "heads": ("num_attention_heads", "n_head", "n_heads"),
    "intermediate": ("intermediate_size", "n_inner", "ffn_dim", "ffn_hidden_size", "dff"),
}


def shape_of(module: Any) -> ModelShape:
    """The shape from the config and the weights; 0 where a config does not say.

    ``vocab`` counts the tokens that can be both read and predicted. ``context`` is -1 where no
    position is too far: recurrent models, and linear biases (ALiBi) that are made as needed.
    """
    config = module.config.get_text_config()
    found = {key: _first(config, names) for key, names in _NAMES.items()}
    hidden = found["hidden"]
    return ModelShape(
        n_params=n_params(module),
        hidden=hidden,
        layers=found["layers"],
        heads=found["heads"],
        intermediate=found["intermediate"] or _feed_forward(config, hidden),
        vocab=min(_rows(module, config)),
        context=-1 if _endless(config) else found["context"] or -1,
    )


def n_params(module: Any) -> int:
    """Parameters as they are meant: two of 4 bits lie in one byte."""
    return sum(math.prod(_meant(p)) for p in module.parameters())


def _meant(parameter: Any) -> tuple[int, ...]:
    state = getattr(parameter, "quant_state", None)
    return tuple(parameter.shape if state is None else state.shape)


def n_bytes(module: Any) -> int:
    """Bytes of a module's tensors as it would be saved, each piece of memory once."""
    tensors = {(t.data_ptr(), t.nbytes): t.nbytes for t in module.state_dict().values()}
    return sum(tensors.values())


def _first(config: Any, names: tuple[str, ...]) -> int:
    """The first positive number of these names, of a list of one for each layer the largest."""
    for name in names:
        value = getattr(config, name, None)
        if isinstance(value, list | tuple):
            value = max((v for v in value if isinstance(v, int)), default=None)
        if isinstance(value, int) and not isinstance(value, bool) and value > 0:
            return value
    return 0


def _feed_forward(config: Any, hidden: int) -> int:
    """Width of the middle of a block where no number of its own says it."""
    inner = getattr(config, "ffn_config", None)
    if inner is not None and (width := _first(inner, ("ffn_hidden_size",))):
        return width
    return (_first(config, ("expansion_ratio",)) or 4) * hidden


def _endless(config: Any) -> bool:
    """Whether a context length in the config is only what it was trained with.

    MPT makes its linear biases for its context length and no further, and says so elsewhere.
    """
    return bool(getattr(config, "alibi", False)) or getattr(config, "model_type", "") == "bloom"


def _rows(module: Any, config: Any) -> list[int]:
    """Rows of the embeddings and of the output layer, which may be padded apart."""
    parts = (module.get_input_embeddings(), module.get_output_embeddings())
    weights = [w for part in parts if (w := getattr(part, "weight", None)) is not None]
    sizes = [int(w.shape[0]) for w in weights if w.ndim == 2]
    return sizes or [int(config.vocab_size)]


def own_dtype(folder: Path) -> str:
    """The dtype of a checkpoint's weights by its config, else by its files; "" if neither says.

    Raises
    ------
    OSError, ValueError, InputError
        If the files cannot be read.
    """
    if is_gguf(folder):
        return "float32"  # what transformers makes of its blocks
    config = json.loads((folder / "config.json").read_bytes())
    for part in (config, config.get("text_config") or {}):
        if name := part.get("dtype") or part.get("torch_dtype"):
            return str(name).removeprefix("torch.")
    files = [path for path in weight_files(folder) if path.suffix == SAFETENSORS]
    kinds = {row["dtype"] for path in files for row in read_header(path).values()}
    return {"F32": "float32", "BF16": "bfloat16", "F16": "float16"}.get(min(kinds, default=""), "")
