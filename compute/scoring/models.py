"""Loading checkpoints: from safetensors only, nothing executed, reused where the shape is equal."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator, Mapping
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch
from safetensors import safe_open
from transformers import AutoConfig, AutoModelForCausalLM
from transformers.utils import logging as transformers_logging

from compute.core.errors import ScoringError
from compute.scoring.devices import DTYPES, is_out_of_memory
from compute.scoring.planning import ModelShape

REUSE_PARAMS = 200_000_000
"""Above this size the one comparison that allows reuse costs more than it saves."""
_ALIGNMENT = 64
_NO_MATTER = ("_name_or_path", "transformers_version")
_NAMES: Mapping[str, tuple[str, ...]] = {
    "context": ("max_position_embeddings", "n_positions", "max_seq_len", "n_ctx", "seq_length"),
    "hidden": ("hidden_size", "n_embd", "d_model"),
    "layers": ("num_hidden_layers", "n_layer", "n_layers", "num_layers"),
    "heads": ("num_attention_heads", "n_head", "n_heads"),
    "intermediate": ("intermediate_size", "n_inner", "ffn_dim", "ffn_hidden_size"),
}


@dataclass(eq=False, slots=True)
class _Held:
    """The module that is loaded now; where a file's tensors go in it, None = not known."""

    module: Any
    signature: str
    places: dict[str, torch.Tensor] | None


class Loader:
    """Loads one checkpoint after another onto one device, or over several by ``placement``.

    ``placement`` is from :func:`~compute.scoring.devices.placement`.
    """

    def __init__(self, device: torch.device, placement: Mapping[str, Any] | None = None) -> None:
        self._device, self._placement = device, dict(placement or {})
        self._held: _Held | None = None
        transformers_logging.set_verbosity_error()
        transformers_logging.disable_progress_bar()

    def load(self, folder: Path, dtype: str) -> Any:
        """The model in ``folder``, in evaluation mode; the one loaded before is gone.

        Raises
        ------
        ScoringError
            If it cannot be loaded; one sentence.
        """
        try:
            signature = f"{dtype} {_signature(folder)}"
            if self._copied_into_held(folder, signature):
                return self._held.module if self._held else None
            self.close()
            self._held = self._fresh(folder, dtype, signature)
        except ScoringError:
            self.close()
            raise
        except Exception as error:  # whatever a foreign file makes the libraries raise
            self.close()
            raise ScoringError(_why(error)) from error
        return self._held.module

    def close(self) -> None:
        self._held = None

    def _copied_into_held(self, folder: Path, signature: str) -> bool:
        held = self._held
        if held is None or held.places is None or held.signature != signature:
            return False
        with torch.no_grad():
            for name, tensor in _tensors(folder):
                if name in held.places:
                    held.places[name].copy_(tensor)
        return True

    def _fresh(self, folder: Path, dtype: str, signature: str) -> _Held:
        module = from_pretrained(folder, dtype, self._placement).eval()
        if not self._placement:
            module.to(self._device)
        _align(module)
        small = n_params(module) <= REUSE_PARAMS
        return _Held(module, signature, _places(module, folder) if small else None)


def from_pretrained(folder: Path, dtype: str, placement: Mapping[str, Any] | None = None) -> Any:
    """A causal language model as transformers loads it, every weight found in the files.

    It is on the CPU, or where ``placement`` says.

    Raises
    ------
    ScoringError
        If it is of another kind, or weights are missing.
    """
    config = AutoConfig.from_pretrained(folder, local_files_only=True, trust_remote_code=False)
    if getattr(config, "is_encoder_decoder", False):
        raise ScoringError(
            "it is an encoder-decoder model; only models that predict the next token can be scored"
        )
    module, info = AutoModelForCausalLM.from_pretrained(
        folder,
        config=config,
        dtype=DTYPES[dtype],
        local_files_only=True,
        use_safetensors=True,
        trust_remote_code=False,
        output_loading_info=True,
        **(placement or {}),
    )
    for kind in ("missing_keys", "mismatched_keys"):
        if names := sorted(str(name) for name in info[kind]):
            raise ScoringError(
                f"its files do not hold all weights ({len(names)} missing or of another shape, "
                f"for example {names[0]})"
            )
    return module


def n_params(module: Any) -> int:
    return sum(p.numel() for p in module.parameters())


def shape_of(module: Any) -> ModelShape:
    """The shape from the config and the embeddings; 0 where a config does not say."""
    config = module.config.get_text_config()
    found = {key: _first(config, names) for key, names in _NAMES.items()}
    hidden = max(0, found["hidden"])
    return ModelShape(
        n_params=n_params(module),
        hidden=hidden,
        layers=max(0, found["layers"]),
        heads=max(0, found["heads"]),
        intermediate=found["intermediate"] if found["intermediate"] > 0 else 4 * hidden,
        vocab=int(module.get_input_embeddings().weight.shape[0]),
        context=found["context"] if found["context"] > 0 else -1,
    )


def _first(config: Any, names: tuple[str, ...]) -> int:
    for name in names:
        value = getattr(config, name, None)
        if isinstance(value, int):
            return value
    return -1


def own_dtype(folder: Path) -> str:
    """The dtype of a checkpoint's weights by its config, else by its files; "" if neither says.

    Raises
    ------
    OSError, ValueError
        If the files cannot be read.
    """
    config = json.loads((folder / "config.json").read_bytes())
    for part in (config, config.get("text_config") or {}):
        if name := part.get("dtype") or part.get("torch_dtype"):
            return str(name).removeprefix("torch.")
    kinds = {entry["dtype"] for entry in _headers(folder).values()}
    return {"F32": "float32", "BF16": "bfloat16", "F16": "float16"}.get(min(kinds, default=""), "")


def weight_files(folder: Path) -> list[Path]:
    """The safetensors files of a checkpoint, in order."""
    index = folder / "model.safetensors.index.json"
    if index.is_file():
        names = set(json.loads(index.read_bytes())["weight_map"].values())
        return [folder / name for name in sorted(names)]
    return [folder / "model.safetensors"]


def _headers(folder: Path) -> dict[str, Any]:
    """Tensor name -> its dtype and shape, from the first bytes of the files."""
    found: dict[str, Any] = {}
    for path in weight_files(folder):
        with open(path, "rb") as file:
            size = int.from_bytes(file.read(8), "little")
            header = json.loads(file.read(min(size, 100_000_000)))
        header.pop("__metadata__", None)
        found.update({k: {"dtype": v["dtype"], "shape": v["shape"]} for k, v in header.items()})
    return found


def _signature(folder: Path) -> str:
    config = json.loads((folder / "config.json").read_bytes())
    for name in _NO_MATTER:
        config.pop(name, None)
    text = json.dumps([config, _headers(folder)], sort_keys=True)
    return hashlib.sha256(text.encode()).hexdigest()


def _tensors(folder: Path) -> Iterator[tuple[str, torch.Tensor]]:
    with ExitStack() as stack:
        for path in weight_files(folder):
            file = stack.enter_context(safe_open(path, framework="pt"))
            for name in file.keys():  # noqa: SIM118 - not a dict
                yield name, file.get_tensor(name)


def _places(module: Any, folder: Path) -> dict[str, torch.Tensor] | None:
    """Where each tensor of the files lies in ``module``, if copying it there is all loading does.

    Found by comparing every value, so that a renamed tensor is found too; None where some tensor
    of the module has no counterpart (fused or computed weights) or two could be meant.
    """
    free: dict[str, torch.Tensor] = module.state_dict()
    everything = list(free.values())
    places: dict[str, torch.Tensor] = {}
    renamed: list[tuple[str, torch.Tensor]] = []
    for name, tensor in _tensors(folder):
        if name not in free:
            renamed.append((name, tensor))
        elif not _equal(places.setdefault(name, free.pop(name)), tensor):
            return None
    for name, tensor in renamed:
        same = [key for key, place in free.items() if _equal(place, tensor)]
        if len(same) > 1:
            return None
        if same:
            places[name] = free.pop(same[0])
    covered = {p.data_ptr() for p in places.values()}
    return places if all(t.data_ptr() in covered for t in everything) else None


def _equal(place: torch.Tensor, tensor: torch.Tensor) -> bool:
    return place.shape == tensor.shape and torch.equal(place.cpu(), tensor.to(place.dtype))


def _align(module: Any) -> None:
    """Give every tensor the alignment of torch's own: the last bits may depend on it."""
    with torch.no_grad():
        for tensor in (*module.parameters(), *module.buffers()):
            if tensor.device.type == "cpu" and tensor.data_ptr() % _ALIGNMENT:
                tensor.data = tensor.data.clone()


def _why(error: Exception) -> str:
    if is_out_of_memory(error):
        return "there is not enough memory for its weights"
    if isinstance(error, FileNotFoundError):
        return f"a file is missing ({Path(str(error.filename)).name})"
    what = " ".join(str(error).split()) or type(error).__name__
    if "trust_remote_code" in what:
        return "it needs code of its own, which is never run"
    if type(error).__name__ == "SafetensorError":
        return f"its weight file is damaged or cut short ({what[:200]})"
    return f"it cannot be loaded ({what[:300]})"
