"""What klscope doctor says of the devices."""

from compute.cli import doctor

GIB = 1 << 30


def test_that_every_gpu_is_shown_with_its_memory_and_whether_it_has_bfloat16():
    said = {
        "auto": ["cuda:0", "cuda:1"],
        "gpus": [
            {"name": "Large", "memory": 80 * GIB, "bfloat16": True},
            {"name": "Old", "memory": 16 * GIB, "bfloat16": False},
        ],
        "mps": False,
        "cpu": {"name": "Some CPU", "memory": 64 * GIB, "bfloat16": False},
    }
    assert doctor._devices(said) == [
        ("scoring uses", "cuda:0, cuda:1"),
        ("cuda:0", "Large, 80 GiB, bfloat16"),
        ("cuda:1", "Old, 16 GiB, no bfloat16 in hardware"),
        ("MPS", "no"),
        ("CPU", "Some CPU, 64 GiB, no bfloat16 in hardware"),
    ]


def test_that_a_torch_that_does_not_answer_is_a_problem_and_no_row():
    assert doctor._devices({"error": "no driver"}) == []


def test_that_the_devices_of_this_machine_are_found_by_a_process_of_its_own():
    said = doctor._torch()
    assert set(said) == {"auto", "gpus", "mps", "cpu"}
    assert said["auto"]
    assert said["cpu"]["memory"] > GIB
