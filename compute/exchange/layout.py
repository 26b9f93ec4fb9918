"""What the columns of a table are, from its header. All pure."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from compute.core.errors import InputError

MODEL = ("model", "label", "entry", "model_name", "name", "checkpoint", "run")
TEXT = ("text_id", "text", "index", "document", "doc", "doc_id", "text_index", "prompt")
VALUE = (
    "loglik",
    "log_likelihood",
    "log-likelihood",
    "loglikelihood",
    "logp",
    "logprob",
    "log_prob",
    "ll",
)
N_BYTES = ("n_bytes", "bytes", "num_bytes")
DOMAIN = ("domain", "pile_set_name")
_FRAME = "__index_level_0__"
INDEX = ("", "unnamed: 0", "rownames", _FRAME)
"""What a column is called in which R and pandas number the rows, or name them."""
EITHER = ("id", *INDEX)


@dataclass(frozen=True, slots=True)
class Layout:
    """Columns by their number, -1 = there is none.

    ``kind`` is ``long`` (one value on each row), ``models`` (a row for each model) or ``texts``
    (a row for each text). ``values`` are the columns of numbers: of one value, of texts, of models.
    """

    kind: str
    values: tuple[int, ...]
    model: int = -1
    text_id: int = -1
    text: int = -1
    n_bytes: int = -1
    domain: int = -1


def layout_of(header: Sequence[str], rows: str, tried: str, n_texts: int = -1) -> Layout:
    """How a table with this header is laid out.

    Parameters
    ----------
    rows : str
        ``models`` or ``texts`` where the user has said so, else "".
    n_texts : int
        Texts that were given beside the table, -1 = none were; it tells which axis is theirs.

    Raises
    ------
    InputError
        If the header does not say; the sentence says what it should be.
    """
    names = [cell.strip().lower() for cell in header]
    _check(header, tried)
    long = _long(names)
    if long is not None and not rows:
        return long
    at = _naming(names)
    if rows == "models" or (not rows and names[at] in MODEL):
        return _models(names, at)
    if rows == "texts" or (not rows and names[at] in TEXT):
        return _texts(names, at)
    if names[at] in EITHER and n_texts == len(names) - 1:
        return _models(names, at)
    if names[at] in EITHER and (n_texts > 0 or _side(names)):
        return _texts(names, at)
    raise InputError(
        f"the first column is called {header[0]!r}, which does not say what the rows are",
        tried=tried,
        advice="Call it 'model' where each row is a model and 'text_id' where each row is a text, "
        "or give --rows models or --rows texts; the long form has the columns model, text_id (or "
        "text) and loglik",
    )


def _check(header: Sequence[str], tried: str) -> None:
    if len(header) < 2:
        raise InputError(
            f"its first line has one column ({header[0][:60]!r})" if header else "it has no header",
            tried=tried,
            advice="A table has a header and at least two columns, with , ; or tabs between",
        )
    if all(_is_number(cell) for cell in header[1:]) and not _counts(header[1:]):
        raise InputError(
            "its first line holds numbers, not the names of columns",
            tried=tried,
            advice="Put a header before the numbers: 'model' and the ids of the texts",
        )


def _is_number(cell: str) -> bool:
    try:
        float(cell)
    except ValueError:
        return False
    return True


def _counts(cells: Sequence[str]) -> bool:
    return all(cell.strip().isdecimal() for cell in cells)


def _find(names: Sequence[str], known: Sequence[str]) -> int:
    return next((names.index(name) for name in known if name in names), -1)


def _long(names: Sequence[str]) -> Layout | None:
    value, model = _find(names, VALUE), _find(names, MODEL)
    text_id, text = _find(names, tuple(n for n in TEXT if n != "text")), _find(names, ("text",))
    if value < 0 or model < 0 or (text_id < 0 and text < 0):
        return None
    return Layout(
        "long", (value,), model, text_id, text, _find(names, N_BYTES), _find(names, DOMAIN)
    )


def _naming(names: Sequence[str]) -> int:
    """The column that says what each row is: the first, unless that only numbers the rows."""
    at = next((k for k, name in enumerate(names) if name not in INDEX), 0)
    if names[at] in MODEL or (names[at] in TEXT and names[at] != "text"):
        return at
    return names.index(_FRAME) if _FRAME in names else 0


def _others(names: Sequence[str], own: set[int]) -> tuple[int, ...]:
    """The columns of values: all but these, and but those that number the rows."""
    numbering = {k for k, name in enumerate(names) if name in INDEX}
    return tuple(k for k in range(len(names)) if k not in own | numbering)


def _models(names: Sequence[str], at: int) -> Layout:
    return Layout("models", _others(names, {at}), model=at)


def _side(names: Sequence[str]) -> bool:
    """Whether there are columns that only texts have."""
    return _find(names, ("text", *N_BYTES)) >= 0


def _texts(names: Sequence[str], at: int) -> Layout:
    text = _find(names, ("text",))
    n_bytes, domain = _find(names, N_BYTES), _find(names, DOMAIN)
    own = {text, n_bytes, domain}
    text_id = at if text != at else _find(names, tuple(n for n in (*TEXT, "id") if n != "text"))
    return Layout(
        "texts", _others(names, {*own, text_id}), -1, text_id, text, n_bytes, domain
    )  # fmt: skip
