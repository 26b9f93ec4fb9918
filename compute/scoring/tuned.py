"""The tuned lens: an affine map of each layer's states before the final norm (arXiv 2303.08112).

A translator of layer k adds ``W_k h + b_k`` to the state h that goes into block k; what follows is
the logit lens. Translators are read from safetensors, or from a ``.pt`` file with ``weights_only``,
under the names ``{k}.weight`` and ``{k}.bias``, as the tuned-lens library writes them. :func:`fit`
trains them so that a layer predicts what the model itself does.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray

from compute.core.errors import ScoringError
from compute.core.files import os_problem
from compute.scoring.heads import Network, logits, run_body
from compute.scoring.lens import Lens

MOST_NUMBERS = 1 << 29
"""States that are held while translators are trained, in numbers: 2 GiB of float32."""
_BATCH = 256


@dataclass(frozen=True, eq=False)
class Translator:
    """``weight`` (width, width) and ``bias`` (width,) of one layer."""

    weight: torch.Tensor
    bias: torch.Tensor

    def __call__(self, states: torch.Tensor) -> torch.Tensor:
        """(m, width): what is added to the states."""
        weight = self.weight.to(states.device, states.dtype)
        return torch.nn.functional.linear(states, weight, self.bias.to(weight))


def digest_of(path: Path) -> str:
    """sha256 of a file of translators, as hex.

    Raises
    ------
    InputError
        If it cannot be read.
    """
    try:
        with open(path, "rb") as file:
            return hashlib.file_digest(file, "sha256").hexdigest()
    except OSError as error:
        raise os_problem(error, f"Reading the lens {path}") from error


def tuned(lens: Lens, path: Path, width: int) -> Lens:
    """The lens with the translators of a file.

    Raises
    ------
    ScoringError
        If the file cannot be read, or is of a model of another width or depth.
    """
    found = _translators(_tensors(path), path)
    deepest = max(found, default=-1)
    if not found:
        raise ScoringError(f"the lens {path.name} holds no translator")
    if deepest >= lens.n_layers:
        raise ScoringError(
            f"the lens {path.name} is of another model: it has a translator of layer {deepest}, "
            f"this model's last block is {lens.n_layers - 1}"
        )
    for layer, translator in found.items():
        if translator.weight.shape != (width, width) or translator.bias.shape != (width,):
            raise ScoringError(
                f"the lens {path.name} is of another model: its translator of layer {layer} is of "
                f"width {translator.weight.shape[-1]}, this model has {width}"
            )
    return replace(lens, translators=found)


def _tensors(path: Path) -> Mapping[str, torch.Tensor]:
    try:
        if path.suffix == ".safetensors":
            from safetensors.torch import load_file

            return load_file(path)
        found = torch.load(path, map_location="cpu", weights_only=True)
    except OSError as error:
        raise ScoringError(f"the lens {path} cannot be read ({error.strerror or error})") from error
    except Exception as error:  # whatever a foreign file makes the libraries raise
        raise ScoringError(
            f"the lens {path.name} is damaged, or holds more than tensors; it was not used"
        ) from error
    if not isinstance(found, dict):
        raise ScoringError(f"the lens {path.name} holds no table of tensors")
    return {str(k): v for k, v in found.items() if isinstance(v, torch.Tensor)}


def _translators(tensors: Mapping[str, torch.Tensor], path: Path) -> dict[int, Translator]:
    found = {}
    for name, weight in tensors.items():
        layer, _, part = name.rpartition(".")
        number = layer.rpartition(".")[2]
        if part != "weight" or not number.isdecimal() or weight.ndim != 2:
            continue
        bias = tensors.get(f"{layer}.bias", torch.zeros(len(weight)))
        if int(number) in found:
            raise ScoringError(f"the lens {path.name} holds two translators of layer {number}")
        found[int(number)] = Translator(weight.float(), bias.float())
    return dict(sorted(found.items()))


# ---------------------------------------------------------------- training


@dataclass(frozen=True, slots=True)
class Training:
    """``steps`` of Adam at ``rate``, falling to zero, on ``tokens`` states at most."""

    steps: int = 400
    rate: float = 1e-3
    tokens: int = 16_384
    seed: int = 42


def fit(
    net: Network,
    lens: Lens,
    ids: Sequence[NDArray[np.int64]],
    how: Training = Training(),
    tick: Callable[[int, int], None] = lambda _done, _total: None,
) -> tuple[dict[int, Translator], dict[int, tuple[float, float]]]:
    """Train a translator for each layer but the last, by the KL to the model's own prediction.

    Parameters
    ----------
    ids : sequence of (n_tokens,) int64
        Texts that the lens is not used on afterwards.
    tick : callable
        Called with the layers done and all layers; an exception ends the training.

    Returns
    -------
    translators : dict
        By layer.
    kl : dict
        Layer -> mean KL to the model's prediction before and after, nats/token, on a tenth of the
        states that was held out.

    Raises
    ------
    ScoringError
        If there are too few tokens, or the states do not fit memory.
    """
    states, last = _states(net, lens, ids, how)
    held = max(1, len(last) // 10)
    found, kl = {}, {}
    for layer in range(lens.n_layers):
        tick(layer, lens.n_layers)
        made = _trained(net, lens, states[layer][held:], last[held:], how)
        before, after = (
            _mean_kl(net, replace(lens, translators=t), layer, states[layer][:held], last[:held])
            for t in ({}, {layer: made})
        )
        found[layer], kl[layer] = made, (before, after)
    tick(lens.n_layers, lens.n_layers)
    return found, kl


def _states(
    net: Network, lens: Lens, ids: Sequence[NDArray[np.int64]], how: Training
) -> tuple[list[torch.Tensor], torch.Tensor]:
    """(tokens, width) float32 states of each layer, and the body's last ones, in random order."""
    parts: list[list[torch.Tensor]] = [[] for _ in range(lens.n_layers + 1)]
    n = 0
    with torch.inference_mode():
        for own in ids:
            if n >= how.tokens:
                break
            seen, end = _passed(net, lens, torch.from_numpy(own)[None].to(net.device))
            if (lens.n_layers + 1) * (n + len(own)) * end.shape[-1] > MOST_NUMBERS:
                raise ScoringError(
                    "its states do not fit memory", advice="Train on fewer tokens (--tokens)"
                )
            for layer in range(lens.n_layers):
                parts[layer].append(seen[layer].clone())
            parts[-1].append(end.clone())
            n += len(own)
    if n < 2 * _BATCH:
        raise ScoringError(f"the texts have {n} tokens; a lens needs {2 * _BATCH} at least")
    order = torch.randperm(n, generator=torch.Generator().manual_seed(how.seed))
    *deep, last = (torch.cat(some)[order.to(some[0].device)].clone() for some in parts)
    return deep, last


def _passed(
    net: Network, lens: Lens, ids: torch.Tensor
) -> tuple[dict[int, torch.Tensor], torch.Tensor]:
    """The states of one text: (T, width) of each layer, and those the body gives."""
    seen: dict[int, torch.Tensor] = {}

    def keep(layer: int, states: torch.Tensor) -> None:
        seen[layer] = states.flatten(0, 1)

    with lens.watched(keep):
        return seen, run_body(net, ids).flatten(0, 1)


def _trained(
    net: Network, lens: Lens, states: torch.Tensor, last: torch.Tensor, how: Training
) -> Translator:
    width = states.shape[-1]
    weight = torch.zeros(width, width, device=states.device, requires_grad=True)
    bias = torch.zeros(width, device=states.device, requires_grad=True)
    adam = torch.optim.Adam([weight, bias], lr=how.rate)
    made = replace(lens, translators={0: Translator(weight, bias)})
    draw = torch.Generator().manual_seed(how.seed)
    for step in range(how.steps):
        for group in adam.param_groups:
            group["lr"] = how.rate * (1 - step / how.steps)
        some = torch.randint(len(states), (_BATCH,), generator=draw).to(states.device)
        adam.zero_grad()
        _kl(net, made, 0, states[some], last[some]).backward()  # type: ignore[no-untyped-call]
        adam.step()
    return Translator(weight.detach().cpu(), bias.detach().cpu())


def _kl(
    net: Network, lens: Lens, layer: int, states: torch.Tensor, last: torch.Tensor
) -> torch.Tensor:
    """Mean KL of the model's prediction from that of a layer, nats/token."""
    with torch.no_grad():
        own = logits(net, last).float().log_softmax(-1)
    ours = logits(net, lens.states(layer, states)).float().log_softmax(-1)
    return torch.nn.functional.kl_div(ours, own, log_target=True, reduction="batchmean")


def _mean_kl(
    net: Network, lens: Lens, layer: int, states: torch.Tensor, last: torch.Tensor
) -> float:
    with torch.no_grad():
        each = [
            float(_kl(net, lens, layer, states[k : k + _BATCH], last[k : k + _BATCH]))
            * len(last[k : k + _BATCH])
            for k in range(0, len(last), _BATCH)
        ]
    return sum(each) / len(last)


def save(path: Path, translators: Mapping[int, Translator], about: Mapping[str, str]) -> None:
    """Write translators as safetensors, whole or not at all; ``about`` is kept beside them.

    Raises
    ------
    InputError
        If the system refuses.
    """
    from safetensors.torch import save as as_bytes

    tensors: dict[str, Any] = {}
    for layer, translator in translators.items():
        tensors[f"{layer}.weight"] = translator.weight.contiguous()
        tensors[f"{layer}.bias"] = translator.bias.contiguous()
    temporary = path.with_name(f".{path.name}.tmp")
    try:
        temporary.write_bytes(as_bytes(tensors, metadata=dict(about)))
        temporary.replace(path)
    except OSError as error:
        raise os_problem(error, f"Writing {path}") from error
    finally:
        with suppress(OSError):
            temporary.unlink(missing_ok=True)
