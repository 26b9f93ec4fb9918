"""The operations of pickles: those that build plain data, and those that are refused by name."""

from __future__ import annotations

import struct
from collections.abc import Callable, Mapping
from typing import Any

from compute.core.numbers import count
from compute.exchange.pickle_machine import Box, Damaged, Machine, named, what
from compute.exchange.pickled import CALLS, NDARRAY, ElementType, Name, Refused, UnfilledArray

_SIMPLE = frozenset({float, int, bool, type(None)})
_LONGEST_NAME, _LONGEST_NUMBER, _LONGEST_INT = 512, 400, 64
_LARGEST_KEY = 2**60
_LONGEST_KEY, _LARGEST_PART = 3, 2**31
"""Of keys that are tuples: for longer ones, and for larger numbers in them, thousands with the same
hash are easily found, and a dict of these takes hours."""


def run(m: Machine) -> Any:
    """Carry out the operations up to the end, and give the value that is left.

    Raises
    ------
    Refused
        If one asks for anything but plain data; ``m.at`` is its place.
    Damaged
        If the bytes are no whole pickle.
    """
    while True:
        m.at = m.next
        code = m.take(1)[0]
        if code == _STOP:
            return m.result()
        operation = _OPERATIONS.get(code)
        if operation is None:
            raise _unknown(m, code)
        operation(m)


def _proto(m: Machine) -> None:
    version = m.take(1)[0]
    if m.at or version > 5:
        raise Damaged(f"has a protocol ({version}) that is not known, or in a wrong place")


def _frame(m: Machine) -> None:
    if m.number("<Q", 8) > m.left:
        raise Damaged("is cut short")


def _mark(m: Machine) -> None:
    m.mark()


def _text_int(m: Machine) -> None:
    line = m.line(_LONGEST_NUMBER)
    m.push({b"00": False, b"01": True}[line] if line in (b"00", b"01") else _whole(line))


def _text_long(m: Machine) -> None:
    m.push(_whole(m.line(_LONGEST_NUMBER).removesuffix(b"L")))


def _whole(line: bytes) -> int:
    digits = line.removeprefix(b"-")
    if not digits.isdigit() or len(digits) > 2 * _LONGEST_INT:
        raise Damaged("has a whole number that is none")
    return int(line)


def _long(form: str, n: int) -> Callable[[Machine], None]:
    def operation(m: Machine) -> None:
        length = m.number(form, n)
        if not 0 <= length <= _LONGEST_INT:
            raise Refused(f"a whole number of {count(length)} bytes")
        m.push(int.from_bytes(m.take(length), "little", signed=True))

    return operation


def _text_float(m: Machine) -> None:
    try:
        m.push(float(m.line(_LONGEST_NUMBER)))
    except ValueError:
        raise Damaged("has a number that is none") from None


def _packed(form: str, n: int) -> Callable[[Machine], None]:
    unpack = struct.Struct(form).unpack

    def operation(m: Machine) -> None:
        m.push(unpack(m.take(n))[0])

    return operation


def _constant(value: Any) -> Callable[[Machine], None]:
    def operation(m: Machine) -> None:
        m.push(value)

    return operation


def _text_string(m: Machine) -> None:
    text = m.line(m.left).decode("raw-unicode-escape")
    text.encode()  # halves of surrogate pairs are no text
    m.push(text)


def _string(form: str, n: int) -> Callable[[Machine], None]:
    def operation(m: Machine) -> None:
        m.push(m.take(m.number(form, n)).decode())

    return operation


def _bytes(form: str, n: int) -> Callable[[Machine], None]:
    def operation(m: Machine) -> None:
        m.push(m.take(m.number(form, n)))

    return operation


def _empty(make: type) -> Callable[[Machine], None]:
    def operation(m: Machine) -> None:
        m.push(Box(make()), 8)

    return operation


def _append(m: Machine) -> None:
    item = m.pop()
    _extend(m, m.top_container(list), [item])


def _appends(m: Machine) -> None:
    items = m.since_mark()
    _extend(m, m.top_container(list), items)


def _extend(m: Machine, box: Box, items: list[Any]) -> None:
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


def _set_item(m: Machine) -> None:
    value, key = m.pop(), m.pop()
    _update(m, m.top_container(dict), [key, value])


def _set_items(m: Machine) -> None:
    items = m.since_mark()
    _update(m, m.top_container(dict), items)


def _update(m: Machine, box: Box, items: list[Any]) -> None:
    if len(items) % 2:
        raise Damaged("has a key without a value")
    for key, item in zip(items[::2], items[1::2], strict=True):
        if item is box:
            raise Refused("a dict that holds itself")
        key, key_weight, _ = m.plain(key)
        key = _key(key)
        if key in box.value:
            raise Refused("a dict with the same key twice", str(key)[:80])
        value, weight, depth = m.plain(item)
        m.grow(box, weight + key_weight, depth)
        box.value[key] = value


def _key(key: Any) -> Any:
    """A key that is cheap to hash: a text or a number, or a tuple of these."""
    if isinstance(key, tuple) and len(key) > _LONGEST_KEY:
        raise Refused(f"a key of {count(len(key))} parts")
    several = isinstance(key, tuple)
    for part in key if several else (key,):
        if several and isinstance(part, float):
            raise Refused("a key with a fraction in a tuple")
        if isinstance(part, int) and abs(part) >= (_LARGEST_PART if several else _LARGEST_KEY):
            raise Refused("a key that is a huge number")
        if not isinstance(part, str | int | float | bytes | None) or part != part:
            raise Refused(f"a key of a dict that is {what(part)}")
    return key


def _list(m: Machine) -> None:
    box = Box([])
    _extend(m, box, m.since_mark())
    m.push(box, 8)


def _dict(m: Machine) -> None:
    box = Box({})
    _update(m, box, m.since_mark())
    m.push(box, 8)


def _tuple(m: Machine) -> None:
    _push_tuple(m, m.since_mark())


def _tuple_of(n: int) -> Callable[[Machine], None]:
    def operation(m: Machine) -> None:
        _push_tuple(m, [m.pop() for _ in range(n)][::-1])

    return operation


def _push_tuple(m: Machine, items: list[Any]) -> None:
    box = Box((), closed=True)
    values = []
    for item in items:
        value, weight, depth, parts = m.part(item)
        m.grow(box, weight, depth)
        box.parts |= parts
        values.append(value)
    box.value = tuple(values)
    m.push(box, 8)


def _put_text(m: Machine) -> None:
    m.remember(_whole(m.line(20)))


def _put(form: str, n: int) -> Callable[[Machine], None]:
    def operation(m: Machine) -> None:
        m.remember(m.number(form, n))

    return operation


def _memoize(m: Machine) -> None:
    m.remember(len(m.memo))


def _get_text(m: Machine) -> None:
    m.recall(_whole(m.line(20)))


def _get(form: str, n: int) -> Callable[[Machine], None]:
    def operation(m: Machine) -> None:
        m.recall(m.number(form, n))

    return operation


def _global(m: Machine) -> None:
    module, name = (m.line(_LONGEST_NAME).decode("utf-8", "replace") for _ in range(2))
    _push_name(m, module, name)


def _stack_global(m: Machine) -> None:
    name, module = m.pop(), m.pop()
    if not (isinstance(module, str) and isinstance(name, str)):
        raise Refused("a name that is no text")
    _push_name(m, module, name)


def _push_name(m: Machine, module: str, name: str) -> None:
    whole = f"{module}.{name}"
    if "." in name or (whole not in CALLS and whole != NDARRAY):
        raise Refused("a class or a function", whole)
    m.push(Name(whole))


def _reduce(m: Machine) -> None:
    arguments, called = m.pop(), m.pop()
    if not isinstance(called, Name) or called.name not in CALLS:
        raise Refused(f"a call of {what(called)}", named(called))
    if not isinstance(arguments, Box) or type(arguments.value) is not tuple:
        raise Refused("a call without arguments", called.name)
    m.push(CALLS[called.name](arguments.value), 8)


def _build(m: Machine) -> None:
    state, target = m.pop(), m.pop()
    if not isinstance(target, UnfilledArray | ElementType):
        raise Refused(f"{what(target)} whose state is set", named(target))
    target.build(state.value if isinstance(state, Box) else state)
    m.stack.append(target)


def _refuse_named(m: Machine) -> None:
    module, name = (m.line(_LONGEST_NAME).decode("utf-8", "replace") for _ in range(2))
    raise Refused("an object of a class", f"{module}.{name}")


def _refuse_object(m: Machine) -> None:
    raise Refused("an object of a class", _class_below(m))


def _class_below(m: Machine) -> str:
    return next((item.name for item in reversed(m.stack) if isinstance(item, Name)), "")


def _refuse_extension(form: str, n: int) -> Callable[[Machine], None]:
    def operation(m: Machine) -> None:
        raise Refused("an object by a registered number", f"extension code {m.number(form, n)}")

    return operation


def _refuse_persistent(m: Machine) -> None:
    name = m.line(_LONGEST_NAME).decode("utf-8", "replace")
    raise Refused("an object that is kept elsewhere", f"persistent id {name}")


def _refuse_binary_persistent(m: Machine) -> None:
    found = m.stack[-1] if m.stack else ""
    name = found if isinstance(found, str | int) else what(found)
    raise Refused("an object that is kept elsewhere", f"persistent id {name}")


def _refuse(what: str) -> Callable[[Machine], None]:
    def operation(m: Machine) -> None:
        raise Refused(what)

    return operation


def _unknown(m: Machine, code: int) -> Damaged:
    if m.at == 0:
        return Damaged("is no pickle")
    return Damaged(f"has an operation that is not known (0x{code:02x})")


_PYTHON_2 = _refuse("a string as Python 2 wrote it; save it again with Python 3")
_OUT_OF_BAND = _refuse("a buffer that is kept elsewhere")
_SHUFFLE = _refuse("an operation that plain data has no use for")
_SET = _refuse("a set")
_STOP = ord(".")

_OPERATIONS: Mapping[int, Callable[[Machine], None]] = {
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
