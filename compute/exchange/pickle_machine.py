"""The machine that a pickle runs on: bytes that are left, stack, memo, and what they may cost."""

from __future__ import annotations

import math
import struct
from dataclasses import dataclass
from typing import Any, BinaryIO

import numpy as np

from compute.core.numbers import count
from compute.exchange.pickled import NDARRAY, ElementType, Name, Refused, UnfilledArray

DEEPEST = 64
"""Containers inside one another."""
MOST_STEPS = 2**25
"""Budget for objects in one file; a container counts as eight."""
MOST_MEMOS = 2**24
MOST_WAITING = 2**18
"""Values on the stack, and so the longest tuple. Lists and dicts come in parts of a thousand."""


class Damaged(Exception):  # noqa: N818 - caught by the reader
    """The file is no whole pickle."""


@dataclass(slots=True)
class Box:
    """A container on the stack.

    ``weight`` counts what it holds written out in full, ``depth`` the containers inside one
    another. ``parts`` says that it holds names or types, which only the making of an array takes.
    """

    value: Any
    weight: int = 1
    depth: int = 1
    closed: bool = False
    parts: bool = False


class Machine:
    """The stack, the memo and the bytes that are left. One use."""

    def __init__(self, file: BinaryIO, size: int) -> None:
        self._file, self._size = file, size
        self.next = 0
        self.at = 0
        self.stack: list[Any] = []
        self.marks: list[int] = []
        self.memo: dict[int, Any] = {}
        self._budget = MOST_STEPS
        self._largest = 4 * size + 10_000

    def result(self) -> Any:
        """The one value that is left, if nothing follows it."""
        if len(self.stack) != 1 or self.marks:
            raise Damaged("does not end as a pickle does")
        if left := self._size - self.next:
            raise Refused(f"{count(left)} more bytes after its end, such as a second pickle")
        return self.plain(self.stack.pop())[0]

    # -- bytes --------------------------------------------------------------------------------

    def take(self, n: int) -> bytes:
        """The next ``n`` bytes. No more is allocated than the file holds."""
        if n > self._size - self.next:
            raise Damaged("is cut short")
        found = self._file.read(n)
        if len(found) != n:
            raise Damaged("is cut short")
        self.next += n
        return found

    def line(self, longest: int) -> bytes:
        """The next bytes up to a line end, without it."""
        found = self._file.readline(min(longest, self._size - self.next) + 1)
        if not found.endswith(b"\n"):
            raise Damaged("is cut short or has a line that is too long")
        self.next += len(found)
        return found[:-1]

    @property
    def left(self) -> int:
        """Bytes that were not taken yet."""
        return self._size - self.next

    def number(self, form: str, n: int) -> Any:
        """The number that the next ``n`` bytes stand for."""
        return struct.unpack(form, self.take(n))[0]

    # -- stack --------------------------------------------------------------------------------

    def mark(self) -> None:
        """Where values that belong together begin."""
        if len(self.marks) > MOST_WAITING:
            raise Damaged("holds more objects than are read from one file")
        self.marks.append(len(self.stack))

    def push(self, value: Any, cost: int = 1) -> None:
        self._budget -= cost
        if self._budget < 0 or len(self.stack) >= MOST_WAITING:
            raise Damaged("holds more objects than are read from one file")
        self.stack.append(value)

    def pop(self) -> Any:
        """The last value, if there is one since the last mark."""
        if len(self.stack) <= (self.marks[-1] if self.marks else 0):
            raise Damaged("takes a value that is not there")
        return self.stack.pop()

    def since_mark(self) -> list[Any]:
        if not self.marks:
            raise Damaged("takes a mark that is not there")
        start = self.marks.pop()
        found = self.stack[start:]
        del self.stack[start:]
        return found

    def top_container(self, kind: type) -> Box:
        """The list or dict at the top that may still be filled; it stays there."""
        box = self.pop()
        self.stack.append(box)
        if not isinstance(box, Box) or type(box.value) is not kind:
            raise Refused(f"{what(box)} that is filled like a {kind.__name__}", named(box))
        if box.closed:
            raise Refused(f"a {kind.__name__} that is changed after it was used, or holds itself")
        return box

    # -- values -------------------------------------------------------------------------------

    def plain(self, item: Any) -> tuple[Any, int, int]:
        """(value, weight, depth) of something that becomes part of the result."""
        value, weight, depth, parts = self.part(item)
        if parts:
            raise Refused(f"{what(item)} as a value", named(item))
        return value, weight, depth

    def part(self, item: Any) -> tuple[Any, int, int, bool]:
        """(value, weight, depth, whether it is or holds a name or a type)."""
        if isinstance(item, Box):
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

    def grow(self, box: Box, weight: int, depth: int) -> None:
        """Account for something that became part of ``box``."""
        box.weight += weight
        box.depth = max(box.depth, depth + 1)
        if box.depth > DEEPEST:
            raise Refused(f"containers more than {DEEPEST} deep")
        if box.weight > self._largest:
            raise Refused("references that make it far larger than the file")

    def remember(self, index: int) -> None:
        """Note the value at the top under a number that is free."""
        if index in self.memo:
            raise Refused("a note of its memo that is written twice")
        if len(self.memo) >= MOST_MEMOS:
            raise Damaged("holds more objects than are read from one file")
        self.memo[index] = self._top()

    def _top(self) -> Any:
        value = self.pop()
        self.stack.append(value)
        return value

    def recall(self, index: int) -> None:
        """Push what was noted."""
        if index not in self.memo:
            raise Damaged("asks for a note that was never made")
        self.push(self.memo[index])


def what(item: Any) -> str:
    """A value in words, without a look inside of it."""
    value = item.value if isinstance(item, Box) else item
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


def named(item: Any) -> str:
    """The name that an item is or holds, "" = none."""
    if isinstance(item, Box) and item.parts:
        return next((name for part in item.value if (name := named(part))), "")
    if isinstance(item, ElementType):
        return "numpy.dtype"
    return item.name if isinstance(item, Name) else ""
