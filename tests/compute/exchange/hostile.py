"""Pickles that want to run code or use up the machine: name -> (bytes, what must be named).

``CANARY`` is what a payload would do if it ran: write a file of that name.
"""

from __future__ import annotations

import copyreg
import datetime
import decimal
import pickle
import struct
from collections import OrderedDict, defaultdict
from functools import partial

import numpy as np

CANARY = "KLSCOPE_CANARY"
COMMAND = f"touch {CANARY}"


class Reduced:
    """Pickles as a call of ``function`` with ``arguments``, and what may follow it."""

    def __init__(self, *parts):
        self.parts = parts

    def __reduce_ex__(self, protocol):
        return self.parts


class Kept:
    pass


def by_name(module, name, tail):
    return b"c" + module.encode() + b"\n" + name.encode() + b"\n" + tail


def text(word):
    raw = word.encode()
    return b"X" + struct.pack("<I", len(raw)) + raw


def of_numpy(obj=None, protocol=2):
    return pickle.dumps(np.arange(3.0) if obj is None else obj, protocol)


def changed(old, new, data):
    assert old in data
    return data.replace(old, new, 1)


CALL = text(COMMAND) + b"\x85R."
F8 = b"cnumpy\ndtype\n(" + text("f8") + b"I00\nI01\ntR(K\x03" + text("<") + b"NNNJ\xff\xff\xff\xff"
F8 += b"J\xff\xff\xff\xffK\x00tb"
EMPTY = b"cnumpy._core.multiarray\n_reconstruct\n(cnumpy\nndarray\nK\x00\x85C\x01btR"


def state(shape, kind, raw, fortran=b"I00\n"):
    return b"(K\x01" + shape + kind + fortran + raw + b"tb."


def nested(levels):
    """A list of ten references to a list of ten references to ... : 10 ** levels values."""
    data = b"]\x94(" + 10 * b"N" + b"e"
    for k in range(levels):
        note = struct.pack("<I", k), struct.pack("<I", k + 1)
        data = b"(" + data + 9 * (b"j" + note[0]) + b"lr" + note[1]
    return data + b"."


def persistent():
    class Pickler(pickle.Pickler):
        def persistent_id(self, obj):
            return "secret" if isinstance(obj, Kept) else None

    import io

    out = io.BytesIO()
    Pickler(out, 2).dump([Kept()])
    return out.getvalue()


def extension():
    copyreg.add_extension("os", "system", 0x1234)
    try:
        return b"\x80\x02\x83\x34\x12" + CALL
    finally:
        copyreg.remove_extension("os", "system", 0x1234)


def out_of_band():
    buffers = []
    return pickle.dumps(np.arange(9.0), 5, buffer_callback=buffers.append)


def itself():
    held = []
    held.append(held)
    return pickle.dumps(held)


def itself_below():
    held = {}
    held["a"] = [held]
    return pickle.dumps(held)


SYSTEM = "os.system"


def of_one_hash(n: int) -> bytes:
    """A dict of ``n`` pairs of numbers below 2 ** 60 with the same hash: n ** 2 comparisons."""
    first, second, start, whole = (
        11400714785074694791, 14029467366897019727, 2870177450012600261, 2**64,
    )  # fmt: skip
    undo = pow(second, -1, whole)
    keys: set[tuple[int, int]] = set()
    k = 0
    while len(keys) < n:
        k += 1
        mixed = (start + k * second) % whole
        mixed = ((mixed << 31 | mixed >> 33) % whole) * first % whole
        last = (12345 - mixed) * undo % whole
        last -= whole if last >= whole // 2 else 0
        if abs(last) < 2**60:
            keys.add((k, last))
    assert len({hash(key) for key in keys}) == 1
    packed = (b"".join(b"\x8a\x08" + struct.pack("<q", v) for v in key) for key in keys)
    return b"(" + b"".join(key + b"\x86N" for key in packed) + b"d."


CORPUS: dict[str, tuple[bytes, str]] = {
    # calls by name
    "global": (by_name("os", "system", CALL), SYSTEM),
    "posix": (by_name("posix", "system", CALL), "posix.system"),
    "stack global": (b"\x80\x04" + text("os") + text("system") + b"\x93" + CALL, SYSTEM),
    "global in a list": (b"](" + by_name("os", "system", b"e."), SYSTEM),
    "name never called": (by_name("os", "system", b"."), SYSTEM),
    "name dropped": (by_name("os", "system", b"0N."), SYSTEM),
    "name as a key": (b"}" + by_name("os", "system", b"Ns."), SYSTEM),
    "eval": (by_name("builtins", "eval", text("print(1)") + b"\x85R."), "builtins.eval"),
    "exec of Python 2": (by_name("__builtin__", "exec", CALL), "__builtin__.exec"),
    "getattr chain": (
        by_name("builtins", "getattr", b"(cos\n\n" + text("system") + b"tR" + CALL),
        "builtins.getattr",
    ),
    "import": (by_name("builtins", "__import__", text("os") + b"\x85R."), "builtins.__import__"),
    "dotted name": (
        b"\x80\x04" + text("numpy") + text("dtype.__class__.__base__") + b"\x93.",
        "numpy.dtype.__class__.__base__",
    ),
    "dotted to an allowed name": (
        b"\x80\x04" + text("numpy._core") + text("multiarray.scalar") + b"\x93.",
        "numpy._core.multiarray.scalar",
    ),
    "names from the memo": (
        b"\x80\x04" + text("os") + b"\x94" + text("system") + b"\x94" + b"0h\x00h\x01\x93" + CALL,
        "no use for",
    ),
    "names by reference": (
        b"\x80\x04(" + text("os") + b"\x94" + text("system") + b"\x94" + b"h\x00h\x01\x93" + CALL,
        SYSTEM,
    ),
    "instance": (b"(" + text(COMMAND) + b"ios\nsystem\n.", SYSTEM),
    "object": (b"(cos\nsystem\n" + text(COMMAND) + b"o.", SYSTEM),
    "object of an allowed class": (b"(cnumpy\ndtype\n" + text("f8") + b"o.", "numpy.dtype"),
    "new object": (by_name("subprocess", "Popen", text(COMMAND) + b"\x85\x81."), "Popen"),
    "new object of an allowed class": (
        by_name("numpy", "ndarray", b"K\x05\x85\x85\x81."),
        "numpy.ndarray",
    ),
    "new object with keywords": (
        by_name("numpy", "ndarray", b"K\x05\x85\x85}\x92."),
        "numpy.ndarray",
    ),
    "partial": (pickle.dumps(partial(print, "x")), "functools.partial"),
    "reduced": (pickle.dumps(Reduced(eval, ("1",))), "builtins.eval"),
    "reduced with items": (pickle.dumps(Reduced(list, (), None, iter([1]))), "builtins.list"),
    "reduced with a setter": (
        pickle.dumps(Reduced(list, (), (), None, None, setattr)),
        "builtins.list",
    ),
    "map over exec": (by_name("builtins", "map", b"cbuiltins\nexec\n."), "builtins.map"),
    "generator": (by_name("types", "FunctionType", b"."), "types.FunctionType"),
    "code": (by_name("types", "CodeType", b"."), "types.CodeType"),
    "marshal": (by_name("marshal", "loads", b"C\x00\x85R."), "marshal.loads"),
    "pickle in pickle": (by_name("_pickle", "loads", b"C\x01N\x85R."), "_pickle.loads"),
    "import by runpy": (by_name("runpy", "run_path", CALL), "runpy.run_path"),
    "operator": (by_name("operator", "methodcaller", CALL), "operator.methodcaller"),
    "reconstructor": (
        by_name("copy_reg", "_reconstructor", b"(cposix\nsystem\ntR."),
        "copy_reg._reconstructor",
    ),
    # classes that are harmless, and still no plain data
    "object of a class": (pickle.dumps(Kept()), "Kept"),
    "ordered dict": (pickle.dumps(OrderedDict(a=1)), "collections.OrderedDict"),
    "default dict": (pickle.dumps(defaultdict(list)), "collections.defaultdict"),
    "date": (pickle.dumps(datetime.date(2026, 1, 1)), "datetime.date"),
    "decimal": (pickle.dumps(decimal.Decimal(1)), "decimal.Decimal"),
    "complex": (pickle.dumps(1j), "builtins.complex"),
    "set": (pickle.dumps({1, 2}), "a set"),
    "frozen set": (pickle.dumps(frozenset({1})), "a set"),
    "set of protocol 2": (pickle.dumps({1}, 2), "__builtin__.set"),
    "pandas": (
        by_name("pandas.core.frame", "DataFrame", b")\x81}b."),
        "pandas.core.frame.DataFrame",
    ),
    "torch": (by_name("torch._utils", "_rebuild_tensor_v2", b"."), "_rebuild_tensor_v2"),
    # what numpy itself offers
    "numpy.load": (by_name("numpy", "load", CALL), "numpy.load"),
    "numpy.f2py": (by_name("numpy.f2py.crackfortran", "myeval", CALL), "myeval"),
    "numpy exec": (by_name("numpy.testing._private.utils", "runstring", CALL), "runstring"),
    "numpy.fromfile": (by_name("numpy", "fromfile", CALL), "numpy.fromfile"),
    "memory map": (by_name("numpy", "memmap", CALL), "numpy.memmap"),
    "call of ndarray": (by_name("numpy", "ndarray", b"K\x05\x85\x85R."), "a call"),
    "array of another class": (
        by_name("numpy._core.multiarray", "_reconstruct", b"(cnumpy\ndtype\nK\x00\x85C\x01btR."),
        "numpy.dtype",
    ),
    "array of a foreign class": (
        by_name("numpy._core.multiarray", "_reconstruct", b"(cos\nsystem\nK\x00\x85C\x01btR."),
        SYSTEM,
    ),
    "array that starts large": (
        by_name(
            "numpy._core.multiarray",
            "_reconstruct",
            b"(cnumpy\nndarray\nJ\xff\xff\xff\x7f\x85C\x01btR.",
        ),
        "_reconstruct",
    ),
    "array never filled": (EMPTY + b".", "not finished"),
    "array filled twice": (
        EMPTY
        + state(b"K\x01\x85", F8, b"C\x08" + bytes(8))[:-1]
        + state(b"K\x01\x85", F8, b"C\x08" + bytes(8)),
        "numpy.ndarray",
    ),
    "array with a dict as state": (EMPTY + b"}" + text("a") + b"Nsb.", "unusual state"),
    "array with a pickle as bytes": (
        EMPTY + state(b"K\x01\x85", F8, by_name("os", "system", b"")),
        SYSTEM,
    ),
    "objects": (of_numpy(np.array([Kept(), None], dtype=object)), "Python objects"),
    "array of strings as objects": (of_numpy(np.array(["a"], dtype=object)), "Python objects"),
    "number as an object": (
        by_name("numpy._core.multiarray", "scalar", b"(cnumpy\ndtype\n(")
        + text("O8")
        + b"I00\nI01\ntRNtR.",
        "Python objects",
    ),
    "record": (of_numpy(np.zeros(2, [("a", "f8"), ("b", "i4")])), "numpy.dtype"),
    "type with metadata": (
        of_numpy(np.zeros(2, np.dtype("f8", metadata={"a": 1}))),
        "numpy.dtype",
    ),
    "type with parts": (of_numpy(np.dtype(("f8", (2, 3)))), "numpy.dtype"),
    "type alone": (of_numpy(np.dtype("f8")), "numpy.dtype"),
    "type changed again": (
        b"(" + F8 + b"p0\ng0\n" + F8[F8.index(b"(K\x03") :] + b"l.",
        "changed after it was made",
    ),
    "state of a class": (by_name("numpy", "dtype", b"}" + text("a") + b"Nsb."), "numpy.dtype"),
    "state of a dict": (b"}}" + text("__setstate__") + b"Nsb.", "a dict whose state"),
    "complex array": (of_numpy(np.zeros(2, complex)), "c16"),
    "dates": (of_numpy(np.zeros(2, "M8[s]")), "M8"),
    "array subclass": (of_numpy(np.ma.masked_array([1.0], [True])), "numpy.ma"),
    "matrix": (
        changed(b"cnumpy\nndarray\n", b"cnumpy\nmatrix\n", of_numpy()),
        "numpy.matrix",
    ),
    "random generator": (of_numpy(np.random.default_rng(0)), "numpy.random"),
    "buffer out of band": (out_of_band(), "kept elsewhere"),
    "codec": (
        by_name("_codecs", "encode", b"(" + text("aa") + text("hex") + b"tR."),
        "_codecs.encode",
    ),
    "codec by another name": (by_name("codecs", "decode", CALL), "codecs.decode"),
    "lookup of a codec": (by_name("_codecs", "lookup", CALL), "_codecs.lookup"),
    "codec with errors": (
        by_name("_codecs", "encode", b"(" + text("aa") + text("latin1") + text("x") + b"tR."),
        "_codecs.encode",
    ),
    "many bytes": (
        by_name("builtins", "bytes", b"J\xff\xff\xff\x7f\x85R."),
        "builtins.bytes",
    ),
    "byte array": (by_name("builtins", "bytearray", b"J\xff\xff\xff\x7f\x85R."), "bytearray"),
    # other ways to reach an object
    "persistent id": (persistent(), "secret"),
    "persistent id as text": (b"Psecret\x1b[31m\n.", "secret\\x1b[31m"),
    "extension code": (extension(), "extension code 4660"),
    "small extension code": (b"\x80\x02\x82\x05" + CALL, "extension code 5"),
    "large extension code": (b"\x80\x02\x84\x05\x00\x00\x00" + CALL, "extension code 5"),
    # the memo
    "memo written twice": (b"Np0\n" + b"0Np0\n.", "no use for"),
    "memo overwritten": (b"(Np0\nNp0\nl.", "memo"),
    "memo overwritten by a name": (b"(Nq\x00cos\nsystem\nq\x00h\x00" + CALL, SYSTEM),
    "memo of a name": (b"(cnumpy\ndtype\nq\x00h\x00l.", "numpy.dtype"),
    "memo never written": (b"h\x07.", "never made"),
    "list in itself": (itself(), "holds itself"),
    "dict in itself": (itself_below(), "holds itself"),
    "list changed after use": (b"]\x94\x85h\x00Na.", "changed after it was used"),
    "tuple in itself": (b"]\x94h\x00\x85a.", "holds itself"),
    # too much
    "laughs": (nested(9), "far larger than the file"),
    "many references to one array": (
        b"(" + of_numpy(np.zeros(4096), 2)[2:-1] + b"p900\n" + 5000 * b"g900\n" + b"l.",
        "far larger than the file",
    ),
    "deep lists": (50_000 * b"]" + 49_999 * b"a" + b".", "deep"),
    "deep tuples": (b")" + 50_000 * b"\x85" + b".", "deep"),
    "deep dicts": (30_000 * b"}N" + b"N" + 30_000 * b"s" + b".", "deep"),
    "deep marks": (50_000 * b"(" + 50_000 * b"t" + b".", "deep"),
    "huge number": (b"\x8b\xff\xff\xff\x7f" + b"\x01" * 10 + b".", "2,147,483,647 bytes"),
    "negative length": (b"\x8b\xff\xff\xff\xff.", "whole number"),
    "number of many digits": (b"L" + 390 * b"9" + b"L\n.", "whole number"),
    "number without end": (b"L" + 100_000 * b"9", "too long"),
    "name without end": (b"c" + 100_000 * b"a", "too long"),
    "string that claims 4 GB": (b"X\xff\xff\xff\xffab.", "cut short"),
    "string that claims 100 GB": (b"\x8d" + struct.pack("<Q", 10**11) + b"a.", "cut short"),
    "bytes that claim 100 GB": (b"\x8e" + struct.pack("<Q", 10**11) + b"a.", "cut short"),
    "byte array of all memory": (b"\x96" + b"\xff" * 8 + b"a.", "cut short"),
    "frame of 100 GB": (b"\x80\x04\x95" + struct.pack("<Q", 10**11) + b"N.", "cut short"),
    "array that claims 80 GB": (
        EMPTY + state(b"\x8a\x05\x00\xe4\x0b\x54\x02\x85", F8, b"C\x08" + bytes(8)),
        "does not fit",
    ),
    "array of no bytes and many rows": (
        EMPTY
        + state(b"(K\x00" + 3 * (b"\x8a\x05" + (2**39).to_bytes(5, "little")) + b"t", F8, b"C\x00"),
        "impossible shape",
    ),
    "negative shape": (
        EMPTY + state(b"J\xff\xff\xff\xffJ\xff\xff\xff\xff\x86", F8, b"C\x08" + bytes(8)),
        "impossible shape",
    ),
    "shape of booleans": (
        EMPTY + state(b"\x88\x85", F8, b"C\x08" + bytes(8)),
        "impossible shape",
    ),
    "text of no width": (
        EMPTY
        + state(
            b"J\xff\xff\xff\x7f\x85",
            b"cnumpy\ndtype\n(" + text("U0") + b"I00\nI01\ntR",
            b"C\x00",
        ),
        "numpy.dtype",
    ),
    "characters that do not exist": (
        changed(b"a\x00\x00\x00", b"\xff\xff\xff\x7f", of_numpy(np.array(["a"]), 4)),
        "characters that do not exist",
    ),
    "same key twice": (b"(" + text("a") + b"N" + text("a") + b"Nd.", "key twice"),
    "list as a key": (b"(]Nd.", "a key"),
    "deep key": (b"(" + b"N" + 20 * b"\x85" + b"Nd.", "a key"),
    "long key": (b"(" + b"(" + 9 * b"N" + b"tNd.", "9 parts"),
    "key of large numbers": (
        b"(" + b"\x8a\x08" + b"\x01" * 7 + b"\x0f" + b"K\x01\x86Nd.",
        "huge number",
    ),
    "key of fractions": (b"(G" + struct.pack(">d", 0.1) + b"K\x01\x86Nd.", "fraction"),
    "tuples of one hash": (of_one_hash(4000), "huge number"),
    "many lists on the stack": (300_000 * b"]" + b".", "more objects"),
    "many marks": (300_000 * b"(" + b".", "more objects"),
    "many numbers on the stack": (300_000 * b"N" + b".", "more objects"),
    "colliding keys": (b"(\x8a\x08" + b"\xff" * 7 + b"\x7f" + b"Nd.", "a key"),
    # not whole
    "empty": (b"", "cut short"),
    "cut short": (pickle.dumps({"a": np.arange(100.0)})[:-50], "cut short"),
    "no end": (b"N", "cut short"),
    "stop without a value": (b".", "does not end"),
    "two values": (b"NN.", "does not end"),
    "open mark": (b"(N.", "does not end"),
    "below the mark": (b"N(\x85.", "not there"),
    "mark of another": (b"Nt.", "not there"),
    "key without a value": (b"(Nd.", "without a value"),
    "list as a dict": (b"]NNs.", "filled like a dict"),
    "number as a list": (b"K\x01Na.", "filled like a list"),
    "second pickle": (pickle.dumps(1) + by_name("os", "system", CALL), "more bytes"),
    "padded": (pickle.dumps(1) + bytes(100), "100 more bytes"),
    "later protocol": (b"\x80\x09N.", "protocol"),
    "protocol again": (b"\x80\x04N\x80\x04.", "protocol"),
    "unknown operation": (b"N\xff.", "0xff"),
    "text": (b"hello", "never made"),
    "JSON": (b'{"a": 1}', "no pickle"),
    "gzip": (b"\x1f\x8b\x08\x00", "gzip"),
    "zip of torch": (b"PK\x03\x04", "zip"),
    "pointer of Git LFS": (b"version https://git-lfs.github.com/spec/v1\n", "git lfs pull"),
    "npy": (b"\x93NUMPY\x01\x00", "npy"),
    "string of Python 2": (b"S'abc'\n.", "Python 2"),
    "bytes that are no text": (b"X\x02\x00\x00\x00\xff\xfe.", "damaged"),
    "half a character": (b"X\x03\x00\x00\x00\xed\xa0\x80.", "damaged"),
    "half a character as an escape": (b"V\\ud800\n.", "damaged"),
}
