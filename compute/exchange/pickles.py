"""Pickles read without unpickling: arrays, numbers, strings, bytes, lists, tuples, dicts, None.

A pickle is a program for a small stack machine; ``pickle.load`` lets it call anything that can be
imported. This is another machine for the same language. It has the operations that build plain data
and no others, it never imports, looks up, calls or constructs anything by a name from the file, and
the few names that numpy needs are compared as text and answered by functions of our own
(:mod:`compute.exchange.pickled`). It uses neither ``pickle`` nor ``copyreg``.

It also bounds what a file can cost: lengths are checked against the bytes that are there before
anything is allocated, a container is closed once it is part of another (so nothing can contain
itself), depth is limited, and so is the size of everything written out in full (so repeated
references cannot make a small file a huge value).
"""

from __future__ import annotations

import math
import os
import stat
import struct
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, BinaryIO

import numpy as np

from compute.core.errors import InputError
from compute.core.files import os_problem
from compute.core.numbers import count
from compute.exchange.pickled import (
    CALLS,
    NDARRAY,
    ElementType,
    Name,
    Refused,
    UnfilledArray,
)

DEEPEST = 64
"""Containers inside one another."""
MOST_STEPS = 2**25
"""Budget for objects in one file; a container counts as eight."""
MOST_MEMOS = 2**24
MOST_WAITING = 2**18
"""Values on the stack, and so the longest tuple. Lists and dicts come in parts of a thousand."""
_SIMPLE = frozenset({float, int, bool, type(None)})
_LONGEST_NAME, _LONGEST_NUMBER, _LONGEST_INT = 512, 400, 64
_LARGEST_KEY, _LONGEST_KEY = 2**60, 8
_MAGIC = {
    b"\x1f\x8b": "is compressed (gzip)",
    b"BZ": "is compressed (bzip2)",
    b"\xfd7": "is compressed (xz)",
    b"PK": "is a zip archive",
    b"\x93N": "is a NumPy array file (.npy)",
}
_ADVICE = {
    "pandas": "Save the table as CSV or Parquet and import that",
    "torch": "Save the numbers as NumPy arrays (tensor.numpy()) and import that",
}


class RefusedPickle(InputError):  # noqa: N818 - reads as what it says
    """The file asks for something that is no plain data. Nothing of it was executed."""


class _Damaged(Exception):  # noqa: N818 - caught below
    """The file is no whole pickle."""


@dataclass(slots=True)
class _Box:
    """A container on the stack.

    ``weight`` counts what it holds written out in full, ``depth`` the containers inside one
    another. ``parts`` says that it holds names or types, which only the making of an array takes.
    """

    value: Any
    weight: int = 1
    depth: int = 1
    closed: bool = False
    parts: bool = False


def read_pickle(path: Path) -> Any:
    """The value that a pickle file holds.

    Dicts, lists and tuples of None, bool, int, float, str, bytes and read-only numpy arrays of
    booleans, numbers or strings. numpy's own numbers become plain ones.

    Raises
    ------
    RefusedPickle
        If it asks for anything else; names it and its place.
    InputError
        If the file is cut short, damaged, no pickle, or cannot be read.
    """
    tried = f"Reading {path}"
    try:
        if not stat.S_ISREG(os.stat(path).st_mode):
            raise InputError("it is no regular file", tried=tried)
        with open(path, "rb") as file:
            return _read(file, os.fstat(file.fileno()).st_size, path.name)
    except OSError as e:
        raise os_problem(e, tried) from e


def _read(file: BinaryIO, size: int, name: str) -> Any:
    machine = _Machine(file, size)
    try:
        return machine.run()
    except Refused as refused:
        raise _refusal(refused, machine.at, name) from None
    except (_Damaged, UnicodeError, struct.error, OverflowError, MemoryError) as e:
        words = str(e) if isinstance(e, _Damaged) else "is cut short or damaged"
        raise InputError(f"{name} {words} (at byte {count(machine.at)})") from None


def _refusal(refused: Refused, at: int, name: str) -> RefusedPickle:
    called = f" ({_shown(refused.name)})" if refused.name else ""
    package = refused.name.partition(".")[0].partition(" ")[0]
    return RefusedPickle(
        f"{name} holds {refused.what}{called} at byte {count(at)}, which is no plain data; "
        f"nothing of it was executed",
        advice=_ADVICE.get(
            package, "Only arrays, numbers, strings, lists, tuples, dicts and None are read"
        ),
    )


def _shown(name: str) -> str:
    """A name from the file as it can be printed: no control characters, not too long."""
    plain = "".join(c if c.isprintable() else f"\\x{ord(c):02x}" for c in name[:120])
    return plain + ("…" if len(name) > 120 else "")


class _Machine:
    """The stack, the memo and the bytes that are left. One use."""

    def __init__(self, file: BinaryIO, size: int) -> None:
        self._file, self._size = file, size
        self._next = 0
        self.at = 0
        self.stack: list[Any] = []
        self.marks: list[int] = []
        self.memo: dict[int, Any] = {}
        self._budget = MOST_STEPS
        self._largest = 4 * size + 10_000

    def run(self) -> Any:
        operations = _OPERATIONS
        start = self._file.read(2)
        self._file.seek(0)
        if start in _MAGIC:
            raise _Damaged(f"{_MAGIC[start]}, no pickle")
        while True:
            self.at = self._next
            code = self.take(1)[0]
            if code == _STOP:
                return self._result()
            operation = operations.get(code)
            if operation is None:
                raise _unknown(self, code)
            operation(self)

    def _result(self) -> Any:
        if len(self.stack) != 1 or self.marks:
            raise _Damaged("does not end as a pickle does")
        if left := self._size - self._next:
            raise Refused(f"{count(left)} more bytes after its end, such as a second pickle")
        return self.plain(self.stack.pop())[0]

    # -- bytes --------------------------------------------------------------------------------

    def take(self, n: int) -> bytes:
        """The next ``n`` bytes. No more is allocated than the file holds."""
        if n > self._size - self._next:
            raise _Damaged("is cut short")
        found = self._file.read(n)
        if len(found) != n:
            raise _Damaged("is cut short")
        self._next += n
        return found

    def line(self, longest: int) -> bytes:
        """The next bytes up to a line end, without it."""
        found = self._file.readline(min(longest, self._size - self._next) + 1)
        if not found.endswith(b"\n"):
            raise _Damaged("is cut short or has a line that is too long")
        self._next += len(found)
        return found[:-1]

    def number(self, form: str, n: int) -> Any:
        return struct.unpack(form, self.take(n))[0]

    # -- stack --------------------------------------------------------------------------------

    def push(self, value: Any, cost: int = 1) -> None:
        self._budget -= cost
        if self._budget < 0 or len(self.stack) >= MOST_WAITING:
            raise _Damaged("holds more objects than are read from one file")
        self.stack.append(value)

    def pop(self) -> Any:
        if len(self.stack) <= (self.marks[-1] if self.marks else 0):
            raise _Damaged("takes a value that is not there")
        return self.stack.pop()

    def since_mark(self) -> list[Any]:
        if not self.marks:
            raise _Damaged("takes a mark that is not there")
        start = self.marks.pop()
        found = self.stack[start:]
        del self.stack[start:]
        return found

    def top_container(self, kind: type) -> _Box:
        box = self.pop()
        self.stack.append(box)
        if not isinstance(box, _Box) or type(box.value) is not kind:
            raise Refused(f"{_what(box)} that is filled like a {kind.__name__}", _named(box))
        if box.closed:
            raise Refused(f"a {kind.__name__} that is changed after it was used, or holds itself")
        return box

    # -- values -------------------------------------------------------------------------------

    def plain(self, item: Any) -> tuple[Any, int, int]:
        """(value, weight, depth) of something that becomes part of the result."""
        value, weight, depth, parts = self.part(item)
        if parts:
            raise Refused(f"{_what(item)} as a value", _named(item))
        return value, weight, depth

    def part(self, item: Any) -> tuple[Any, int, int, bool]:
        """(value, weight, depth, whether it is or holds a name or a type)."""
        if isinstance(item, _Box):
            item.closed = True
            return item.value, item.weight, item.depth, item.parts
        if isinstance(item, UnfilledArray):
            if item.value is None:
                raise Refused("an array that was not finished", NDARRAY)
            item = item.value
        if isinstance(item, np.ndarray):
            return item, 1 + item.size, 0, False
        if isinstance(item, Name | ElementType):
            return item, 1, 0, True
        weight = 1 + len(item) // 256 if isinstance(item, str | bytes) else 1
        return item, weight, 0, False

    def grow(self, box: _Box, weight: int, depth: int) -> None:
        """Account for something that became part of ``box``."""
        box.weight += weight
        box.depth = max(box.depth, depth + 1)
        if box.depth > DEEPEST:
            raise Refused(f"containers more than {DEEPEST} deep")
        if box.weight > self._largest:
            raise Refused("references that make it far larger than the file")

    def remember(self, index: int) -> None:
        if index in self.memo:
            raise Refused("a note of its memo that is written twice")
        if len(self.memo) >= MOST_MEMOS:
            raise _Damaged("holds more objects than are read from one file")
        self.memo[index] = self._top()

    def _top(self) -> Any:
        value = self.pop()
        self.stack.append(value)
        return value

    def recall(self, index: int) -> None:
        if index not in self.memo:
            raise _Damaged("asks for a note that was never made")
        self.push(self.memo[index])


# -- operations ------------------------------------------------------------------------------------


def _proto(m: _Machine) -> None:
    version = m.take(1)[0]
    if m.at or version > 5:
        raise _Damaged(f"has a protocol ({version}) that is not known, or in a wrong place")


def _frame(m: _Machine) -> None:
    if m.number("<Q", 8) > m._size - m._next:
        raise _Damaged("is cut short")


def _mark(m: _Machine) -> None:
    if len(m.marks) > MOST_WAITING:
        raise _Damaged("holds more objects than are read from one file")
    m.marks.append(len(m.stack))


def _text_int(m: _Machine) -> None:
    line = m.line(_LONGEST_NUMBER)
    m.push({b"00": False, b"01": True}[line] if line in (b"00", b"01") else _whole(line))


def _text_long(m: _Machine) -> None:
    m.push(_whole(m.line(_LONGEST_NUMBER).removesuffix(b"L")))


def _whole(line: bytes) -> int:
    digits = line.removeprefix(b"-")
    if not digits.isdigit() or len(digits) > 2 * _LONGEST_INT:
        raise _Damaged("has a whole number that is none")
    return int(line)


def _long(form: str, n: int) -> Callable[[_Machine], None]:
    def operation(m: _Machine) -> None:
        length = m.number(form, n)
        if not 0 <= length <= _LONGEST_INT:
            raise Refused(f"a whole number of {count(length)} bytes")
        m.push(int.from_bytes(m.take(length), "little", signed=True))

    return operation


def _text_float(m: _Machine) -> None:
    try:
        m.push(float(m.line(_LONGEST_NUMBER)))
    except ValueError:
        raise _Damaged("has a number that is none") from None


def _packed(form: str, n: int) -> Callable[[_Machine], None]:
    unpack = struct.Struct(form).unpack

    def operation(m: _Machine) -> None:
        m.push(unpack(m.take(n))[0])

    return operation


def _constant(value: Any) -> Callable[[_Machine], None]:
    def operation(m: _Machine) -> None:
        m.push(value)

    return operation


def _text_string(m: _Machine) -> None:
    text = m.line(m._size).decode("raw-unicode-escape")
    text.encode()  # halves of surrogate pairs are no text
    m.push(text)


def _string(form: str, n: int) -> Callable[[_Machine], None]:
    def operation(m: _Machine) -> None:
        m.push(m.take(m.number(form, n)).decode())

    return operation


def _bytes(form: str, n: int) -> Callable[[_Machine], None]:
    def operation(m: _Machine) -> None:
        m.push(m.take(m.number(form, n)))

    return operation


def _empty(make: type) -> Callable[[_Machine], None]:
    def operation(m: _Machine) -> None:
        m.push(_Box(make()), 8)

    return operation


def _append(m: _Machine) -> None:
    item = m.pop()
    _extend(m, m.top_container(list), [item])


def _appends(m: _Machine) -> None:
    items = m.since_mark()
    _extend(m, m.top_container(list), items)


def _extend(m: _Machine, box: _Box, items: list[Any]) -> None:
    if _SIMPLE.issuperset(map(type, items)):  # the usual case: long lists of numbers
        box.value.extend(items)
        m.grow(box, len(items), 0)
        return
    for item in items:
        if item is box:
            raise Refused("a list that holds itself")
        value, weight, depth = m.plain(item)
        m.grow(box, weight, depth)
        box.value.append(value)


def _set_item(m: _Machine) -> None:
    value, key = m.pop(), m.pop()
    _update(m, m.top_container(dict), [key, value])


def _set_items(m: _Machine) -> None:
    items = m.since_mark()
    _update(m, m.top_container(dict), items)


def _update(m: _Machine, box: _Box, items: list[Any]) -> None:
    if len(items) % 2:
        raise _Damaged("has a key without a value")
    for key, item in zip(items[::2], items[1::2], strict=True):
        if item is box:
            raise Refused("a dict that holds itself")
        key = _key(m.plain(key)[0])
        if key in box.value:
            raise Refused("a dict with the same key twice", str(key)[:80])
        value, weight, depth = m.plain(item)
        m.grow(box, weight + 1, depth)
        box.value[key] = value


def _key(key: Any) -> Any:
    """A key that is cheap to hash: a text or a number, or a tuple of these."""
    if isinstance(key, tuple) and len(key) > _LONGEST_KEY:
        raise Refused(f"a key of {count(len(key))} parts")
    for part in key if isinstance(key, tuple) else (key,):
        if isinstance(part, int) and abs(part) >= _LARGEST_KEY:
            raise Refused("a key that is a huge number")
        if not isinstance(part, str | int | float | bytes | None) or part != part:
            raise Refused(f"a key of a dict that is {_what(part)}")
    return key


def _list(m: _Machine) -> None:
    box = _Box([])
    _extend(m, box, m.since_mark())
    m.push(box, 8)


def _dict(m: _Machine) -> None:
    box = _Box({})
    _update(m, box, m.since_mark())
    m.push(box, 8)


def _tuple(m: _Machine) -> None:
    _push_tuple(m, m.since_mark())


def _tuple_of(n: int) -> Callable[[_Machine], None]:
    def operation(m: _Machine) -> None:
        _push_tuple(m, [m.pop() for _ in range(n)][::-1])

    return operation


def _push_tuple(m: _Machine, items: list[Any]) -> None:
    box = _Box((), closed=True)
    values = []
    for item in items:
        value, weight, depth, parts = m.part(item)
        m.grow(box, weight, depth)
        box.parts |= parts
        values.append(value)
    box.value = tuple(values)
    m.push(box, 8)


def _put_text(m: _Machine) -> None:
    m.remember(_whole(m.line(20)))


def _put(form: str, n: int) -> Callable[[_Machine], None]:
    def operation(m: _Machine) -> None:
        m.remember(m.number(form, n))

    return operation


def _memoize(m: _Machine) -> None:
    m.remember(len(m.memo))


def _get_text(m: _Machine) -> None:
    m.recall(_whole(m.line(20)))


def _get(form: str, n: int) -> Callable[[_Machine], None]:
    def operation(m: _Machine) -> None:
        m.recall(m.number(form, n))

    return operation


def _global(m: _Machine) -> None:
    module, name = (m.line(_LONGEST_NAME).decode("utf-8", "replace") for _ in range(2))
    _push_name(m, module, name)


def _stack_global(m: _Machine) -> None:
    name, module = m.pop(), m.pop()
    if not (isinstance(module, str) and isinstance(name, str)):
        raise Refused("a name that is no text")
    _push_name(m, module, name)


def _push_name(m: _Machine, module: str, name: str) -> None:
    whole = f"{module}.{name}"
    if "." in name or (whole not in CALLS and whole != NDARRAY):
        raise Refused("a class or a function", whole)
    m.push(Name(whole))


def _reduce(m: _Machine) -> None:
    arguments, called = m.pop(), m.pop()
    if not isinstance(called, Name) or called.name not in CALLS:
        raise Refused(f"a call of {_what(called)}", _named(called))
    if not isinstance(arguments, _Box) or type(arguments.value) is not tuple:
        raise Refused("a call without arguments", called.name)
    m.push(CALLS[called.name](arguments.value), 8)


def _build(m: _Machine) -> None:
    state, target = m.pop(), m.pop()
    if not isinstance(target, UnfilledArray | ElementType):
        raise Refused(f"{_what(target)} whose state is set", _named(target))
    target.build(state.value if isinstance(state, _Box) else state)
    m.stack.append(target)


def _refuse_named(m: _Machine) -> None:
    module, name = (m.line(_LONGEST_NAME).decode("utf-8", "replace") for _ in range(2))
    raise Refused("an object of a class", f"{module}.{name}")


def _refuse_object(m: _Machine) -> None:
    raise Refused("an object of a class", _class_below(m))


def _class_below(m: _Machine) -> str:
    return next((item.name for item in reversed(m.stack) if isinstance(item, Name)), "")


def _refuse_extension(form: str, n: int) -> Callable[[_Machine], None]:
    def operation(m: _Machine) -> None:
        raise Refused("an object by a registered number", f"extension code {m.number(form, n)}")

    return operation


def _refuse_persistent(m: _Machine) -> None:
    name = m.line(_LONGEST_NAME).decode("utf-8", "replace")
    raise Refused("an object that is kept elsewhere", f"persistent id {name}")


def _refuse_binary_persistent(m: _Machine) -> None:
    found = m.stack[-1] if m.stack else ""
    name = found if isinstance(found, str | int) else _what(found)
    raise Refused("an object that is kept elsewhere", f"persistent id {name}")


def _refuse(what: str) -> Callable[[_Machine], None]:
    def operation(m: _Machine) -> None:
        raise Refused(what)

    return operation


def _unknown(m: _Machine, code: int) -> _Damaged:
    if m.at == 0:
        return _Damaged("is no pickle")
    return _Damaged(f"has an operation that is not known (0x{code:02x})")


def _what(item: Any) -> str:
    value = item.value if isinstance(item, _Box) else item
    match value:
        case Name():
            return "a class or a function"
        case ElementType():
            return "an element type"
        case UnfilledArray() | np.ndarray():
            return "an array"
        case dict() | list() | tuple():
            return f"a {type(value).__name__}"
        case float() if math.isnan(value):
            return "not a number"
        case _:
            return f"a value of type {type(value).__name__}"


def _named(item: Any) -> str:
    if isinstance(item, _Box) and item.parts:
        return next((name for part in item.value if (name := _named(part))), "")
    if isinstance(item, ElementType):
        return "numpy.dtype"
    return item.name if isinstance(item, Name) else ""


_PYTHON_2 = _refuse("a string as Python 2 wrote it; save it again with Python 3")
_OUT_OF_BAND = _refuse("a buffer that is kept elsewhere")
_SHUFFLE = _refuse("an operation that plain data has no use for")
_SET = _refuse("a set")
_STOP = ord(".")

_OPERATIONS: Mapping[int, Callable[[_Machine], None]] = {
    code[0]: operation
    for code, operation in {
        b"\x80": _proto,
        b"\x95": _frame,
        b"(": _mark,
        b"N": _constant(None),
        b"\x88": _constant(True),
        b"\x89": _constant(False),
        b"I": _text_int,
        b"L": _text_long,
        b"F": _text_float,
        b"J": _packed("<i", 4),
        b"K": _packed("<B", 1),
        b"M": _packed("<H", 2),
        b"G": _packed(">d", 8),
        b"\x8a": _long("<B", 1),
        b"\x8b": _long("<i", 4),
        b"V": _text_string,
        b"X": _string("<I", 4),
        b"\x8c": _string("<B", 1),
        b"\x8d": _string("<Q", 8),
        b"B": _bytes("<I", 4),
        b"C": _bytes("<B", 1),
        b"\x8e": _bytes("<Q", 8),
        b"\x96": _bytes("<Q", 8),
        b"]": _empty(list),
        b"}": _empty(dict),
        b")": _empty(tuple),
        b"a": _append,
        b"e": _appends,
        b"s": _set_item,
        b"u": _set_items,
        b"l": _list,
        b"d": _dict,
        b"t": _tuple,
        b"\x85": _tuple_of(1),
        b"\x86": _tuple_of(2),
        b"\x87": _tuple_of(3),
        b"p": _put_text,
        b"q": _put("<B", 1),
        b"r": _put("<I", 4),
        b"\x94": _memoize,
        b"g": _get_text,
        b"h": _get("<B", 1),
        b"j": _get("<I", 4),
        b"c": _global,
        b"\x93": _stack_global,
        b"R": _reduce,
        b"b": _build,
        b"i": _refuse_named,
        b"o": _refuse_object,
        b"\x81": _refuse_object,
        b"\x92": _refuse_object,
        b"\x82": _refuse_extension("<B", 1),
        b"\x83": _refuse_extension("<H", 2),
        b"\x84": _refuse_extension("<i", 4),
        b"P": _refuse_persistent,
        b"Q": _refuse_binary_persistent,
        b"\x97": _OUT_OF_BAND,
        b"\x98": _OUT_OF_BAND,
        b"\x8f": _SET,
        b"\x90": _SET,
        b"\x91": _SET,
        b"0": _SHUFFLE,
        b"1": _SHUFFLE,
        b"2": _SHUFFLE,
        b"S": _PYTHON_2,
        b"T": _PYTHON_2,
        b"U": _PYTHON_2,
    }.items()
}
