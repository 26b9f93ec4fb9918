"""What numpy writes into a pickle, rebuilt from its parts: element types, arrays, numbers. Pure."""

from __future__ import annotations

import math
import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from compute.core.tables import frozen

_TYPE = re.compile(r"(b1|i[1248]|u[1248]|f[248])|([SU])([1-9]\d{0,6})")
_ORDERS = ("<", ">", "=", "|")
_MOST_AXES, _LONGEST_AXIS = 32, 2**40
_SURROGATES = range(0xD800, 0xE000)


class Refused(Exception):  # noqa: N818 - caught by the reader, which says where
    """``what`` the pickle asks for, in words that follow "it holds"; ``name`` of it, if any."""

    def __init__(self, what: str, name: str = "") -> None:
        super().__init__(what)
        self.what, self.name = what, name


@dataclass(slots=True)
class ElementType:
    """A numpy dtype in the making: ``code`` such as ``f4``; ``order`` "" = not said yet."""

    code: str
    order: str = ""

    def build(self, state: Any) -> None:
        """Take the state of a plain dtype: (3, order, None, None, None, size, alignment, flags)."""
        if self.order:
            raise Refused("an element type that is changed after it was made", "numpy.dtype")
        match state:
            case (3, str() as order, None, None, None, int(), int(), int() as flags):
                if order in _ORDERS and flags in (0, 8):
                    self.order = order
                    return
        raise Refused("an element type with fields, parts or metadata", "numpy.dtype")

    @property
    def dtype(self) -> np.dtype[Any]:
        """The finished type, made from two checked strings."""
        if not self.order:
            raise Refused("an element type that was not finished", "numpy.dtype")
        return np.dtype((self.order if self.order != "|" else "=") + self.code)


def element_type(arguments: Any) -> ElementType:
    """``numpy.dtype(code, False, True)``: booleans, whole numbers, floats, strings of one width."""
    match arguments:
        case (str() as code, False | 0, True | 1):
            if _TYPE.fullmatch(code):
                return ElementType(code)
            kind = "Python objects" if code[:1] == "O" else f"elements of type {code[:20]!r}"
            raise Refused(f"an array of {kind}", f"numpy.dtype({code[:20]!r})")
    raise Refused("an element type made in an unusual way", "numpy.dtype")


@dataclass(slots=True)
class UnfilledArray:
    """An array in the making: ``value`` is None until its state has come."""

    value: NDArray[Any] | None = None

    def build(self, state: Any) -> None:
        """Take the state of an array: (1, shape, element type, Fortran order, bytes)."""
        if self.value is not None:
            raise Refused("an array that is changed after it was made", "numpy.ndarray")
        match state:
            case (1, tuple() as shape, ElementType() as kind, bool() | 0 | 1 as fortran, raw):
                self.value = array(raw, kind, shape, "F" if fortran else "C")
                return
        raise Refused("an array with an unusual state", "numpy.ndarray")


def array(raw: Any, kind: ElementType, shape: tuple[Any, ...], order: str) -> NDArray[Any]:
    """The array of checked bytes, type and shape: read-only, native byte order, C order.

    Nothing is allocated on the word of the file: the bytes are there, and must fill the shape.
    """
    dtype = kind.dtype
    if not isinstance(raw, bytes):
        raise Refused("an array without bytes of its own", "numpy.ndarray")
    if len(shape) > _MOST_AXES or not all(_is_axis(n) for n in shape):
        raise Refused("an array of an impossible shape", "numpy.ndarray")
    if math.prod(shape) * dtype.itemsize != len(raw):
        raise Refused(f"an array whose shape does not fit its {len(raw)} bytes", "numpy.ndarray")
    if not raw and math.prod(n for n in shape if n) > _LONGEST_AXIS:
        raise Refused("an array of an impossible shape", "numpy.ndarray")
    flat = _checked(np.frombuffer(raw, dtype))
    found = np.ascontiguousarray(flat.reshape(shape, order="F" if order == "F" else "C"))
    return frozen(found.reshape(shape))


def _is_axis(n: Any) -> bool:
    return type(n) is int and 0 <= n <= _LONGEST_AXIS


def _checked(flat: NDArray[Any]) -> NDArray[Any]:
    """Only values that Python can hold: booleans that are 0 or 1, characters that exist."""
    if flat.dtype.kind == "b":
        result: NDArray[Any] = flat.view(np.uint8) != 0
        return result
    native = flat.astype(flat.dtype.newbyteorder("="), copy=False)
    if flat.dtype.kind == "U":
        points = native.view(np.uint32)
        halves = (points >= _SURROGATES.start) & (points < _SURROGATES.stop)
        if (points > 0x10FFFF).any() or halves.any():
            raise Refused("text with characters that do not exist", "numpy.ndarray")
    return native


def from_buffer(arguments: Any) -> NDArray[Any]:
    """``numpy._core.numeric._frombuffer(bytes, type, shape, order)``, as protocol 5 writes it."""
    match arguments:
        case (raw, ElementType() as kind, tuple() as shape, "C" | "F" as order):
            return array(raw, kind, shape, order)
        case (raw, ElementType() as kind, tuple() as shape, "C" | "F" as order, None):
            return array(raw, kind, shape, order)
    raise Refused("an array with axes in an unusual order", "numpy._core.numeric._frombuffer")


def scalar(arguments: Any) -> bool | int | float | str | bytes:
    """``numpy._core.multiarray.scalar(type, bytes)`` as a plain Python value."""
    match arguments:
        case (ElementType() as kind, bytes() as raw):
            value: bool | int | float | str | bytes = array(raw, kind, (), "C").item()
            return value
    raise Refused("a number made in an unusual way", "numpy._core.multiarray.scalar")


def encoded(arguments: Any) -> bytes:
    """``_codecs.encode(text, "latin1")``: how protocols 0 to 2 write bytes."""
    match arguments:
        case (str() as text, "latin1"):
            try:
                return text.encode("latin1")
            except UnicodeEncodeError:
                raise Refused("bytes beyond 255", "_codecs.encode") from None
    raise Refused("bytes in another encoding", "_codecs.encode")


def no_bytes(arguments: Any) -> bytes:
    """``bytes()``: how protocols 0 to 2 write no bytes."""
    if arguments != ():
        raise Refused("bytes made in an unusual way", "builtins.bytes")
    return b""


NDARRAY = "numpy.ndarray"


def unfilled(arguments: Any) -> UnfilledArray:
    """``_reconstruct(numpy.ndarray, (0,), b"b")``, and no other class."""
    match arguments:
        case (Name(name), (0,), b"b") if name == NDARRAY:
            return UnfilledArray()
        case (Name(name), *_) if name != NDARRAY:
            raise Refused("an array of a class of its own", name)
    raise Refused("an array made in an unusual way", "numpy._core.multiarray._reconstruct")


@dataclass(frozen=True, slots=True)
class Name:
    """A name that numpy's pickles use. It stands for itself: nothing is looked up or imported."""

    name: str


CALLS: Mapping[str, Any] = {
    "numpy.core.multiarray._reconstruct": unfilled,
    "numpy._core.multiarray._reconstruct": unfilled,
    "numpy.core.multiarray.scalar": scalar,
    "numpy._core.multiarray.scalar": scalar,
    "numpy.core.numeric._frombuffer": from_buffer,
    "numpy._core.numeric._frombuffer": from_buffer,
    "numpy.dtype": element_type,
    "_codecs.encode": encoded,
    "builtins.bytes": no_bytes,
    "__builtin__.bytes": no_bytes,
}
"""What a pickle may ask for, and our own function that builds it instead."""
