"""Where stretches of a text stand on a page: rows of cells, broken where there is no room. Pure."""

from __future__ import annotations

import unicodedata
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from explorer.plots.texts.stretches import Stretch

TAB = "    "
BREAK = "↵"
END = "⊣"
Measure = Callable[[str], float]


@dataclass(frozen=True, slots=True)
class Cell:
    """A piece of stretch ``of`` in row ``row``, from ``x`` on, ``width`` px wide.

    ``mark``: it stands for a line break or the end of the text.
    """

    of: int
    row: int
    x: float
    width: float
    words: str
    mark: bool = False


@dataclass(frozen=True, eq=False, slots=True)
class Page:
    """All cells, in the order of the text, and the number of rows."""

    cells: tuple[Cell, ...]
    n_rows: int

    def cell_at(self, x: float, row: int) -> Cell | None:
        """The cell at a place."""
        return next((c for c in self.cells if c.row == row and c.x <= x < c.x + c.width), None)


def page(text: str, found: Sequence[Stretch], room: float, measure: Measure) -> Page:
    """Break a text into rows of at most ``room`` px.

    Parameters
    ----------
    measure : callable
        The width of some words in px.
    """
    at = _Pen(room, measure)
    for of, one in enumerate(found):
        at.write(of, text[one.start : one.end], ends=one.start == one.end)
    return Page(tuple(at.cells), at.row + 1)


class _Pen:
    def __init__(self, room: float, measure: Measure) -> None:
        self.room, self.measure = room, measure
        self.cells: list[Cell] = []
        self.row, self.x = 0, 0.0

    def write(self, of: int, words: str, *, ends: bool) -> None:
        if ends:
            self._put(of, END, mark=True)
            return
        lines = words.replace("\r\n", "\n").split("\n")
        for k, line in enumerate(lines):
            self._line(of, "".join(map(_shown, line)))
            if k < len(lines) - 1:
                self._put(of, BREAK, mark=True)
                self.row, self.x = self.row + 1, 0.0

    def _line(self, of: int, words: str) -> None:
        """One piece without line breaks; begins another row where it does not fit."""
        while words:
            if self.x + self.measure(words) <= self.room:
                self._put(of, words)
                return
            n = self._fitting(words)
            if n:
                self._put(of, words[:n])
            words = words[n:]
            self.row, self.x = self.row + 1, 0.0

    def _fitting(self, words: str) -> int:
        """How many characters fit into what is left of the row; a piece that fits a row of its own
        is not cut."""
        if self.x > 0 and self.measure(words) <= self.room:
            return 0
        n = next(
            (k for k in range(1, len(words) + 1) if self.x + self.measure(words[:k]) > self.room),
            len(words) + 1,
        )
        return max(n - 1, 0 if self.x > 0 else 1)

    def _put(self, of: int, words: str, *, mark: bool = False) -> None:
        width = self.measure(words)
        self.cells.append(Cell(of, self.row, self.x, width, words, mark))
        self.x += width


def _shown(character: str) -> str:
    """What can be drawn of a character."""
    if character == "\t":
        return TAB
    code = ord(character)
    if code < 0x20 or code == 0x7F:
        return chr(0x2400 + code) if code < 0x20 else "␡"
    return "�" if unicodedata.category(character) in ("Cc", "Cs", "Co", "Cn") else character
