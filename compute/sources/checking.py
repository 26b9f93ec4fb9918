"""Whether a checkpoint folder can be scored, in one sentence. No weights are loaded."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from compute.core.errors import InputError
from compute.core.quantization import missing_library
from compute.core.weights import ADAPTER_CONFIG, SAFETENSORS, read_header, weight_files
from compute.sources.pickles import RefusedPickle, check_pickles

CONFIG = "config.json"
_TOKENIZERS = (
    "tokenizer.json",
    "tokenizer.model",
    "vocab.json",
    "vocab.txt",
    "spiece.model",
    "sentencepiece.bpe.model",
    "tekken.json",
)
_CAUSAL = ("ForCausalLM", "LMHeadModel", "ForConditionalGeneration")
_OWN_CODE = "AutoModelForCausalLM"
_ENCODER_DECODER = frozenset(
    "t5 mt5 umt5 bart mbart pegasus marian blenderbot led longt5 m2m_100 whisper".split()  # noqa: SIM905
)
_MASKED = frozenset(
    "bert roberta xlm-roberta distilbert albert electra deberta deberta-v2 modernbert".split()  # noqa: SIM905
)


def check(folder: Path) -> str:
    """ "" if the checkpoint in ``folder`` can be scored, otherwise one sentence that says why not.

    Looks at the config, the tokenizer's files and the headers of the weights; a file that is cut
    short shows in its header. Nothing is unpickled.
    """
    for look in _LOOKS:
        if problem := look(folder):
            return problem
    return ""


def needs_trust(folder: Path) -> bool:
    """Whether the model can be loaded only by Python code in its folder.

    Code that lies there beside a model that transformers knows by itself is never run.
    """
    config = read_config(folder)
    brought = _own_code(config) or "AutoConfig" in _auto_map(config)
    return brought and not _known_to_transformers(str(config.get("model_type", "")))


def _auto_map(config: Mapping[str, Any]) -> Mapping[str, Any]:
    found = config.get("auto_map")
    return found if isinstance(found, dict) else {}


def _own_code(config: Mapping[str, Any]) -> bool:
    return _OWN_CODE in _auto_map(config)


def _known_to_transformers(kind: str) -> bool:
    """Whether the installed transformers has a folder for this kind; it is not imported."""
    spec = find_spec("transformers")
    if not kind.strip(".") or spec is None or not spec.submodule_search_locations:
        return False
    name = kind.replace("-", "_").replace("/", "_")
    models = Path(spec.submodule_search_locations[0]) / "models"
    names = (name, name.removesuffix("_text"), name.removesuffix("_gpt"))
    return any((models / each).is_dir() for each in names)


def looks_like_model(folder: Path) -> bool:
    """Whether any file of a checkpoint or an adapter is in ``folder``: a config or weights."""
    return (
        (folder / CONFIG).is_file()
        or (folder / ADAPTER_CONFIG).is_file()
        or any(folder.glob("*.safetensors"))
        or any(folder.glob("pytorch_model*.bin"))
    )


def read_config(folder: Path) -> Mapping[str, Any]:
    """``config.json``, empty if it is missing or damaged."""
    try:
        data = json.loads((folder / CONFIG).read_text(encoding="utf-8"))
    except (OSError, ValueError, RecursionError):
        return {}
    return data if isinstance(data, dict) else {}


def _config(folder: Path) -> str:
    if not (folder / CONFIG).is_file():
        return "The config is missing: there is no config.json in the folder."
    return "" if read_config(folder) else "The config is damaged: config.json is not valid JSON."


def _kind(folder: Path) -> str:
    config = read_config(folder)
    kind = str(config.get("model_type", ""))
    names = [str(name) for name in config.get("architectures") or []]
    shown = names[0] if names else kind
    if config.get("is_encoder_decoder") or kind in _ENCODER_DECODER:
        return (
            f"This is an encoder-decoder model ({shown}); only models that predict "
            "the next token can be scored."
        )
    if any(name.endswith("ForMaskedLM") for name in names) or (kind in _MASKED and not names):
        return (
            f"This is a masked model ({shown}); only models that predict the next token "
            "can be scored."
        )
    if names and not any(name.endswith(_CAUSAL) for name in names) and not _own_code(config):
        return f"This is not a language model that predicts the next token ({shown})."
    return ""


def _weights(folder: Path) -> str:
    try:
        files = weight_files(folder)
    except InputError as e:
        return f"The weights are damaged: {e.happened}."
    for path in files:
        if problem := _weight_file(path):
            return problem
    if files:
        return ""
    if any(folder.glob("*.pt")):
        return "The weights are in no format that is read: only safetensors and pytorch_model.bin."
    if (folder / "adapter_model.safetensors").is_file():
        return "The folder holds an adapter without its base model."
    return "The weights are missing: there is no safetensors file in the folder."


def _weight_file(path: Path) -> str:
    if not path.is_file():
        return f"A weight file is missing: {path.name}."
    try:
        if path.suffix == SAFETENSORS:
            read_header(path)
        else:
            check_pickles(path)
    except InputError as e:
        return f"The weights are damaged: {e.message}"
    except RefusedPickle as e:
        return f"The weights are refused: {e.message}"
    return ""


def _quantized(folder: Path) -> str:
    missing = missing_library(read_config(folder))
    return f"{missing}." if missing else ""


def _tokenizer(folder: Path) -> str:
    if any((folder / name).is_file() for name in _TOKENIZERS):
        return ""
    return "The tokenizer is missing: there is no tokenizer.json (or the like) in the folder."


_LOOKS: tuple[Callable[[Path], str], ...] = (
    _config,
    _kind,
    _weights,
    _quantized,
    _tokenizer,
)
