"""The paper's cutting rule and its draw."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from compute.texts.cutting import draw, pieces


def _naive(raw: bytes, max_bytes: int) -> list[bytes]:
    """The rule as a sentence: at most ``max_bytes``, moved left off a continuation byte."""
    found = []
    while raw:
        cut = min(max_bytes, len(raw))
        while cut < len(raw) and raw[cut] & 0xC0 == 0x80:
            cut -= 1
        found.append(raw[:cut])
        raw = raw[cut:]
    return found


def test_that_the_draw_is_the_papers() -> None:
    drawn = draw(5_703_791, 10_000)
    assert drawn[:5] == [5363900, 933912, 209805, 2307113, 2054301]
    assert len(set(drawn)) == 10_000


def test_that_few_pieces_are_all_drawn() -> None:
    assert sorted(draw(7, 10)) == list(range(7))


@given(st.text(max_size=200), st.integers(4, 40), st.integers(1, 64))
def test_that_pieces_follow_the_rule_whatever_the_blocks(
    text: str, max_bytes: int, block: int
) -> None:
    raw = text.encode()
    blocks = [raw[i : i + block] for i in range(0, len(raw), block)]
    found = list(pieces(blocks, max_bytes))
    assert found == _naive(raw, max_bytes)
    assert b"".join(found) == raw
    assert all(piece.decode() for piece in found)


def test_that_a_cut_moves_left_off_a_character() -> None:
    assert [len(p) for p in pieces(["€".encode() * 5], 7)] == [6, 6, 3]
