"""How a model is run: found out on a few tokens, and right in every case."""

import numpy as np
import pytest
import tiny_models
import torch
import zoo

from compute.core.errors import ScoringError
from compute.scoring import heads
from compute.scoring.forward import Way, score_batch
from compute.scoring.heads import Together
from compute.scoring.models import shape_of
from compute.scoring.probing import network
from compute.scoring.reference import plain_loop, reference

CPU = torch.device("cpu")
LLAMA = zoo.MEMBERS["Llama"]


@pytest.fixture
def llama():
    """``llama(**config)``: a small random model of its own."""
    return lambda **config: zoo.built(LLAMA.kind, {**LLAMA.config, **config})


def own_texts():
    """Without the token that batches are padded with."""
    return [np.maximum(ids, 1) for ids in zoo.texts(seed=3)]


def opened(module):
    return network(module, CPU, own_texts()[4])


def gap(net):
    """Largest difference to the plain loop, nats."""
    alone = plain_loop(net.module, own_texts())
    return float(np.abs(score_batch(net, own_texts(), Way(chunk_rows=50)).values - alone).max())


def after_forward(module, change):
    """Let ``change(output, input_ids)`` follow a module's forward."""
    real = module.forward

    def forward(*args, input_ids=None, **kwargs):
        return change(real(*args, input_ids=input_ids, **kwargs), input_ids)

    module.forward = forward


def on_logits(change):
    def apply(out, _ids):
        out.logits = change(out.logits)
        return out

    return apply


# ---------------------------------------------------------------- body, output layer, tail


@pytest.mark.parametrize("tied", [True, False])
def test_that_tied_and_untied_output_layers_are_used(llama, tied):
    net = opened(llama(tie_word_embeddings=tied))
    assert (net.head.weight is net.module.get_input_embeddings().weight) == tied
    assert gap(net) < 1e-3


def test_that_the_bias_of_an_output_layer_counts():
    net = opened(zoo.built("phi", zoo.MEMBERS["Phi"].config))
    with torch.no_grad():
        net.head.bias.copy_(torch.linspace(-3, 3, zoo.VOCAB))
    assert net.body is not None
    assert gap(net) < 1e-3


@pytest.mark.parametrize(
    "lie",
    [
        lambda logits: logits * 1.01,
        lambda logits: logits + 0.1 * torch.arange(zoo.VOCAB),
        lambda logits: logits.roll(1, -1),
        lambda logits: 3 * torch.tanh(logits / 3),
    ],
)
def test_that_logits_that_are_not_what_the_parts_give_are_believed(llama, lie):
    module = llama()
    after_forward(module, on_logits(lie))
    net = opened(module)
    assert net.body is None
    assert gap(net) < 1e-3


def test_that_a_cap_is_found_where_small_logits_hide_it(llama):
    module = llama()
    with torch.no_grad():
        module.lm_head.weight.mul_(1e-3)
    after_forward(module, on_logits(lambda logits: 30 * torch.tanh(logits / 30)))
    assert opened(module).body is None


def test_that_a_cap_that_the_config_names_needs_no_other_path(llama):
    module = llama()
    module.config.final_logit_softcapping = 3.0
    after_forward(module, on_logits(lambda logits: 3 * torch.tanh(logits / 3)))
    net = opened(module)
    assert net.tail is not None
    assert gap(net) < 1e-3


def test_that_a_scale_in_the_config_that_the_model_ignores_is_ignored(llama):
    module = llama()
    module.config.logit_scale = 0.5
    net = opened(module)
    assert (net.body is not None, net.tail) == (True, None)


def test_that_a_scale_that_is_learned_is_looked_for_in_every_checkpoint(llama):
    module = llama()
    module.scale = torch.nn.Parameter(torch.ones(()))
    after_forward(module, on_logits(lambda logits: logits * module.scale))
    assert opened(module).body is not None
    with torch.no_grad():
        module.scale.fill_(2.0)
    net = opened(module)
    assert net.body is None
    assert gap(net) < 1e-3


def test_that_a_module_with_other_weights_is_not_asked_again(llama):
    module = llama()
    calls = []
    after_forward(module, lambda out, _ids: (calls.append(1), out)[1])
    first = opened(module)
    asked = len(calls)
    with torch.no_grad():
        module.lm_head.weight.mul_(2)
    again = opened(module)
    assert asked > 0
    assert len(calls) == asked
    assert again.body is first.body
    assert gap(again) < 1e-3


@pytest.mark.parametrize("dtype", [torch.bfloat16, torch.float16])
@pytest.mark.parametrize("name", ["Llama", "Gemma 2", "Cohere", "Mamba", "Mixtral"])
def test_that_half_precision_is_no_reason_for_the_plain_path(name, dtype):
    net = opened(zoo.built(zoo.MEMBERS[name].kind, zoo.MEMBERS[name].config).to(dtype))
    assert net.body is not None
    assert gap(net) < 1


def test_that_a_model_that_cannot_run_is_one_sentence(llama):
    module = llama()

    def fail(_out, _ids):
        raise RuntimeError("no\nkernel")

    after_forward(module, fail)
    with pytest.raises(ScoringError, match=r"it cannot be run \(no kernel\)"):
        opened(module)


# ---------------------------------------------------------------- the plain path


@pytest.mark.parametrize("picks", [True, False])
def test_that_own_logits_are_made_a_part_at_a_time(llama, picks, monkeypatch):
    module = llama()
    seen = []

    def lie(logits):
        seen.append(logits.shape[0] * logits.shape[1])
        return logits * 1.01

    after_forward(module, on_logits(lie))
    if not picks:
        monkeypatch.setattr(type(module), "forward", lambda self, input_ids: None)
    net = opened(module)
    monkeypatch.setattr(heads, "_LOGITS_BYTES", 4 * zoo.VOCAB * 24)
    seen.clear()
    score_batch(net, own_texts(), Way())
    assert max(seen) == (24 if picks else max(zoo.LENGTHS))
    assert gap(net) < 1e-3


# ---------------------------------------------------------------- who changes whom


def disturb(module, when):
    """Add to a body's states wherever ``when(input_ids)``."""

    def change(out, ids):
        if when(ids):
            out.last_hidden_state = out.last_hidden_state + 0.1 * out.last_hidden_state.roll(1, -1)
        return out

    after_forward(module.model, change)


@pytest.mark.parametrize(
    ("when", "together"),
    [
        (lambda ids: False, Together.ANY),
        (lambda ids: len(ids) > 1 and bool((ids[:, -1] == 0).any()), Together.EQUAL),
        (lambda ids: len(ids) > 1, Together.ONE),
    ],
)
def test_that_texts_are_kept_apart_where_they_change_each_other(llama, when, together):
    module = llama()
    disturb(module, when)
    net = opened(module)
    assert net.together is together
    twice = own_texts() + [ids[::-1].copy() for ids in own_texts()]
    alone = plain_loop(module, twice)
    assert np.abs(score_batch(net, twice, Way()).values - alone).max() < 1e-3


def test_that_long_texts_do_not_change_how_positions_of_short_ones_are_coded():
    rope = {
        "rope_type": "longrope",
        "rope_theta": 10_000.0,
        "short_factor": [1.0] * 4,
        "long_factor": [4.0] * 4,
        "original_max_position_embeddings": 20,
    }
    config = {**zoo.MEMBERS["Phi-3"].config, "rope_parameters": rope}
    config["original_max_position_embeddings"] = 20
    net = opened(zoo.built("phi3", config))
    assert net.steady == 20
    assert gap(net) < 1e-3


# ---------------------------------------------------------------- shapes


def test_that_a_token_must_be_readable_and_predictable(llama):
    for rows in (zoo.VOCAB - 20, zoo.VOCAB + 20):
        module = llama()
        module.lm_head = torch.nn.Linear(32, rows, bias=False)
        assert shape_of(module).vocab == min(zoo.VOCAB, rows)


def test_that_numbers_for_each_layer_are_read_as_the_largest():
    member = zoo.MEMBERS["Gemma 3n"]
    module = zoo.built(member.kind, {**member.config, "intermediate_size": [48, 96]})
    assert shape_of(module).intermediate == 96


# ---------------------------------------------------------------- weights and devices


def test_that_a_model_that_changes_its_own_weights_takes_over_no_others(tmp_path, scorer, texts):
    """RWKV halves weights of later layers when it is first run, and states with them."""
    member = zoo.MEMBERS["RWKV"]
    config = {**member.config, "num_hidden_layers": 4, "rescale_every": 1, "vocab_size": 320}
    for k in range(2):
        module = zoo.built(member.kind, config)
        with torch.no_grad():
            module.head.weight.add_(k * module.head.weight.roll(1, 0))
        module.save_pretrained(tmp_path / str(k))
        tiny_models.save_tokenizer(tmp_path / str(k))
    one = scorer()
    for k in range(2):
        model = one.open(tiny_models.checkpoint(tmp_path / str(k)), texts)
        plan = model.plan()
        one.prefetch(tiny_models.checkpoint(tmp_path / "1"), texts)
        found = list(model.score(plan, plan.batches))
    alone = reference(tmp_path / "1", texts.texts)
    for scored in found:
        assert np.abs(scored.values - alone[list(scored.batch.texts)]).max() < 1e-3


def test_that_an_output_layer_may_be_kept_elsewhere(llama, tmp_path):
    from accelerate import dispatch_model

    module = llama()
    alone = plain_loop(module, zoo.texts())
    dispatch_model(module, {"model": "cpu", "lm_head": "disk"}, offload_dir=str(tmp_path))
    net = opened(module)
    assert next(net.head.parameters()).device.type == "meta"
    found = score_batch(net, zoo.texts(), Way(chunk_rows=50, chunk_columns=100)).values
    assert np.abs(found - alone).max() < 1e-3
