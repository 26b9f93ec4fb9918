"""One contract for every causal architecture: weights taken over give the bits of loading."""

import sys
from dataclasses import replace
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parents[1] / "compute" / "scoring"))

import zoo

LOADED_AFRESH = {
    "DeepSeek V2",
    "DeepSeek V3",
    "Mixtral",
    "Qwen 2 MoE",
}
"""Loading stacks the experts of these into one tensor; that is not copying."""


def save_disturbed(module, folder, seed):
    """Save ``module`` with other weights, none of them of equal values."""
    import torch

    generator = torch.Generator().manual_seed(seed)
    with torch.no_grad():
        for p in module.parameters():
            p.add_(torch.randn(p.shape, generator=generator), alpha=0.02)
    module.save_pretrained(folder)


@pytest.mark.parametrize("name", sorted(zoo.ASKED_FOR))
def test_that_weights_taken_over_give_the_bits_of_loading(name, tmp_path):
    import copy

    import torch
    from transformers import CONFIG_MAPPING

    from compute.scoring.loading import Loader, Source
    from compute.scoring.prefetch import go_on
    from compute.scoring.preparing import signature_of

    if zoo.MEMBERS[name].kind not in CONFIG_MAPPING:
        pytest.skip("this version of transformers does not have it yet")
    module = copy.deepcopy(zoo.build(name))
    folders = [tmp_path / str(k) for k in range(2)]
    for seed, folder in enumerate(folders):
        save_disturbed(module, folder, seed)
    first, second = (Source(f, "float32", signature_of(f, "float32")) for f in folders)
    assert first.signature == second.signature != ""
    loader = Loader(torch.device("cpu"))
    before = loader.load(first)
    taken = loader.load(replace(second, staged=loader.stage(second, None, go_on)))
    direct = Loader(torch.device("cpu")).load(second)
    ids = torch.from_numpy(zoo.texts()[4])[None]
    with torch.inference_mode():
        ours, theirs = (m(input_ids=ids, use_cache=False).logits for m in (taken, direct))
    assert torch.equal(ours, theirs)
    assert (taken is before) == (name not in LOADED_AFRESH)
