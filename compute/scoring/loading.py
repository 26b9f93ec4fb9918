"""Loading checkpoints: nothing from outside is executed unasked, modules are reused."""

from __future__ import annotations

import json
import pickle
import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch
from transformers import AutoConfig, AutoModelForCausalLM
from transformers.models.auto.modeling_auto import MODEL_FOR_CAUSAL_LM_MAPPING_NAMES
from transformers.quantizers.auto import AUTO_QUANTIZATION_CONFIG_MAPPING
from transformers.utils import logging as transformers_logging

from compute.core.errors import InputError, KlscopeError, ScoringError
from compute.core.quantization import method_of, missing_library, missing_reader, name_of
from compute.core.trust import NEEDS_TRUST
from compute.core.weights import PICKLED, SAFETENSORS, files_of, is_gguf, weight_files
from compute.scoring import adapters, quantizing
from compute.scoring.devices import DTYPES, is_out_of_memory
from compute.scoring.host_memory import free_bytes
from compute.scoring.prefetch import Tick
from compute.scoring.reading import ALIGNMENT, Staged, Sums, bytes_needed, stage
from compute.scoring.takeover import Places, find_places

_NO_KERNEL = re.compile(r"quantiz.*\b(?:GPU|CUDA|XPU|accelerator)\b", re.IGNORECASE)
_NO_ADAPTER = "no-adapter"
"""Where transformers looks for an adapter to load along: one beside a model was not asked for."""
_SHARE = 1 / 3
"""Of the memory that is free, what the weights of the next checkpoint may take beforehand."""


@dataclass(frozen=True, eq=False, slots=True)
class Source:
    """A checkpoint as it lies on disk, and how it is to be loaded.

    ``quantize`` is one of ``compute.core.quantization.WAYS``, "" = as it is; ``adapter`` the folder
    of an adapter that is put on it. ``signature`` is equal for checkpoints of the same config and
    tensors, loaded the same way; "" = its module is not for another one. ``staged`` holds its
    weights if they were read beforehand.
    """

    folder: Path
    dtype: str
    signature: str = ""
    trusted: bool = False
    staged: Staged | None = None
    quantize: str = ""
    adapter: str = ""

    @property
    def files(self) -> tuple[Path, ...]:
        return files_of(self.folder, self.adapter)


@dataclass(eq=False, slots=True)
class _Held:
    """The module that is loaded now and what is known of its memory.

    ``places`` is None where nothing was found, or not looked for yet (``searched``). ``block`` is
    the memory that the module lives in, if it was staged.
    """

    module: Any
    source: Source
    places: Places | None = None
    searched: bool = False
    block: torch.Tensor | None = None


class Loader:
    """Loads one checkpoint after another onto one device, or spread over several.

    :meth:`stage` may be called by another thread between two calls of :meth:`load`.

    Parameters
    ----------
    placement : mapping, optional
        From :func:`~compute.scoring.devices.placement`.
    """

    def __init__(self, device: torch.device, placement: Mapping[str, Any] | None = None) -> None:
        self._device, self._placement = device, dict(placement or {})
        self._held: _Held | None = None
        self._spare: torch.Tensor | None = None
        transformers_logging.set_verbosity_error()
        transformers_logging.disable_progress_bar()

    def stage(self, source: Source, sums: Sums | None, tick: Tick) -> Staged | None:
        """Read the weights of the next checkpoint into memory, if the module here may take them.

        None if it may not, or if memory is short. ``sums`` takes the sums of what is read.
        """
        held = self._held
        if held is None or not source.signature or held.source.signature != source.signature:
            return None
        if not held.searched:
            held.places = _places_of(held, tick)
            held.searched = True
        if held.places is None:
            return None
        files, wanted = weight_files(source.folder), held.places.dtypes
        block = self._block(bytes_needed(files, wanted))
        return stage(files, wanted, block, sums, tick) if block is not None else None

    def _block(self, size: int) -> torch.Tensor | None:
        """Host memory for staging: that of the checkpoint before the last, if there is one."""
        spare, self._spare = self._spare, None
        if spare is not None and len(spare) >= size:
            return spare
        if size > _SHARE * free_bytes():
            return None
        try:
            return torch.empty(size, dtype=torch.uint8)
        except (RuntimeError, MemoryError):  # there is less than it seemed
            return None

    def load(self, source: Source) -> Any:
        """The model, in evaluation mode; the one loaded before is gone.

        Raises
        ------
        ScoringError
            If it cannot be loaded; one sentence.
        """
        try:
            if not self._taken_over(source):
                self.close()
                self._held = _Held(self._fresh(source), source)
        except ScoringError:
            self.close()
            raise
        except Exception as error:  # whatever a foreign file makes the libraries raise
            self.close()
            raise scoring_error(error) from error
        assert self._held is not None
        return self._held.module

    def close(self) -> None:
        self._held = self._spare = None

    def _taken_over(self, source: Source) -> bool:
        held, staged = self._held, source.staged
        if held is None or held.places is None or held.source.signature != source.signature:
            return False
        if staged is None:
            files = weight_files(source.folder)
            if not held.places.copy(files):
                return False
        elif not all(held.places.fit(*row) for row in staged.tensors.items()):
            return False
        else:
            self._spare = held.places.take(staged) or held.block
            held.block = staged.block if held.places.movable else None
        held.source = Source(source.folder, source.dtype, source.signature)
        return True

    def _fresh(self, source: Source) -> Any:
        module = from_pretrained(
            source.folder,
            source.dtype,
            self._placement,
            trusted=source.trusted,
            quantize=source.quantize,
            adapter=source.adapter,
            device=self._device,
        ).eval()
        if not hasattr(module, "hf_device_map"):  # else it is where it shall be
            module.to(self._device)
        _own(module)
        return module


def _places_of(held: _Held, tick: Tick) -> Places | None:
    """None also where its files cannot be read any more: no fault of the checkpoint after it."""
    try:
        return find_places(held.module, weight_files(held.source.folder), tick)
    except (InputError, OSError):
        return None


def from_pretrained(
    folder: Path,
    dtype: str,
    placement: Mapping[str, Any] | None = None,
    *,
    trusted: bool = False,
    quantize: str = "",
    adapter: str = "",
    device: torch.device | None = None,
) -> Any:
    """A causal language model as transformers loads it, every weight found in the files.

    Parameters
    ----------
    placement : mapping, optional
        From :func:`~compute.scoring.devices.placement`; without it the model is on the CPU.
    trusted : bool
        Whether Python code in the folder may run, if the model needs it.
    quantize : str
        How its weights are quantized as they are loaded, "" = they are not.
    adapter : str
        Folder of an adapter that is put on it, "" = none.
    device : torch.device, optional
        Where a model with quantized weights goes if it has no placement; None = a CPU.

    Raises
    ------
    ScoringError
        If it is of another kind, weights are missing, or something it needs is.
    """
    own_code = needs_own_code(folder)
    _must_be_loadable(folder, own_code and not trusted)
    stored = method_of(_config(folder))
    more = dict(placement or {})
    if quantize:
        _must_be_plain(folder, stored)
        more["quantization_config"] = quantizing.config_for(quantize, dtype)
    if stored == "bitsandbytes":
        quantizing.get_ready()
    if quantize or stored:
        more.setdefault("device_map", {"": _place(device)})
    where, file = _named(folder)
    config = AutoConfig.from_pretrained(
        where, local_files_only=True, trust_remote_code=own_code, **file
    )
    if getattr(config, "is_encoder_decoder", False):
        raise ScoringError(
            "it is an encoder-decoder model; only models that predict the next token can be scored"
        )
    config.transformers_weights = None  # a config may not name other files than were hashed
    module, info = AutoModelForCausalLM.from_pretrained(
        where,
        config=config,
        dtype=DTYPES[dtype],
        local_files_only=True,
        use_safetensors=all(path.suffix != PICKLED for path in weight_files(folder)),
        weights_only=True,
        trust_remote_code=own_code,
        adapter_kwargs={"subfolder": _NO_ADAPTER},
        ignore_mismatched_sizes=True,  # they are refused below, by name
        output_loading_info=True,
        **file,
        **more,
    )
    _must_be_whole(info)
    if quantize or stored == "bitsandbytes":
        quantizing.settle(module, must_be_some=bool(quantize))
    if adapter:
        return adapters.put_on(module, Path(adapter), merge=not stored)
    return module


def _named(path: Path) -> tuple[Path, dict[str, str]]:
    """What transformers calls a model: a folder, with the name of the file in it for GGUF."""
    return (path.parent, {"gguf_file": path.name}) if is_gguf(path) else (path, {})


def _place(device: torch.device | None) -> str:
    """A device as device maps have it, GPUs with their number; None = a CPU."""
    if device is None or device.type != "cuda":
        return str(device or "cpu")
    return f"cuda:{device.index or 0}"


def _must_be_plain(folder: Path, stored: str) -> None:
    """Only weights that are not rounded yet are quantized."""
    if is_gguf(folder):
        raise ScoringError(
            "it is a GGUF file, whose weights are not quantized once more",
            advice="Use the model that it was made from",
        )
    if stored:
        raise ScoringError(
            f"its weights are quantized already ({name_of(_config(folder))}) and are not "
            "quantized once more",
            advice="Score it without --quantize, or use the model that it was made from",
        )


def _must_be_whole(info: Mapping[str, Any]) -> None:
    rows = (*info["missing_keys"], *info["mismatched_keys"])
    names = sorted(row if isinstance(row, str) else str(row[0]) for row in rows)
    if names:
        raise ScoringError(
            f"its files do not hold all weights ({len(names)} missing or of another shape, "
            f"for example {names[0]})"
        )


def needs_own_code(folder: Path) -> bool:
    """Whether transformers has no code for the model and its folder brings some."""
    config = _config(folder)
    brought = config.get("auto_map")
    own = isinstance(brought, dict) and {"AutoConfig", "AutoModelForCausalLM"} & set(brought)
    return bool(own) and config.get("model_type") not in MODEL_FOR_CAUSAL_LM_MAPPING_NAMES


def is_plain(folder: Path) -> bool:
    """Whether loading is known to do no more than put the tensors of safetensors files in place:
    not for pickles, quantized weights, or a model's own code."""
    files = weight_files(folder)
    return (
        bool(files)
        and all(path.suffix == SAFETENSORS for path in files)
        and not method_of(_config(folder))
        and not needs_own_code(folder)
    )


def _config(folder: Path) -> Mapping[str, Any]:
    if is_gguf(folder):
        return {}
    found = json.loads((folder / "config.json").read_bytes())
    return found if isinstance(found, dict) else {}


def _must_be_loadable(folder: Path, untrusted: bool) -> None:
    if untrusted:
        raise ScoringError(NEEDS_TRUST)
    if missing := missing_library(_config(folder)) or (is_gguf(folder) and missing_reader()):
        raise ScoringError(missing)
    method = method_of(_config(folder))
    if method not in ("", "bitsandbytes", *AUTO_QUANTIZATION_CONFIG_MAPPING):
        raise ScoringError(f"its weights are quantized in a way that is not known ({method})")
    for path in weight_files(folder):
        if not path.is_file():
            raise ScoringError(f"a weight file is missing: {path.name}")


def _own(module: Any) -> None:
    """Give every tensor on the CPU memory of its own, aligned as torch does it.

    Loaded tensors are parts of mapped files, at any byte. Tensors that share memory go on doing so.
    """
    made: dict[tuple[Any, ...], torch.Tensor] = {}
    with torch.no_grad():
        for tensor in (*module.parameters(), *module.buffers()):
            if tensor.device.type != "cpu" or quantizing.is_quantized(tensor):
                continue
            key = (tensor.data_ptr(), tensor.shape, tensor.stride(), tensor.dtype)
            if key not in made:
                made[key] = tensor.data.clone()
                assert made[key].data_ptr() % ALIGNMENT == 0 or not tensor.numel()
            tensor.data = made[key]


def scoring_error(error: Exception) -> ScoringError:
    """What a foreign file made the libraries raise, as one sentence."""
    if isinstance(error, KlscopeError):
        return ScoringError(error.happened, advice=error.advice)
    return _found(error) or ScoringError(f"it cannot be loaded ({_what(error)[:300]})")


def _what(error: Exception) -> str:
    return " ".join(str(error).split()) or type(error).__name__


def _found(error: Exception) -> ScoringError | None:
    what = _what(error)
    if is_out_of_memory(error):
        return ScoringError("there is not enough memory for its weights")
    if isinstance(error, FileNotFoundError) and error.filename:
        return ScoringError(f"a file is missing ({Path(str(error.filename)).name})")
    if "trust_remote_code" in what:
        return ScoringError(NEEDS_TRUST)
    if isinstance(error, pickle.UnpicklingError) and "GLOBAL" in what:
        return ScoringError(
            "its weight file would run code of its own and is refused",
            advice="Use a copy whose weights are saved as safetensors",
        )
    if type(error).__name__ == "SafetensorError" or _is_broken_pickle(error, what):
        return ScoringError(f"its weight file is damaged or cut short ({what[:200]})")
    if not isinstance(error, ImportError) and _NO_KERNEL.search(what):
        return ScoringError(
            f"this device has no way to compute with its quantized weights ({what[:200]})",
            advice="Use a CUDA GPU",
        )
    if isinstance(error, ImportError):
        return ScoringError(f"something it needs is not installed ({what[:300]})")
    return None


def _is_broken_pickle(error: Exception, what: str) -> bool:
    return isinstance(error, pickle.UnpicklingError | EOFError) or "PytorchStreamReader" in what
