"""Parquet: whole projects as two tables, and tables of other programs. Needs pyarrow."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from pathlib import Path
from types import ModuleType
from typing import Any

import numpy as np
from numpy.typing import NDArray

from compute.core.errors import InputError, MissingPart
from compute.core.files import read_problem
from compute.core.tables import ENTRY_FIELDS, Entry, frozen
from compute.exchange import bundle, plain
from compute.exchange.axis import axis_of, numbered
from compute.exchange.contract import Imported, Request, Say
from compute.exchange.growing import Growing
from compute.exchange.layout import MODEL, VALUE, Layout, layout_of
from compute.exchange.lines import head_of
from compute.exchange.tables import Cells, imported, with_lengths

TEXTS, ENTRIES = "texts.parquet", "entries.parquet"
LOGLIK = "loglik"
_MAGIC = b"PAR1"
_ROWS_AT_ONCE = 64
_NUMBER_TYPES = ("float", "double", "halffloat", "int", "uint", "decimal")


def pyarrow() -> tuple[ModuleType, ModuleType]:
    """(pyarrow, pyarrow.parquet).

    Raises
    ------
    MissingPart
        If it is not installed.
    """
    try:
        import pyarrow as pa
        import pyarrow.parquet as pq
    except ImportError as error:
        raise MissingPart(
            "pyarrow is not installed",
            tried="Using Parquet",
            advice="Install it with: pip install 'klscope[exchange]'",
        ) from error
    return pa, pq


def write(project: Imported, folder: Path, say: Say) -> None:
    """``entries.parquet``: a row for each entry with all its fields and its vector ``loglik`` (list
    of float32, nats, NaN = not scored); ``texts.parquet``; ``klscope.json``."""
    pa, pq = pyarrow()
    texts = project.texts
    columns = {
        "text_id": pa.array(texts.ids, pa.string()),
        "text": pa.array(texts.texts, pa.string()),
        "domain": pa.array(texts.domains, pa.string()),
        "n_bytes": pa.array(texts.n_bytes),
    }
    pq.write_table(pa.table(columns), folder / TEXTS)
    kinds = {str: pa.string(), int: pa.int64(), float: pa.float64(), tuple: pa.string()}
    schema = pa.schema(
        [(name, kinds[type(getattr(Entry(""), name))]) for name in ENTRY_FIELDS]
        + [(LOGLIK, pa.list_(pa.float32()))]
    )
    with pq.ParquetWriter(folder / ENTRIES, schema) as writer:
        for start in range(0, len(project.entries), _ROWS_AT_ONCE):
            part = slice(start, start + _ROWS_AT_ONCE)
            writer.write_table(_part(pa, schema, project.entries[part], project.loglik[part]))
            done = min(start + _ROWS_AT_ONCE, len(project.entries))
            say(done, len(project.entries), f"Writing {ENTRIES}")
    bundle.write_head(project, "parquet", folder)


def _part(pa: Any, schema: Any, entries: Sequence[Entry], rows: NDArray[np.float32]) -> Any:
    columns = [
        pa.array([_stored(e, name) for e in entries], schema.field(name).type)
        for name in ENTRY_FIELDS
    ]
    offsets = pa.array(np.arange(len(entries) + 1, dtype=np.int32) * rows.shape[1])
    columns.append(pa.ListArray.from_arrays(offsets, pa.array(np.ascontiguousarray(rows).ravel())))
    return pa.Table.from_arrays(columns, schema=schema)


def _stored(entry: Entry, name: str) -> Any:
    value = getattr(entry, name)
    return json.dumps(value, ensure_ascii=False) if isinstance(value, tuple) else value


def read(path: Path, request: Request) -> Imported:
    """A folder written by ``klscope export parquet``, or a file with a table.

    A table has a row for each model (with a column of numbers for each text, or one column of
    lists), a row for each text, or is in the long form.

    Raises
    ------
    InputError
        If it is no Parquet file, or its columns are not named or typed as they should be.
    MissingPart
        If pyarrow is not installed.
    """
    pyarrow()
    if bundle.is_bundle(path, "parquet"):
        return _own(path, request)
    table = _Table(path, request)
    listed = _listed(table)
    if listed is not None:
        return _lists(table, *listed)
    n_texts = len(request.texts) if request.texts is not None else -1
    layout = layout_of(table.header, request.rows, table.tried, n_texts)
    readers = {"long": _long, "models": _models, "texts": _texts}
    return readers[layout.kind](table, layout)


def sniff(path: Path) -> bool:
    if path.is_dir():
        return bundle.is_bundle(path, "parquet")
    try:
        return head_of(path).startswith(_MAGIC)
    except InputError:
        return False


class _Table:
    """An open Parquet file: its columns, and its rows some at a time."""

    def __init__(self, path: Path, request: Request) -> None:
        pa, pq = pyarrow()
        self.path, self.request, self.tried = path, request, f"Reading {path}"
        head_of(path)  # says why, if it cannot be read
        self._errors: tuple[type[Exception], ...] = (OSError, pa.ArrowException, ValueError)
        try:
            self._file: Any = pq.ParquetFile(path)
        except self._errors as error:
            if isinstance(error, OSError) and error.errno is not None:
                raise read_problem(error, self.tried) from error
            raise self._damaged(error) from error
        self.schema: Any = self._file.schema_arrow
        self.header: list[str] = list(self.schema.names)

    def _damaged(self, error: Exception) -> InputError:
        what = str(error).splitlines()[0][:200] if str(error) else type(error).__name__
        return InputError(f"it is no Parquet file that can be read ({what})", tried=self.tried)

    def batches(self, n_columns: int) -> Iterator[Any]:
        """Parts of about 2M values."""
        rows = max(1, (1 << 21) // max(1, n_columns))
        done, total = 0, self._file.metadata.num_rows
        try:
            for batch in self._file.iter_batches(batch_size=rows):
                yield batch
                done += batch.num_rows
                self.request.say(done, total, f"Reading {self.path.name}")
        except self._errors as error:
            raise self._damaged(error) from error

    def numbers(self, batch: Any, column: int) -> NDArray[np.float64]:
        """(n,) float64 of a column of numbers; null is NaN."""
        kind = str(self.schema.field(column).type)
        if not kind.startswith(_NUMBER_TYPES):
            raise InputError(
                f"the column {self.header[column][:60]!r} holds {kind}, no numbers",
                tried=self.tried,
                advice="Save it as float32 or float64",
            )
        found = batch.column(column).to_numpy(zero_copy_only=False)
        return np.asarray(found, dtype=np.float64)

    def strings(self, batch: Any, column: int) -> list[str]:
        try:
            return ["" if cell is None else str(cell) for cell in batch.column(column).to_pylist()]
        except UnicodeError as error:
            raise self._damaged(error) from error


def _listed(table: _Table) -> tuple[int, int] | None:
    """(column of names, column of lists) of a table with a vector on each row."""
    names = [name.lower() for name in table.header]
    value = next((names.index(name) for name in VALUE if name in names), -1)
    model = next((names.index(name) for name in ("id", *MODEL) if name in names), -1)
    if value < 0 or model < 0 or "list<" not in str(table.schema.field(value).type):
        return None
    return model, value


def _lists(table: _Table, model: int, value: int) -> Imported:
    labels: list[str] = []
    rows: Growing | None = None
    for batch in table.batches(1 << 14):
        labels += table.strings(batch, model)
        for vector in batch.column(value):
            found = np.array(vector.as_py() or [], dtype=np.float64)
            rows = rows or Growing(len(found))
            if rows.width != len(found):
                raise InputError(
                    f"the vector of {labels[len(rows)]!r} has {len(found):,} values, the first has "
                    f"{rows.width:,} (row {len(rows) + 1})",
                    tried=table.tried,
                    advice="Every model needs a value, or NaN, for every text",
                )
            rows.add(found)
    values = rows.taken() if rows is not None else np.empty((0, 0), dtype=np.float32)
    axis = axis_of(numbered(values.shape[1]), table.request, table.tried)
    return imported(labels, values, axis, table.request, table.path)


def _models(table: _Table, layout: Layout) -> Imported:
    names = [table.header[k] for k in layout.values]
    labels: list[str] = []
    rows = Growing(len(names))
    for batch in table.batches(len(names)):
        labels += table.strings(batch, layout.model)
        for row in np.stack([table.numbers(batch, k) for k in layout.values], axis=1):
            rows.add(row)
    labels, values, axis = with_lengths(labels, rows.taken(), names, table.request, table.tried)
    return imported(labels, values, axis, table.request, table.path)


def _texts(table: _Table, layout: Layout) -> Imported:
    columns = [table.header[k] for k in layout.values]
    names: list[str] = []
    texts: list[str] = []
    domains: list[str] = []
    lengths: list[int] = []
    rows = Growing(len(columns))
    for batch in table.batches(len(columns)):
        for kept, column in (
            (names, layout.text_id),
            (texts, layout.text),
            (domains, layout.domain),
        ):
            kept += table.strings(batch, column) if column >= 0 else []
        if layout.n_bytes >= 0:
            lengths += table.numbers(batch, layout.n_bytes).astype(np.int64).tolist()
        for row in np.stack([table.numbers(batch, k) for k in layout.values], axis=1):
            rows.add(row)
    axis = axis_of(
        names or numbered(len(rows)),
        table.request,
        table.tried,
        texts=texts,
        domains=domains,
        n_bytes=np.array(lengths, dtype=np.int64) if layout.n_bytes >= 0 else None,
    )
    return imported(columns, np.ascontiguousarray(rows.taken().T), axis, table.request, table.path)


def _long(table: _Table, layout: Layout) -> Imported:
    cells = Cells(table.tried)
    name = layout.text_id if layout.text_id >= 0 else layout.text
    for batch in table.batches(len(table.header)):
        models, texts = table.strings(batch, layout.model), table.strings(batch, name)
        content = table.strings(batch, layout.text) if layout.text >= 0 else [""] * len(texts)
        domains = table.strings(batch, layout.domain) if layout.domain >= 0 else []
        n_bytes = (
            table.numbers(batch, layout.n_bytes).astype(np.int64) if layout.n_bytes >= 0 else ()
        )
        for k, text in enumerate(texts):
            if cells.texts.setdefault(text, len(cells.texts)) == len(cells.content):
                cells.content.append(content[k])
                cells.domains += domains[k : k + 1]
                cells.n_bytes += [int(n) for n in n_bytes[k : k + 1]]
        rows = [cells.models.setdefault(model, len(cells.models)) for model in models]
        cells.put(
            rows, [cells.texts[text] for text in texts], table.numbers(batch, layout.values[0])
        )
    axis = axis_of(
        tuple(cells.texts) if layout.text_id >= 0 else numbered(len(cells.texts)),
        table.request,
        table.tried,
        texts=cells.content if layout.text >= 0 else (),
        domains=cells.domains,
        n_bytes=np.array(cells.n_bytes, dtype=np.int64) if layout.n_bytes >= 0 else None,
    )
    return imported(tuple(cells.models), cells.matrix(), axis, table.request, table.path)


def _own(folder: Path, request: Request) -> Imported:
    tried = f"Reading {folder}"
    bundle.check_request(request, tried)
    head = bundle.head_in(folder)
    texts, table = _Table(folder / TEXTS, request), _Table(folder / ENTRIES, request)
    _check_columns(texts, ("text_id", "text", "domain"))
    _check_columns(table, (*ENTRY_FIELDS, LOGLIK))
    columns: tuple[list[str], ...] = ([], [], [])
    for batch in texts.batches(1 << 10):
        for kept, name in zip(columns, ("text_id", "text", "domain"), strict=True):
            kept += texts.strings(batch, texts.header.index(name))
    n_texts = len(columns[0])
    entries: list[Entry] = []
    rows = Growing(n_texts)
    for batch in table.batches(n_texts):
        for one in batch.select(list(ENTRY_FIELDS)).to_pylist():
            entries.append(_entry(one, f"row {len(entries) + 1} of {ENTRIES}"))
        lists = batch.column(table.header.index(LOGLIK))
        flat = np.asarray(lists.flatten().to_numpy(zero_copy_only=False), dtype=np.float32)
        if flat.size != batch.num_rows * n_texts:
            raise InputError("a vector does not fit the texts", tried=tried)
        for row in flat.reshape(batch.num_rows, n_texts):
            rows.add(row)
    return bundle.assembled(
        head, (columns[0], columns[1], columns[2]), entries, frozen(rows.taken()), tried
    )


def _check_columns(table: _Table, names: Sequence[str]) -> None:
    if missing := [name for name in names if name not in table.header]:
        raise InputError(f"the column {missing[0]!r} is missing", tried=table.tried)


def _entry(row: dict[str, Any], where: str) -> Entry:
    kinds = {name: type(getattr(Entry(""), name)) for name in row}
    try:
        data = {k: json.loads(v) if kinds[k] is tuple else v for k, v in row.items()}
    except (TypeError, ValueError, RecursionError) as error:
        raise InputError(f"{where} is damaged ({error})") from error
    nan_free = {k: None if isinstance(v, float) and v != v else v for k, v in data.items()}
    return plain.entry_of(nan_free, where)
