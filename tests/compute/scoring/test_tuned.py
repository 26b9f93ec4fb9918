"""The tuned lens: translators that are read are used, and those that are trained help."""

from dataclasses import replace

import numpy as np
import pytest
import tiny_models
import torch
from safetensors.torch import save_file

from compute.core.errors import ScoringError
from compute.scoring import tuned
from compute.scoring.forward import Way, score_batch
from compute.scoring.lens import find_lens
from compute.scoring.loading import from_pretrained
from compute.scoring.models import shape_of
from compute.scoring.probing import network
from compute.scoring.tokens import tokenize

CPU = torch.device("cpu")


@pytest.fixture(scope="module")
def looked(tmp_path_factory):
    """A tiny model, the ids of some texts, and its lens."""
    folder = tiny_models.save_model(tmp_path_factory.mktemp("lens") / "m", 0)
    module = from_pretrained(folder or tmp_path_factory.getbasetemp(), "float32").eval()
    ids = tokenize(folder, tiny_models.texts(40), "tokenizer").ids
    net = network(module, CPU, max(ids, key=len))
    return net, ids, find_lens(net, torch.from_numpy(max(ids, key=len)[:16])[None])


def width_of(net):
    return shape_of(net.module).hidden


def scored(net, ids, lens):
    layers = tuple(range(lens.n_layers + 1))
    return score_batch(net, ids, Way(layers=layers, lens=lens)).layers


def test_that_a_translator_is_an_affine_map_before_the_final_norm(looked, tmp_path):
    net, ids, lens = looked
    width = width_of(net)
    torch.manual_seed(0)
    made = {"0.weight": 0.1 * torch.randn(width, width), "0.bias": torch.randn(width)}
    save_file(made, tmp_path / "lens.safetensors")
    found = scored(net, ids, tuned.tuned(lens, tmp_path / "lens.safetensors", width))
    without = scored(net, ids, lens)
    assert np.array_equal(found[1:], without[1:])
    own = torch.from_numpy(ids[0])
    with torch.inference_mode():
        states = net.module(input_ids=own[None], output_hidden_states=True).hidden_states[0]
        states = states + states @ made["0.weight"].T + made["0.bias"]
        for module in lens.after:
            states = module(states)
        log_p = net.head(states)[0, :-1].log_softmax(-1)
    plain = float(log_p.gather(1, own[1:, None]).double().sum())
    assert abs(found[0, 0] - plain) < 1e-3


def test_that_a_zero_lens_is_the_logit_lens(looked, tmp_path):
    net, ids, lens = looked
    width = width_of(net)
    nothing = {f"{k}.weight": torch.zeros(width, width) for k in range(lens.n_layers)}
    torch.save(nothing, tmp_path / "params.pt")
    found = scored(net, ids[:4], tuned.tuned(lens, tmp_path / "params.pt", width))
    np.testing.assert_allclose(found, scored(net, ids[:4], lens), atol=1e-4)


def test_that_training_brings_layers_nearer_to_the_model_and_is_repeatable(looked, tmp_path):
    net, ids, lens = looked
    how = tuned.Training(steps=60, tokens=2000, rate=3e-3)
    ticks = []
    translators, kl = tuned.fit(
        net, lens, ids, how, lambda done, total: ticks.append((done, total))
    )
    assert ticks[-1] == (lens.n_layers, lens.n_layers)
    assert all(after < before for before, after in kl.values())
    tuned.save(tmp_path / "a.safetensors", translators, {"model": "tiny"})
    again, _ = tuned.fit(net, lens, ids, how)
    tuned.save(tmp_path / "b.safetensors", again, {"model": "tiny"})
    assert (tmp_path / "a.safetensors").read_bytes() == (tmp_path / "b.safetensors").read_bytes()
    read = tuned.tuned(lens, tmp_path / "a.safetensors", width_of(net))
    assert sorted(read.translators) == list(range(lens.n_layers))
    assert tuned.digest_of(tmp_path / "a.safetensors") == tuned.digest_of(
        tmp_path / "b.safetensors"
    )


def test_that_too_few_tokens_are_refused(looked):
    net, ids, lens = looked
    with pytest.raises(ScoringError, match="a lens needs 512 at least"):
        tuned.fit(net, lens, [ids[0][:5]])


@pytest.mark.parametrize(
    ("tensors", "says"),
    [
        ({"0.weight": torch.zeros(7, 7)}, "its translator of layer 0 is of width 7"),
        ({"9.weight": torch.zeros(7, 7)}, "it has a translator of layer 9"),
        ({"embedding": torch.zeros(7)}, "holds no translator"),
        (
            {"0.weight": torch.zeros(7, 7), "a.0.weight": torch.zeros(7, 7)},
            "two translators of layer 0",
        ),
    ],
)
def test_that_a_lens_of_another_model_is_refused(looked, tmp_path, tensors, says):
    net, _, lens = looked
    save_file(tensors, tmp_path / "lens.safetensors")
    with pytest.raises(ScoringError, match=says):
        tuned.tuned(lens, tmp_path / "lens.safetensors", width_of(net))


class Evil:
    def __reduce__(self):
        return (print, ("executed",))


def test_that_a_pickle_is_read_for_its_tensors_alone(looked, tmp_path, capsys):
    net, _, lens = looked
    torch.save({"0.weight": Evil()}, tmp_path / "params.pt")
    with pytest.raises(ScoringError, match="it was not used"):
        tuned.tuned(lens, tmp_path / "params.pt", width_of(net))
    assert "executed" not in capsys.readouterr().out
    (tmp_path / "cut.safetensors").write_bytes(b"\x08")
    with pytest.raises(ScoringError, match="damaged"):
        tuned.tuned(lens, tmp_path / "cut.safetensors", width_of(net))
    with pytest.raises(ScoringError, match="cannot be read"):
        tuned.tuned(lens, tmp_path / "none.pt", width_of(net))


def test_that_a_capped_model_can_be_trained_too():
    from compute.scoring.tails import _cap

    x = torch.linspace(-3, 3, 7, requires_grad=True)
    made = _cap(x * 1, 2.0)
    made.sum().backward()
    np.testing.assert_allclose(x.grad, 1 - torch.tanh(x.detach() / 2) ** 2, rtol=1e-5)
    plain = _cap(torch.linspace(-3, 3, 7), 2.0)
    np.testing.assert_allclose(plain, made.detach())


def test_that_translators_do_not_touch_the_last_layer(looked):
    net, ids, lens = looked
    made = {
        lens.n_layers - 1: tuned.Translator(torch.eye(width_of(net)), torch.ones(width_of(net)))
    }
    found = scored(net, ids[:3], replace(lens, translators=made))
    assert np.array_equal(found[-1], scored(net, ids[:3], lens)[-1])
