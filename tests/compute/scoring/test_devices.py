"""Which devices a job uses, and which failures of them are known. No GPU is needed."""

from types import SimpleNamespace

import pytest
import torch

from compute.core.errors import ScoringError, UsageError
from compute.core.tables import Checkpoint
from compute.scoring import devices, processor
from compute.scoring.faults import is_out_of_memory, why_lost
from compute.scoring.placing import Machine, cautions, devices_of, largest_bytes, shared_memory
from compute.scoring.planning import Device, ModelShape, token_budget

GIB = 1 << 30
BARE, MAC = Machine(), Machine(mps=True)
ONE, FOUR = Machine((80 * GIB,)), Machine((80 * GIB,) * 4)
CUDA, CPU = torch.device("cuda:0"), torch.device("cpu")


@pytest.fixture
def gpus(monkeypatch):
    """``gpus(memory, ...)``: what torch says on a machine with these GPUs."""

    def pretend(*memories):
        def properties(device):
            index = device if isinstance(device, int) else device.index or 0
            return SimpleNamespace(total_memory=memories[index])

        monkeypatch.setattr(torch.cuda, "is_available", lambda: bool(memories))
        monkeypatch.setattr(torch.cuda, "device_count", lambda: len(memories))
        monkeypatch.setattr(torch.cuda, "get_device_properties", properties)
        monkeypatch.setattr(torch.cuda, "memory_allocated", lambda d: GIB)
        monkeypatch.setattr(torch.cuda, "get_device_name", lambda k: f"GPU {k}")
        monkeypatch.setattr(torch.cuda, "get_device_capability", lambda k: (8 - k, 0))

    return pretend


@pytest.mark.parametrize(
    ("machine", "found"),
    [
        (BARE, ("cpu",)),
        (MAC, ("mps",)),
        (ONE, ("cuda",)),
        (FOUR, ("cuda:0", "cuda:1", "cuda:2", "cuda:3")),
    ],
)
def test_that_auto_is_every_gpu_or_else_mps_or_else_the_cpu(machine, found):
    assert devices_of("auto", machine) == found


@pytest.mark.parametrize(
    ("largest", "spreads"), [(0, False), (68 * GIB, False), (68 * GIB + 1, True), (400 * GIB, True)]
)
def test_that_auto_spreads_a_model_that_is_too_large_for_one_gpu(largest, spreads):
    assert (devices_of("auto", FOUR, largest) == ("spread",)) == spreads


def test_that_the_smallest_gpu_decides_about_spreading():
    uneven = Machine((80 * GIB, 24 * GIB))
    assert devices_of("auto", uneven, 30 * GIB) == ("spread",)
    assert shared_memory(uneven.gpus) == 48 * GIB


def test_that_one_gpu_takes_what_fits_nowhere_else():
    assert devices_of("auto", ONE, 400 * GIB) == ("cuda",)


@pytest.mark.parametrize(
    ("asked", "found"),
    [
        ("cuda:2", ("cuda:2",)),
        ("cuda:0, cuda:3", ("cuda:0", "cuda:3")),
        ("cpu,cpu", ("cpu", "cpu")),
        ("spread", ("spread",)),
    ],
)
def test_that_named_devices_are_taken_as_they_are(asked, found):
    assert devices_of(asked, FOUR, 400 * GIB) == found


def test_that_spread_over_one_gpu_is_that_gpu():
    assert devices_of("spread", ONE) == ("cuda",)


@pytest.mark.parametrize(
    ("asked", "machine", "why"),
    [
        ("spread", BARE, "no CUDA GPU to spread a model over"),
        ("cuda", BARE, "cuda is not here"),
        ("cuda:4", FOUR, "cuda:4 is not here"),
        ("cpu:1", BARE, "cpu:1 is not here"),
        ("mps", FOUR, "mps is not here"),
        ("toaster", FOUR, "no device called 'toaster'"),
        ("cuda:x", FOUR, "no device called 'cuda:x'"),
        ("", FOUR, "no device called ''"),
        ("cpu,spread", FOUR, "no device called 'spread'"),
        ("cpu,cuda:0", FOUR, "mixes kinds"),
        ("cuda:1,cuda:1", FOUR, "twice"),
        ("cuda,cuda:0", FOUR, "twice"),
    ],
)
def test_that_what_cannot_be_had_is_refused_with_its_name(asked, machine, why):
    with pytest.raises(UsageError, match=why):
        devices_of(asked, machine)


def test_that_the_largest_model_is_measured_in_the_dtype_it_is_scored_in():
    small = Checkpoint("a", "a", n_params=1000, n_bytes=4000)
    large = Checkpoint("b", "b", n_params=7000, n_bytes=14_000)
    unknown = Checkpoint("c", "c")
    assert largest_bytes((small, large, unknown), "auto") == 14_000
    assert largest_bytes((small, large, unknown), "float32") == 28_000
    assert largest_bytes((), "auto") <= 0


def test_that_torch_is_asked_for_its_gpus(gpus):
    gpus(80 * GIB, 40 * GIB)
    assert devices.devices_of("auto") == ("cuda:0", "cuda:1")
    assert devices.choose("auto") == devices.choose("spread") == CUDA
    assert devices.describe(torch.device("cuda:1")) == Device("cuda", 40 * GIB)
    assert devices.describe(CUDA, spread=True) == Device("cuda", 80 * GIB, 2)
    assert devices.memory_in_use(CUDA) == GIB
    assert devices.memory_in_use(CUDA, spread=True) == 2 * GIB


def test_that_a_spread_model_leaves_nothing_to_the_host(gpus):
    gpus(10 * GIB, 20 * GIB)
    assert devices.placement("cuda:0") == {}
    room = devices.placement("spread")["max_memory"]
    assert set(room) == {0, 1}
    assert 0.8 * 10 * GIB < room[0] < 10 * GIB


def test_that_a_batch_of_a_spread_model_fits_into_one_gpu():
    shape = ModelShape(6_000_000_000, 4096, 32, 32, 16384, 50_000, context=2048)
    alone = token_budget(shape, "bfloat16", Device("cuda", 20 * GIB))
    shared = token_budget(shape, "bfloat16", Device("cuda", 20 * GIB, 2))
    assert 1 < shared <= alone // 2 + 1


def test_that_auto_dtype_is_float32_on_a_cpu_and_the_models_own_on_a_gpu():
    assert devices.choose_dtype("auto", "bfloat16", CPU) == "float32"
    assert devices.choose_dtype("auto", "bfloat16", CUDA) == "bfloat16"
    assert devices.choose_dtype("auto", "float64", CUDA) == "float32"
    assert devices.choose_dtype("bfloat16", "float32", CPU) == "bfloat16"
    with pytest.raises(ScoringError, match="int3"):
        devices.choose_dtype("int3", "float32", CPU)


@pytest.mark.parametrize(
    ("flags", "asked", "warned"),
    [
        ("fpu avx512_bf16", "bfloat16", False),
        ("fpu amx_bf16", "bfloat16", False),
        ("fpu avx512_vnni", "bfloat16", True),
        ("fpu amx_bf16", "float16", True),
        ("fpu", "float32", False),
        ("fpu", "auto", False),
    ],
)
def test_that_a_dtype_without_hardware_is_warned_of(flags, asked, warned, tmp_path, monkeypatch):
    (tmp_path / "cpuinfo").write_text(f"model name\t: Some CPU\nflags\t\t: {flags}\n")
    monkeypatch.setattr(processor, "_CPUINFO", tmp_path / "cpuinfo")
    assert bool(cautions(asked, ("cpu", "cpu"))) == warned
    assert cautions(asked, ("cuda:0",)) == ()


@pytest.mark.parametrize(
    "error",
    [
        MemoryError(),
        torch.OutOfMemoryError("x"),
        RuntimeError("CUDA out of memory. Tried to allocate 2.00 GiB."),
        RuntimeError("CUDA error: out of memory\nCUDA kernel errors might be"),
        RuntimeError("MPS backend out of memory (MPS allocated: 9.00 GB)"),
        RuntimeError("CUDA error: CUBLAS_STATUS_ALLOC_FAILED when calling `cublasCreate(handle)`"),
        RuntimeError("[enforce fail] DefaultCPUAllocator: can't allocate memory: you tried"),
    ],
)
def test_that_running_out_of_memory_is_known_and_loses_no_worker(error):
    assert is_out_of_memory(error)
    assert why_lost(error) == ""


@pytest.mark.parametrize(
    ("words", "sentence"),
    [
        ("CUDA error: device-side assert triggered", "device-side assert triggered"),
        ("CUDA error: unspecified launch failure", "unspecified launch failure"),
        ("CUDA error: an illegal memory access was encountered", "illegal memory access"),
        ("CUDA error: uncorrectable ECC error encountered", "ECC"),
        ("CUDA error: GPU is lost", "GPU is lost"),
        ("No CUDA GPUs: no CUDA-capable device is detected", "no CUDA-capable device"),
    ],
)
def test_that_a_lost_gpu_is_told_in_one_sentence(words, sentence):
    advice = "\nFor debugging consider passing CUDA_LAUNCH_BLOCKING=1\nCompile with TORCH_USE"
    why = why_lost(RuntimeError(words + advice))
    assert sentence in why
    assert "LAUNCH_BLOCKING" not in why
    assert why.endswith(")")
    assert not is_out_of_memory(RuntimeError(words))


def test_that_a_lost_gpu_is_found_behind_another_error():
    error = ScoringError("it cannot be loaded")
    error.__cause__ = RuntimeError("CUDA error: unspecified launch failure")
    assert "unspecified launch failure" in why_lost(error)


@pytest.mark.parametrize(
    "error", [RuntimeError("shapes differ"), ScoringError("illegal memory access"), KeyError("x")]
)
def test_that_other_errors_are_neither(error):
    assert not is_out_of_memory(error)
    assert why_lost(error) == ""


def test_that_float32_means_float32_and_runs_are_repeatable(monkeypatch):
    matmul, cudnn = torch.backends.cuda.matmul, torch.backends.cudnn
    before = torch.are_deterministic_algorithms_enabled()
    monkeypatch.setattr(cudnn, "allow_tf32", True)
    monkeypatch.delenv("CUBLAS_WORKSPACE_CONFIG", raising=False)
    try:
        devices.be_repeatable(CPU)
        assert not torch.are_deterministic_algorithms_enabled()
        devices.be_repeatable(CUDA)
        assert torch.are_deterministic_algorithms_enabled()
        assert torch.is_deterministic_algorithms_warn_only_enabled()
        assert not cudnn.allow_tf32
        assert not matmul.allow_tf32
        assert not cudnn.benchmark
        assert not matmul.allow_bf16_reduced_precision_reduction
    finally:
        torch.use_deterministic_algorithms(before)
        torch.utils.deterministic.fill_uninitialized_memory = True


def test_that_the_report_names_every_gpu_and_what_auto_stands_for(gpus):
    gpus(80 * GIB, 40 * GIB)
    said = devices.report()
    assert said["auto"] == ["cuda:0", "cuda:1"]
    assert said["gpus"] == [
        {"name": "GPU 0", "memory": 80 * GIB, "bfloat16": True},
        {"name": "GPU 1", "memory": 40 * GIB, "bfloat16": False},
    ]
    assert said["cpu"]["memory"] > GIB
