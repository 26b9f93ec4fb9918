"""The real scorer: transformers models on CUDA, MPS or a CPU."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import torch

from compute.core.cores import available_cores
from compute.core.errors import ScoringError
from compute.core.tables import Checkpoint, TextSet
from compute.scoring import devices, models
from compute.scoring.contract import Settings
from compute.scoring.heads import Network
from compute.scoring.lens import find_lens
from compute.scoring.loading import Loader, Source
from compute.scoring.planning import ModelShape, has_lanes
from compute.scoring.prefetch import Ahead
from compute.scoring.preparing import Preparer
from compute.scoring.probing import PROBE_TOKENS, network
from compute.scoring.threads import Threads
from compute.scoring.tokens import TokenizedTexts
from compute.scoring.torch_model import TorchModel
from compute.scoring.tuned import tuned


class TorchScorer:
    """Opens checkpoints on one device; keeps tokens, module and threads between them.

    Raises
    ------
    UsageError
        If the device is not here.
    """

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self._names = devices.devices_of(settings.device, settings.largest_bytes)
        self._device = devices.choose(self._names[0])
        devices.be_repeatable(self._device)
        self._loader = Loader(self._device, devices.placement(self._names[0]))
        self._preparer = Preparer(settings, self._device, self._loader)
        self._ahead = Ahead(self._preparer.prepare)
        self._threads = Threads(settings.n_threads or available_cores())

    def devices(self) -> tuple[str, ...]:
        return self._names

    def prefetch(self, checkpoint: Checkpoint, texts: TextSet) -> None:
        self._ahead.start(checkpoint, texts)

    def software(self) -> str:
        return devices.software()

    def dtype_of(self, checkpoint: Checkpoint) -> str:
        return self._preparer.dtype_of(checkpoint)

    def open(self, checkpoint: Checkpoint, texts: TextSet) -> TorchModel:
        prepared = self._ahead.take(checkpoint, texts)
        source, tokens = prepared.source, prepared.tokens
        module = self._loader.load(source)
        shape = models.shape_of(module)
        _check_ids(tokens, shape)
        self._threads.use(self._threads.asked, lanes=self._lanes(shape))
        probe = _probe(tokens)
        net = network(module, self._device, probe)
        lens = find_lens(net, _few(probe, net)) if self._settings.layers else None
        if lens is not None and self._settings.lens:
            lens = tuned(lens, Path(self._settings.lens), shape.hidden)
        return TorchModel(
            net,
            shape,
            source.dtype,
            tokens,
            texts,
            self._settings,
            self._threads,
            digest=prepared.digest,
            lens=lens,
            n_bytes=_n_bytes(source, module),
            software=devices.software(_libraries(source)),
        )

    def _lanes(self, shape: ModelShape) -> bool:
        return has_lanes(shape, devices.describe(self._device))

    def close(self) -> None:
        self._ahead.close()
        self._loader.close()
        self._threads.close()
        devices.forget(self._device)

    def abandon(self) -> None:
        return


def _n_bytes(source: Source, module: Any) -> int:
    if source.quantize:
        return models.n_bytes(module)
    try:
        return sum(path.stat().st_size for path in source.files)
    except OSError:  # gone since it was loaded
        return -1


def _libraries(source: Source) -> tuple[str, ...]:
    """What has a say in its values beside torch and transformers."""
    found = (("bitsandbytes", source.quantize), ("peft", source.adapter))
    return tuple(name for name, used in found if used)


def _probe(tokens: TokenizedTexts) -> Any:
    """The first text with tokens enough, else the longest."""
    return max(tokens.ids, key=lambda ids: min(len(ids), PROBE_TOKENS))


def _few(probe: Any, net: Network) -> torch.Tensor:
    """(1, T) of a few tokens on the network's device."""
    return torch.from_numpy(probe[:PROBE_TOKENS])[None].to(net.device)


def _check_ids(tokens: TokenizedTexts, shape: ModelShape) -> None:
    if tokens.highest >= shape.vocab:
        raise ScoringError(
            f"its tokenizer does not belong to it: token {tokens.highest} is beyond its vocabulary "
            f"of {shape.vocab}"
        )
