"""Adapters (LoRA and its relatives) on a loaded model, by PEFT.

Decided: an adapter is merged into the weights, so that the model is scored by the same path as any
other; on quantized weights, which merging would round once more, it stays beside them. Adapters
that put tokens of their own before a text (prompt and prefix tuning) are refused: they change what
a text is conditioned on.
"""

from __future__ import annotations

import json
import warnings
from collections.abc import Mapping
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from compute.core.errors import ScoringError
from compute.core.weights import ADAPTER_CONFIG, ADAPTER_WEIGHTS, read_header
from compute.scoring.quantizing import import_quietly

NEEDS_PEFT = "An adapter needs peft (pip install peft)"
_ELSEWHERE = ("megatron_config", "megatron_core", "auto_mapping", "runtime_config")
"""Keys of a config by which it could have other modules imported."""


def put_on(module: Any, folder: Path, *, merge: bool) -> Any:
    """The model with the adapter; ``module`` itself is changed.

    Raises
    ------
    ScoringError
        If the adapter cannot be read, or belongs to another model.
    """
    if find_spec("peft") is None:
        raise ScoringError(NEEDS_PEFT)
    import_quietly()  # peft would import it otherwise
    import peft
    from safetensors.torch import load_file

    config = _config(folder)
    shapes = {name: tuple(row["shape"]) for name, row in read_header(_weights(folder)).items()}
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # what matters of it is looked at below
        try:
            model = peft.get_peft_model(module, config)
        except ValueError as error:
            raise ScoringError(_other_base(" ".join(str(error).split())[:200])) from error
        _must_fit(model, shapes)
        peft.set_peft_model_state_dict(model, load_file(_weights(folder)))
        if merge:
            return model.merge_and_unload()
    return model.get_base_model()


def _config(folder: Path) -> Any:
    import peft

    try:
        found = json.loads((folder / ADAPTER_CONFIG).read_bytes())
        kept = {name: value for name, value in found.items() if name not in _ELSEWHERE}
        if not kept.get("peft_type"):
            raise ValueError("it names no kind of adapter")
        known = peft.PeftConfig.check_kwargs(**{**kept, "inference_mode": True})
        config = peft.PeftConfig.from_peft_type(**known)
    except (OSError, ValueError, KeyError, TypeError, AttributeError) as error:
        what = " ".join(str(error).split())[:200]
        raise ScoringError(f"{ADAPTER_CONFIG} of the adapter cannot be read ({what})") from error
    if config.is_prompt_learning or config.is_adaption_prompt:
        raise ScoringError(
            f"the adapter ({found.get('peft_type')}) puts tokens of its own before a text, which "
            "changes what its likelihood means"
        )
    return config


def _weights(folder: Path) -> Path:
    path = folder / ADAPTER_WEIGHTS
    if path.is_file():
        return path
    if any(folder.glob("adapter_model.bin")):
        raise ScoringError(
            "the adapter is saved as a pickle (adapter_model.bin), which is not read",
            advice="Save it as safetensors",
        )
    raise ScoringError(f"the adapter has no {ADAPTER_WEIGHTS}")


def _must_fit(model: Any, stored: Mapping[str, tuple[int, ...]]) -> None:
    """Every tensor of the file has its place, and every place its tensor."""
    import peft

    own = peft.get_peft_model_state_dict(model, save_embedding_layers=False)
    wanted = {name: tuple(tensor.shape) for name, tensor in own.items()}
    whole = {name: tuple(tensor.shape) for name, tensor in model.state_dict().items()}
    for name in sorted(stored.keys() | wanted.keys()):
        mine, other = wanted.get(name, whole.get(name)), stored.get(name)
        if mine is None:
            raise ScoringError(_other_base(f"there is no place for {name}"))
        if other is None:
            raise ScoringError(f"the adapter is not whole: {name} is missing")
        if mine != other:
            raise ScoringError(_other_base(f"{name} is of {other}, its place of {mine}"))


def _other_base(what: str) -> str:
    return f"the adapter was made for another model ({what})"
