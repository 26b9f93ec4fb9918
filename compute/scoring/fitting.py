"""A tuned lens from a folder to a file: the model is loaded, its translators are trained."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import torch

from compute.core.specs import LensSpec
from compute.core.tables import TextSet
from compute.scoring import devices, models
from compute.scoring.lens import find_lens
from compute.scoring.loading import from_pretrained, scoring_error
from compute.scoring.probing import PROBE_TOKENS, network
from compute.scoring.tokens import tokenize
from compute.scoring.tuned import Training, fit, save


def fit_folder(
    spec: LensSpec, texts: TextSet, tick: Callable[[int, int], None]
) -> Mapping[str, Any]:
    """See :func:`compute.jobs.lens.fit`; float32, weights stay as they are."""
    device = devices.choose(spec.device)
    devices.be_repeatable(device)
    if spec.n_threads:
        torch.set_num_threads(spec.n_threads)
    folder = Path(spec.model)
    try:
        module = from_pretrained(folder, "float32").eval().to(device)
        ids = tokenize(folder, texts, "tokenizer").ids
    except Exception as error:  # whatever a foreign file makes the libraries raise
        raise scoring_error(error) from error
    for parameter in module.parameters():
        parameter.requires_grad_(False)
    context = models.shape_of(module).context
    usable = [own for own in ids if len(own) > 1 and (context < 0 or len(own) <= context)]
    probe = max(usable, key=len, default=ids[0])
    net = network(module, device, probe)
    lens = find_lens(net, torch.from_numpy(probe[:PROBE_TOKENS])[None].to(device))
    how = Training(spec.steps, spec.rate, spec.tokens, spec.seed)
    translators, kl = fit(net, lens, usable, how, tick)
    about = {
        "model": folder.name,
        "texts": texts.digest,
        "steps": str(spec.steps),
        "seed": str(spec.seed),
        "software": devices.software(),
    }
    save(Path(spec.out), translators, about)
    n = min(spec.tokens, sum(map(len, usable)))
    return {"out": spec.out, "tokens": n, "layers": {str(k): list(v) for k, v in kl.items()}}
