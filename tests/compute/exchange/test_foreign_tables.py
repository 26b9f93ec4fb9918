"""Tables of other programs: what is understood, and the sentence for what is not."""

from __future__ import annotations

import csv
import io
import math
import struct
import tracemalloc
import zipfile
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from compute.core.errors import Cancelled, InputError
from compute.core.tables import TextSet
from compute.exchange import FORMATS, Request, called
from compute.exchange.axis import STAND_INS
from compute.exchange.delimited import read as read_csv
from compute.exchange.delimited import sniff
from compute.exchange.npz import read as read_npz
from compute.exchange.parquet import read as read_parquet

TEXTS = TextSet(("a", "b", "c"), ("one text", "another", "the third"), ("", "", ""))
VALUES = np.array([[-10.5, -20.25, -30.0], [-11.0, -21.0, -31.5]], dtype=np.float32)
GIVEN = Request(texts=TEXTS)


def put(folder: Path, text: str | bytes, name: str = "t.csv") -> Path:
    path = folder / name
    path.write_bytes(text if isinstance(text, bytes) else text.encode())
    return path


def refused(call: Any, *arguments: Any) -> str:
    with pytest.raises(InputError) as error:
        call(*arguments)
    assert error.value.message.endswith((".", "?"))
    return error.value.message


MODELS = "model,a,b,c\nx,-10.5,-20.25,-30\ny,-11,-21,-31.5\n"
AS_TEXTS = "text_id,x,y\na,-10.5,-11\nb,-20.25,-21\nc,-30,-31.5\n"
LONG = "model,text_id,loglik\n" + "".join(
    f"{m},{t},{VALUES[k, n]}\n" for k, m in enumerate("xy") for n, t in enumerate("abc")
)


@pytest.mark.parametrize(
    "text",
    [
        MODELS,
        AS_TEXTS,
        LONG,
        MODELS.replace(",", ";"),
        MODELS.replace(",", "\t"),
        MODELS.replace(",", ";").replace(".", ","),
        "sep=;\n" + MODELS.replace(",", ";"),
        "\ufeff" + MODELS,
        MODELS.replace("\n", "\r\n"),
        MODELS.replace("x,", '"x",').replace("model,a", '"model","a"'),
        "id,a,b,c\nx,-10.5,-20.25,-30\n\ny,-11,-21,-31.5\n\n",
        "model,c,a,b\nx,-30,-10.5,-20.25\ny,-31.5,-11,-21\n",
        "model,0,1,2\nx,-10.5,-20.25,-30\ny,-11,-21,-31.5\n",
        "model,text1,text2,text3\nx,-10.5,-20.25,-30\ny,-11,-21,-31.5\n",
    ],
)
def test_that_layouts_delimiters_and_marks_are_understood(text: str, tmp_path: Path) -> None:
    found = read_csv(put(tmp_path, text), GIVEN)
    assert [entry.label for entry in found.entries] == ["x", "y"]
    assert found.texts.ids == TEXTS.ids
    assert (found.loglik == VALUES).all()
    assert sniff(put(tmp_path, text)) or text.startswith("id")


def test_that_utf16_is_read(tmp_path: Path) -> None:
    found = read_csv(put(tmp_path, MODELS.encode("utf-16")), GIVEN)
    assert (found.loglik == VALUES).all()


def test_that_quoted_cells_with_line_breaks_keep_their_text(tmp_path: Path) -> None:
    texts = ('say "hi",\nplease', "tab\there; and | there", "\u2028 odd")
    path = tmp_path / "t.csv"
    with open(path, "w", newline="", encoding="utf-8") as file:
        writer = csv.writer(file)
        writer.writerow(["text_id", "text", "n_bytes", "domain", "x", "y"])
        for n, text in enumerate(texts):
            writer.writerow([n, text, len(text.encode()), "web", *VALUES[:, n]])
    found = read_csv(path, Request(per="text"))
    assert found.texts.texts == texts
    assert found.texts.domains == ("web",) * 3
    assert (found.loglik == VALUES).all()


def test_that_a_long_table_may_hold_the_texts_themselves_and_gaps(tmp_path: Path) -> None:
    text = "model,text,log_likelihood\nx,one,-5\nx,two,-6\ny,two,-7\n"
    found = read_csv(put(tmp_path, text), Request())
    assert found.texts.texts == ("one", "two")
    assert found.loglik[0].tolist() == [-5, -6]
    assert math.isnan(found.loglik[1, 0])
    assert found.entries[1].n_scored == 1
    assert any("1 values are missing" in note for note in found.notes)


@pytest.mark.parametrize("at", [1, 2, 3])
def test_that_lengths_stand_in_for_texts(at: int, tmp_path: Path) -> None:
    """bits/byte needs the lengths alone; they are kept exactly and said to be stand-ins."""
    rows = MODELS.splitlines()
    rows.insert(at, "n_bytes,700,3,1024")
    found = read_csv(put(tmp_path, "\n".join(rows)), Request(per="text"))
    assert (found.loglik == VALUES).all()
    assert found.texts.n_bytes.tolist() == [700, 3, 1024]
    assert found.texts.parameters[STAND_INS] is True
    assert [entry.label for entry in found.entries] == ["x", "y"]
    assert any("stand-ins" in note for note in found.notes)


def test_that_names_say_what_an_entry_is(tmp_path: Path) -> None:
    text = MODELS.replace("\nx,", "\norg/pythia-410m-step1000,").replace("\ny,", "\norg/m-8bit,")
    found = read_csv(put(tmp_path, text), GIVEN)
    assert (found.entries[0].step, found.entries[0].n_params) == (1000, 410_000_000)
    assert found.entries[1].quantization


@pytest.mark.parametrize(
    ("unit", "factor"), [("nats", 1.0), ("bits", math.log(2)), ("log10", math.log(10))]
)
def test_that_units_are_converted(unit: str, factor: float, tmp_path: Path) -> None:
    found = read_csv(put(tmp_path, MODELS), Request(texts=TEXTS, unit=unit))
    assert found.loglik == pytest.approx(VALUES * factor, rel=1e-6)


def test_that_averages_are_refused_and_converted_when_asked(tmp_path: Path) -> None:
    texts = TextSet(("a", "b", "c"), tuple("x" * n for n in (500, 600, 700)), ("", "", ""))
    per_byte = VALUES / texts.n_bytes
    rows = [
        f"{m},{','.join(map(repr, row.tolist()))}\n" for m, row in zip("xy", per_byte, strict=True)
    ]
    path = put(tmp_path, "model,a,b,c\n" + "".join(rows))
    tiny = put(tmp_path, "model,a,b,c\nx,-1.1,-1.2,-1.4\n", "tiny.csv")
    assert "averages" in refused(read_csv, tiny, Request(texts=texts))
    found = read_csv(path, Request(texts=texts, per="byte"))
    assert found.loglik == pytest.approx(VALUES, rel=1e-6)
    kept = read_csv(tiny, Request(texts=texts, per="text"))
    assert kept.loglik[0, 0] == np.float32(-1.1)


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("", "empty"),
        ("  \n\n", "empty"),
        (b"\x89PNG\0\0\x01junk", "binary"),
        (b"model,a,b,c\n" + b"x,1,2,3\n" * 40 + b"\xe9,1,1,2\n", "line 42 is no UTF-8"),
        ("model,a,b,c\n", "no model"),
        ("model,a,b\nx,-10,-20\ny,-1\n", "line 3 has 2 cells, the header has 3"),
        ("model,a,b,c\nx,-10,-20,-30,-40\n", "line 2 has 5 cells, the header has 4"),
        ("model,a,b,c\nx,-10,oops,-30\n", "line 2 has 'oops' in the column 'b'"),
        ("model,a,b,c\nx,-10,-1_0,-30\n", "no number"),
        ('model,a,b,c\n"x\ny",1,2,3\nz,4,5,bad\n', "line 4 has 'bad'"),
        ('model,a,b,c\nx,"1,2,3\n', "line 2"),
        ("what,a,b,c\nx,-10,-20,-30\n", "'what'"),
        ("-1.5,-2.5\n-3,-4\n", "not the names of columns"),
        ("just one column\nx\n", "one column"),
        ("model,a,b,zz\nx,-10,-20,-30\n", "'zz'"),
        ("model,a,b,b\nx,-10,-20,-30\n", "twice"),
        ("model,a,b,c\nx,-10,-inf,-30\n", "'x' on the text 'b' is -inf"),
        ("model,a,b,c\nx,-10,-1e39,-30\n", "3.4e38"),
        ("model,text_id,loglik\nx,a,-1\nx,a,-2\n", "two values"),
    ],
)
def test_that_bad_csv_gets_a_sentence(text: str | bytes, words: str, tmp_path: Path) -> None:
    assert words in refused(read_csv, put(tmp_path, text), GIVEN)


def test_that_missing_texts_and_files_get_a_sentence(tmp_path: Path) -> None:
    assert "--texts" in refused(read_csv, put(tmp_path, MODELS), Request())
    assert "not there" in refused(read_csv, tmp_path / "none.csv", GIVEN)
    assert "folder" in refused(read_csv, tmp_path, GIVEN)
    other = "text_id,text,x\na,something else,-3\n"
    assert "another one" in refused(read_csv, put(tmp_path, other), GIVEN)
    wrong = "text_id,text,n_bytes,x\na,abc,4,-3\n"
    assert "3 bytes" in refused(read_csv, put(tmp_path, wrong), Request())


def test_that_odd_rows_are_said(tmp_path: Path) -> None:
    text = "model,a,b,c\nx,1,-2,-3\nx,-5,-5,-5\nz,,nan,NA\nw,-7,-8,-9\nv,-7,-8,-9\n"
    found = read_csv(put(tmp_path, text), GIVEN)
    said = " ".join(found.notes)
    for words in (
        "1 values are positive",
        "'x' has the same value for every text",
        "'z' has no value at all",
        "'w' and 'v' have exactly the same values",
        "'x' is there more than once",
    ):
        assert words in said
    assert [entry.id for entry in found.entries] == ["x", "x-2", "z", "w", "v"]
    assert [entry.status for entry in found.entries] == ["done", "done", "planned", "done", "done"]


def test_that_one_model_is_said_and_taken(tmp_path: Path) -> None:
    found = read_csv(put(tmp_path, "model,a,b,c\nx,-1,-2,-3\n"), GIVEN)
    assert any("a KL needs two" in note for note in found.notes)


def _big(path: Path, n_models: int, n_texts: int) -> Path:
    row = ",".join(map("%.9g".__mod__, np.linspace(-900, -20, n_texts).tolist()))
    with open(path, "w") as file:
        file.write("model," + ",".join(f"t{k}" for k in range(n_texts)) + "\n")
        for k in range(n_models):
            file.write(f"m{k},{row}\n")
    return path


def test_that_memory_beside_the_matrix_does_not_grow_with_the_file(tmp_path: Path) -> None:
    """What holds for 3 MB and 12 MB holds for 5 GB: the matrix, and a line at a time."""
    n_texts = 2000
    texts = TextSet(tuple(f"t{k}" for k in range(n_texts)), ("x" * 300,) * n_texts, ("",) * n_texts)
    beside = []
    for n_models in (130, 520):
        path = _big(tmp_path / f"{n_models}.csv", n_models, n_texts)
        tracemalloc.start()
        found = read_csv(path, Request(texts=texts))
        peak = tracemalloc.get_traced_memory()[1]
        tracemalloc.stop()
        beside.append(peak - 1.25 * found.loglik.nbytes)
        assert path.stat().st_size > 2 * found.loglik.nbytes
    assert max(beside) < 4 << 20
    assert beside[1] < beside[0] + (1 << 19)


def test_that_reading_can_be_cancelled_half_way(tmp_path: Path) -> None:
    path = _big(tmp_path / "big.csv", 300, 2000)
    said = []

    def say(done: int, total: int, what: str) -> None:
        said.append(done / total)
        if done > total / 2:
            raise Cancelled

    texts = TextSet(tuple(f"t{k}" for k in range(2000)), ("x" * 300,) * 2000, ("",) * 2000)
    with pytest.raises(Cancelled):
        read_csv(path, Request(texts=texts, say=say))
    assert 0.5 < said[-1] < 0.9


# ---- NPZ ----------------------------------------------------------------------------------------


def npz(folder: Path, **arrays: Any) -> Path:
    np.savez(folder / "t.npz", **arrays)
    return folder / "t.npz"


def test_that_npz_needs_names_and_lengths_or_texts(tmp_path: Path) -> None:
    path = npz(tmp_path, loglik=VALUES, labels=np.array(["x", "y"]), n_bytes=np.array([8, 7, 9]))
    found = read_npz(path, Request())
    assert [e.label for e in found.entries] == ["x", "y"]
    assert found.texts.n_bytes.tolist() == [8, 7, 9]
    assert (found.loglik == VALUES).all()
    path = npz(tmp_path, loglik=VALUES.T.astype(np.float64), texts=np.array(TEXTS.texts))
    found = read_npz(path, Request(rows="texts"))
    assert found.texts.texts == TEXTS.texts
    assert (found.loglik == VALUES).all()
    assert [e.label for e in found.entries] == ["model 0", "model 1"]
    assert (read_npz(npz(tmp_path, loglik=VALUES), GIVEN).loglik == VALUES).all()


@pytest.mark.parametrize(
    ("arrays", "words"),
    [
        ({"loglik": VALUES}, "texts are missing"),
        ({"loglik": np.array([[1, "a"]], dtype=object)}, "never unpickled"),
        ({"loglik": VALUES, "labels": np.array(["x", None], dtype=object)}, "never unpickled"),
        ({"loglik": VALUES[0]}, "no matrix"),
        ({"other": VALUES}, "only other"),
        ({"loglik": VALUES, "labels": np.array(["x"])}, "1 labels"),
        ({"loglik": VALUES, "n_bytes": np.array([1, 2])}, "2 lengths"),
        ({"loglik": VALUES, "n_bytes": np.array([1, 0, 2])}, "1 or more"),
        ({"loglik": VALUES.astype(str)}, "no matrix"),
    ],
)
def test_that_bad_npz_gets_a_sentence(arrays: dict[str, Any], words: str, tmp_path: Path) -> None:
    assert words in refused(read_npz, npz(tmp_path, **arrays), Request())


@pytest.mark.parametrize("raw", [b"", b"PK\x03\x04 half a zip", b"\x80\x04]q\0.", b"no zip at all"])
def test_that_junk_is_no_npz(raw: bytes, tmp_path: Path) -> None:
    assert "no NPZ file" in refused(read_npz, put(tmp_path, raw, "t.npz"), Request())


def test_that_a_single_array_is_no_npz(tmp_path: Path) -> None:
    np.save(tmp_path / "t.npy", VALUES)
    assert "without names" in refused(read_npz, tmp_path / "t.npy", Request())


# ---- Parquet ------------------------------------------------------------------------------------


def parquet(folder: Path, columns: dict[str, Any]) -> Path:
    pq.write_table(pa.table(columns), folder / "t.parquet")
    return folder / "t.parquet"


@pytest.mark.parametrize(
    "columns",
    [
        {"model": ["x", "y"], **{t: VALUES[:, n] for n, t in enumerate("abc")}},
        {"text_id": list("abc"), "x": VALUES[0], "y": VALUES[1].astype(np.float64)},
        {"model": ["x", "y"], "loglik": VALUES.tolist()},
        {
            "model": list("xxxyyy"),
            "text_id": list("abcabc"),
            "loglik": VALUES.ravel().astype(np.float64),
        },
    ],
)
def test_that_parquet_tables_are_understood(columns: dict[str, Any], tmp_path: Path) -> None:
    found = read_parquet(parquet(tmp_path, columns), GIVEN)
    assert [e.label for e in found.entries] == ["x", "y"]
    assert (found.loglik == VALUES).all()


def test_that_null_is_not_scored(tmp_path: Path) -> None:
    gap = pa.array([None], pa.float32())
    path = parquet(tmp_path, {"model": ["x"], "a": gap, "b": [-3], "c": [-4.5]})
    found = read_parquet(path, GIVEN)
    assert math.isnan(found.loglik[0, 0])
    assert found.loglik[0, 1:].tolist() == [-3, -4.5]


@pytest.mark.parametrize(
    ("columns", "words"),
    [
        ({"model": ["x"], "a": ["one"], "b": [1.0], "c": [2.0]}, "'a'"),
        ({"model": ["x", "y"], "loglik": [[-1.0, -2.0, -3.0], [-1.0]]}, "(row 2)"),
        ({"model": ["x"], "loglik": [[-1.0, -2.0]]}, "not those that were given"),
        ({"odd": ["x"], "b": [1.0]}, "'odd'"),
        ({"model": pa.array([], pa.string()), "a": [], "b": [], "c": []}, "no"),
    ],
)
def test_that_bad_parquet_gets_a_sentence(
    columns: dict[str, Any], words: str, tmp_path: Path
) -> None:
    assert words in refused(read_parquet, parquet(tmp_path, columns), GIVEN)


@pytest.mark.parametrize("raw", [b"", b"PAR1 and no more", b"something else"])
def test_that_junk_is_no_parquet(raw: bytes, tmp_path: Path) -> None:
    message = refused(read_parquet, put(tmp_path, raw, "t.parquet"), GIVEN)
    assert "no Parquet file" in message


def test_that_every_format_is_whole() -> None:
    for one in FORMATS.values():
        for path in (one.read, one.write, one.sniff):
            assert not path or callable(called(path))
        assert one.read or one.write
        assert one.title


@pytest.mark.parametrize("order", [1, -1])
def test_that_a_long_table_may_grow_in_both_directions(order: int, tmp_path: Path) -> None:
    """Models first or texts first, over several parts: every value is where it belongs."""
    cells = [(f"m{m}", f"t{t}", -1.0 - m - t / 8) for m in range(30) for t in range(1500)]
    cells.sort(key=lambda cell: cell[::order])
    path = tmp_path / "long.csv"
    path.write_text(
        "model,text_id,n_bytes,loglik\n" + "".join(f"{m},{t},9,{v}\n" for m, t, v in cells)
    )
    found = read_csv(path, Request())
    assert found.loglik.shape == (30, 1500)
    models = [int(e.label[1:]) for e in found.entries]
    texts = [int(i[1:]) for i in found.texts.ids]
    assert (found.loglik == np.float32(-1.0 - np.add.outer(models, np.array(texts) / 8))).all()


def test_that_a_value_given_twice_is_found_anywhere(tmp_path: Path) -> None:
    rows = [f"m{m},t{t},9,-5\n" for m in range(30) for t in range(1500)]
    head = "model,text_id,n_bytes,loglik\n"
    path = put(tmp_path, head + "".join([*rows, rows[7]]))
    assert "two values for the model 'm0' and the text 't7'" in refused(read_csv, path, Request())
    path = put(tmp_path, head + "".join([*rows[:3], rows[1]]))
    assert "the text 't1'" in refused(read_csv, path, Request())


def test_that_a_table_with_the_wrong_columns_is_not_blown_up(tmp_path: Path) -> None:
    rows = "".join(f"m{k},t{k},9,-5\n" for k in range(5000))
    path = put(tmp_path, "model,text_id,n_bytes,loglik\n" + rows)
    assert "which columns are the model and the text" in refused(read_csv, path, Request())


def stored(folder: Path, shape: tuple[int, ...], data: bytes, *, head: bytes = b"") -> Path:
    """An NPZ whose matrix claims a shape."""
    made = io.BytesIO()
    about = {"descr": "<f4", "fortran_order": False, "shape": shape}
    np.lib.format.write_array_header_1_0(made, about)
    with zipfile.ZipFile(folder / "t.npz", "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("loglik.npy", head or made.getvalue() + data)
    return folder / "t.npz"


def test_that_an_array_that_promises_more_than_there_is_is_never_made(tmp_path: Path) -> None:
    for shape in ((10**5, 10**8), (10, 10**17), (2, 3)):
        assert "should hold" in refused(read_npz, stored(tmp_path, shape, bytes(20)), Request())
    for head in (
        b"\x93NUMPY\x01\x00" + struct.pack("<H", 9008) + b"{'descr':" + b"(" * 8999,
        b"\x93NUMPY\x02\x00" + struct.pack("<I", 20_000) + b"{" * 20_000,
        b"\x93NUMPY\x09\x00",
    ):
        said = refused(read_npz, stored(tmp_path, (), b"", head=head), Request())
        assert "damaged" in said or "never unpickled" in said
        assert len(said) < 1000


def test_that_an_array_that_unpacks_to_far_more_than_the_file_is_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("compute.exchange.npz._LARGE", 1 << 20)
    path = stored(tmp_path, (2, 1 << 20), bytes(8 << 20))
    assert "8,388,736" in refused(read_npz, path, Request())


def test_that_many_arrays_are_not_all_named(tmp_path: Path) -> None:
    path = npz(tmp_path, **{f"a{k}": VALUES for k in range(40)})
    said = refused(read_npz, path, Request())
    assert "and 30 more" in said
    assert len(said) < 300


ROWS = [f"{m}," + ",".join(map(str, VALUES[k].tolist())) for k, m in enumerate("xy")]


@pytest.mark.parametrize(
    "text",
    [
        ",model,a,b,c\n" + "".join(f"{k},{row}\n" for k, row in enumerate(ROWS)),  # pandas
        "Unnamed: 0,model,a,b,c\n" + "".join(f"{k},{row}\n" for k, row in enumerate(ROWS)),
        '"","model","a","b","c"\n' + "".join(f'"{k}",{row}\n' for k, row in enumerate(ROWS)),  # R
        ",a,b,c\n" + "".join(f"{row}\n" for row in ROWS),  # names of rows
    ],
)
def test_that_a_column_that_only_numbers_the_rows_is_no_text(text: str, tmp_path: Path) -> None:
    found = read_csv(put(tmp_path, text), GIVEN)
    assert [e.label for e in found.entries] == ["x", "y"]
    assert (found.loglik == VALUES).all()


def test_that_the_index_of_a_data_frame_names_rows_or_is_passed_over(tmp_path: Path) -> None:
    columns = {name: VALUES[:, n] for n, name in enumerate("abc")}
    for index, more in ((["x", "y"], {}), ([7, 8], {"model": ["x", "y"]})):
        pq.write_table(pa.table({**more, **columns, "__index_level_0__": index}), tmp_path / "t")
        found = read_parquet(tmp_path / "t", GIVEN)
        assert [e.label for e in found.entries] == ["x", "y"]
        assert (found.loglik == VALUES).all()


def test_that_names_in_an_npz_may_be_bytes(tmp_path: Path) -> None:
    path = npz(tmp_path, loglik=VALUES, labels=np.array(["x", "ä"]).astype("U").view())
    assert read_npz(path, GIVEN).entries[1].label == "ä"
    path = npz(tmp_path, loglik=VALUES, labels=np.array([b"x", "ä".encode()]))
    assert read_npz(path, GIVEN).entries[1].label == "ä"
