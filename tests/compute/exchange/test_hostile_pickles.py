"""Pickles from strangers: nothing runs, the offender is named, and little is used up."""

import pickle
import sys
import time
import tracemalloc
from contextlib import contextmanager

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from compute.core.errors import InputError
from compute.exchange.pickles import RefusedPickle, read_pickle
from tests.compute.exchange.hostile import CANARY, CORPUS, Reduced, by_name, text

MOST_SECONDS = 10.0
_watched: list[str] | None = None


def _watch(event: str, arguments: tuple) -> None:
    if _watched is None:
        return
    if event == "open" and arguments[1] in ("r", "rb") and str(arguments[0]).endswith(".pkl"):
        return
    _watched.append(f"{event} {arguments!r}"[:200])


sys.addaudithook(_watch)  # stays for good, and does nothing unless it is watching


@contextmanager
def watching():
    """Everything that Python reports meanwhile: imports, calls, files, processes, sockets."""
    global _watched
    _watched = found = []
    try:
        yield found
    finally:
        _watched = None


@pytest.fixture(autouse=True, scope="module")
def _warm(tmp_path_factory):
    """Codecs are imported on first use; that is no doing of the file."""
    path = tmp_path_factory.mktemp("warm") / "warm.pkl"
    for protocol in range(6):
        path.write_bytes(pickle.dumps({"a": np.array(["b"]), "c": b"\xff"}, protocol))
        read_pickle(path)
    b"\\ud800".decode("raw-unicode-escape")


@pytest.mark.parametrize("shape", CORPUS)
def test_that_a_hostile_pickle_is_refused_by_name_and_runs_nothing(shape, tmp_path, monkeypatch):
    data, offender = CORPUS[shape]
    path = tmp_path / "hostile.pkl"
    path.write_bytes(data)
    monkeypatch.chdir(tmp_path)
    started = time.monotonic()
    with watching() as seen, pytest.raises(InputError) as refused:
        read_pickle(path)
    assert seen == []
    assert time.monotonic() - started < MOST_SECONDS
    assert not (tmp_path / CANARY).exists()
    assert offender in refused.value.message
    assert "hostile.pkl" in refused.value.message
    assert refused.value.message.isprintable()
    if isinstance(refused.value, RefusedPickle):
        assert "nothing of it was executed" in refused.value.message
        assert " at byte " in refused.value.message


def test_that_the_watch_sees_what_a_careless_reader_would_do():
    with watching() as seen:
        pickle.loads(pickle.dumps(Reduced(eval, ("1",))))
    assert any("find_class" in event for event in seen)
    assert any(event.startswith("exec") for event in seen)


@pytest.mark.parametrize(
    "shape",
    [s for s in CORPUS if any(w in s for w in ("laughs", "claim", "huge", "deep", "many ref"))],
)
def test_that_a_small_file_uses_little_memory(shape, tmp_path):
    path = tmp_path / "bomb.pkl"
    path.write_bytes(CORPUS[shape][0])
    tracemalloc.start()
    try:
        with pytest.raises(InputError):
            read_pickle(path)
        assert tracemalloc.get_traced_memory()[1] < 1_000_000 + 400 * path.stat().st_size
    finally:
        tracemalloc.stop()


def test_that_a_pickle_inside_of_bytes_stays_bytes(tmp_path):
    inner = by_name("os", "system", text("x") + b"\x85R.")
    path = tmp_path / "nested.pkl"
    path.write_bytes(pickle.dumps({"payload": inner}))
    with watching() as seen:
        assert read_pickle(path) == {"payload": inner}
    assert seen == []


def test_that_names_are_printed_without_their_control_characters(tmp_path):
    path = tmp_path / "a.pkl"
    path.write_bytes(by_name("os\x1b[2J", "sys\x07tem" + 400 * "x", b"."))
    with pytest.raises(RefusedPickle, match=r"os\\x1b\[2J\.sys\\x07tem") as refused:
        read_pickle(path)
    assert len(refused.value.message) < 500


def test_that_a_table_of_pandas_is_refused_with_a_way_out(tmp_path):
    path = tmp_path / "a.pkl"
    path.write_bytes(CORPUS["pandas"][0])
    with pytest.raises(RefusedPickle, match="CSV or Parquet"):
        read_pickle(path)


@given(st.binary(max_size=300))
def test_that_arbitrary_bytes_give_plain_data_or_a_sentence(tmp_path_factory, data):
    _read_or_refuse(tmp_path_factory, data)


@given(st.data())
def test_that_a_pickle_with_changed_bytes_gives_plain_data_or_a_sentence(tmp_path_factory, data):
    whole = bytearray(
        pickle.dumps(
            {"a": np.arange(4, dtype=np.float32), "b": [None, "x", (1, 2.5)]},
            data.draw(st.integers(0, 5)),
        )
    )
    for _ in range(data.draw(st.integers(1, 4))):
        whole[data.draw(st.integers(0, len(whole) - 1))] = data.draw(st.integers(0, 255))
    _read_or_refuse(tmp_path_factory, bytes(whole))


def _read_or_refuse(tmp_path_factory, data):
    path = tmp_path_factory.getbasetemp() / "some.pkl"
    path.write_bytes(data)
    with watching() as seen:
        try:
            value = read_pickle(path)
        except InputError:
            value = None
    _assert_plain(value)
    assert seen == []


def _assert_plain(value):
    if isinstance(value, np.ndarray):
        assert value.dtype.kind in "biufSU"
        assert not value.flags.writeable
    elif isinstance(value, dict):
        for key, part in value.items():
            _assert_plain(key)
            _assert_plain(part)
    elif isinstance(value, list | tuple):
        for part in value:
            _assert_plain(part)
    else:
        assert type(value) in (type(None), bool, int, float, str, bytes)
