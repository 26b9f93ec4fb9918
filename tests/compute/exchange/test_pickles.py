"""What the reader of pickles builds: the same values that pickle would, with every protocol."""

import pickle

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays

from compute.core.errors import InputError
from compute.exchange.pickles import read_pickle

PROTOCOLS = range(pickle.HIGHEST_PROTOCOL + 1)


def same(a, b):
    """Equal in value and kind; numpy's numbers may have become plain ones."""
    if isinstance(a, np.ndarray):
        return (
            isinstance(b, np.ndarray)
            and a.dtype.newbyteorder("=") == b.dtype
            and a.shape == b.shape
            and a.tolist() == b.tolist()
        ) or (bool((a != a).any()) and np.array_equal(a, b, equal_nan=True))
    if isinstance(a, dict):
        return a.keys() == b.keys() and all(same(a[k], b[k]) for k in a)
    if isinstance(a, list | tuple):
        return type(a) is type(b) and len(a) == len(b) and all(map(same, a, b))
    return a == b or (a != a and b != b)


@pytest.fixture
def again(tmp_path):
    def read(value, protocol):
        path = tmp_path / "value.pkl"
        path.write_bytes(pickle.dumps(value, protocol))
        return read_pickle(path)

    return read


VALUES = {
    "none": None,
    "numbers": [0, 1, -1, 255, 256, 65_536, -(2**31), 2**31, 10**20, -(2**100), True, False],
    "floats": [1.5, -2.5e-300, float("inf"), float("nan"), 0.1],
    "strings": ["", "plain", "ä\n\\u0041", "😀", "x" * 300, "x" * 70_000],
    "bytes": [b"", b"\x00\xff", b"x" * 300, b"y" * 70_000],
    "nested": {"a": [(1, (2, (3,))), {}, [], ()], 5: None, 1.5: {"b": {"c": [None]}}, (1, "x"): 2},
    "long list": list(range(5000)),
    "long dict": {f"k{i}": i for i in range(5000)},
    "shared": [["x"]] * 3,
    "vector": np.arange(5, dtype=np.float32),
    "matrix": np.arange(12.0).reshape(3, 4),
    "Fortran": np.asfortranarray(np.arange(12.0).reshape(3, 4)),
    "slice": np.arange(20.0)[::3],
    "big-endian": np.arange(4, dtype=">f8"),
    "whole": np.arange(4, dtype=np.uint16),
    "half": np.arange(4, dtype=np.float16),
    "booleans": np.array([[True], [False]]),
    "strings of one width": np.array(["ab", "ü😀"]),
    "bytes of one width": np.array([b"ab", b"c"]),
    "no rows": np.zeros((0, 5)),
    "one number": np.array(3.5),
    "three axes": np.arange(24).reshape(2, 3, 4),
    "numpy's numbers": [np.float32(2.5), np.int64(-7), np.bool_(True), np.str_("q"), np.float64(1)],
    "arrays that share a type": {k: np.full(3, float(k)) for k in range(50)},
}


@pytest.mark.parametrize("protocol", PROTOCOLS)
@pytest.mark.parametrize("name", VALUES)
def test_that_plain_data_comes_back_as_it_was(again, name, protocol):
    assert same(VALUES[name], again(VALUES[name], protocol))


@pytest.mark.parametrize("protocol", PROTOCOLS)
def test_that_numpy_1_wrote_the_same_under_another_name(tmp_path, protocol):
    path = tmp_path / "old.pkl"
    data = pickle.dumps({"a": np.arange(3.0), "b": np.float32(1.5)}, min(protocol, 3))
    assert b"numpy._core" in data
    path.write_bytes(data.replace(b"numpy._core", b"numpy.core"))
    assert same({"a": np.arange(3.0), "b": 1.5}, read_pickle(path))


def test_that_arrays_are_read_only(again):
    found = again([np.arange(3.0), np.arange(3, dtype=">i4"), np.array([True])], 4)
    assert not any(a.flags.writeable for a in found)
    with pytest.raises(ValueError, match="read-only"):
        found[0][0] = 1


def test_that_a_shared_value_is_held_once(again):
    first, second = again([np.arange(3.0)] * 2, 4)
    assert first is second


@given(
    value=st.recursive(
        st.none()
        | st.booleans()
        | st.integers(-(2**64), 2**64)
        | st.floats()
        | st.text(st.characters(exclude_categories=("Cs",)))
        | st.binary()
        | arrays.arrays(
            st.sampled_from(["f4", "f8", ">f8", "i8", "u1", "?", "U3"]),
            arrays.array_shapes(min_dims=0, max_dims=3, min_side=0),
        ),
        lambda part: (
            st.lists(part)
            | st.tuples(part, part)
            | st.dictionaries(st.text("abc") | st.integers(-9, 9), part)
        ),
        max_leaves=10,
    ),
    protocol=st.integers(0, pickle.HIGHEST_PROTOCOL),
)
def test_that_any_plain_data_comes_back_as_pickle_gives_it(tmp_path_factory, value, protocol):
    path = tmp_path_factory.getbasetemp() / "any.pkl"
    path.write_bytes(pickle.dumps(value, protocol))
    assert same(pickle.loads(path.read_bytes()), read_pickle(path))


def test_that_a_path_that_is_no_file_is_refused(tmp_path):
    with pytest.raises(InputError, match="no regular file"):
        read_pickle(tmp_path)
    with pytest.raises(InputError, match="not there"):
        read_pickle(tmp_path / "gone.pkl")
