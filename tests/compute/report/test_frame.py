"""The frame of the report on a table of a few items of its own."""

from __future__ import annotations

import csv
import json
import sys
import types
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from compute import store
from compute.analysis.analyses import Analysis
from compute.core.control import Control
from compute.core.errors import Cancelled, MissingPart, UsageError
from compute.core.events import Progress
from compute.core.specs import ReportSpec
from compute.core.tables import Entry, Recipe, TextSet, WeightDistances
from compute.jobs import report as job
from compute.jobs.maps import Maps, complete
from compute.report import kit
from compute.report.contract import DataTable, Drawing, Item, MapRequest, Missing, Piece
from compute.report.rounding import shown
from compute.report.study import Study, about
from compute.report.writing import csv_text, markdown_text

EVIL = "<script>alert('x')</script> & \"quoted\" | bar"
STEPS = [0, 1, 2, 4, 8]


@pytest.fixture
def project(tmp_path: Path) -> Path:
    path = tmp_path / "p.h5"
    rng = np.random.default_rng(0)
    texts = TextSet(
        tuple(f"t{k}" for k in range(40)), tuple("x" * (k + 30) for k in range(40)), ("",) * 40
    )
    store.create(path, texts)
    ids = [f"r{seed}/step{step}" for seed in range(2) for step in STEPS]
    entries = [
        Entry(name, label=EVIL, run=name[:2], step=int(name[7:]), status="done", n_scored=40,
              n_prefix=40)
        for name in ids
    ]  # fmt: skip
    rows = {name: rng.normal(-100, 9, size=40).astype(np.float32) for name in ids}
    weights = WeightDistances("r0", np.array(STEPS), np.abs(np.subtract.outer(STEPS, STEPS)) * 1.0)
    store.commit(path, store.PutEntries(entries), store.PutRows(rows), store.PutWeights(weights))
    return path


@pytest.fixture(autouse=True)
def everything(monkeypatch: pytest.MonkeyPatch) -> None:
    """Each analysis is about every entry."""

    def of(snapshot: Any, name: str, **_options: Any) -> Analysis:
        return Analysis(name, "Every entry", tuple(e.id for e in snapshot.entries), Recipe("raw"))

    monkeypatch.setattr("compute.report.study.analysis_of", of)


REQUEST = MapRequest("everything", "pca", 2)
WEIGHTS = MapRequest("weights:r0", "pca", 2)
NOWHERE = MapRequest("weights:r7", "pca", 2)


def _drawing(colour: int) -> Drawing:
    def draw() -> Any:
        fig, (ax,) = kit.figure(kit.SINGLE, 2.0)
        ax.plot([0, 1], [0, 1], color=kit.colour(colour))
        kit.title(ax, EVIL)
        return fig

    return Drawing(f"panel {colour}", draw)


def _numbers() -> DataTable:
    columns = (("name", ""), ("KL", "bits/byte"), ("SE", "bits/byte"), ("n", ""), ("R²", ""))
    rows = (
        (EVIL, 0.1234567890123456, 0.0123, np.int64(1200), 0.98765),
        ("b", float("nan"), float("nan"), 3, None),
    )
    return DataTable("numbers", "Some numbers", columns, rows, notes="Nothing <b>here</b>")


def _two(study: Study) -> Piece:
    return Piece(about(study.prepared("everything")), (_numbers(),), (_drawing(0), _drawing(1)),
                 ("Keep <this> in mind.",))  # fmt: skip


def _lacking(_study: Study) -> Piece:
    raise Missing("The project has no layers", advice="Import the <release>")


def _broken(_study: Study) -> Piece:
    raise ZeroDivisionError("of <nothing>")


def _mapped(study: Study) -> Piece:
    drawn = study.map(REQUEST)
    weights = study.map(WEIGHTS)
    table = DataTable("places", "Places", (("x", ""), ("y", "")), tuple(map(tuple, drawn.coords)))
    assert weights.ids == tuple(map(str, STEPS))
    return Piece("A map.", (table,), (_drawing(2),))


def _nowhere(study: Study) -> Piece:
    study.map(NOWHERE)
    raise AssertionError


@pytest.fixture
def items(monkeypatch: pytest.MonkeyPatch) -> tuple[Item, ...]:
    module = types.SimpleNamespace(
        two=_two, lacking=_lacking, broken=_broken, mapped=_mapped, nowhere=_nowhere,
        maps=lambda _study: (REQUEST, WEIGHTS), no_maps=lambda _study: (NOWHERE,),
    )  # fmt: skip
    monkeypatch.setitem(sys.modules, "items_of_this_test", module)
    rows = [("two", ""), ("lacking", ""), ("broken", ""), ("mapped", "maps"),
            ("nowhere", "no_maps")]  # fmt: skip
    where = "items_of_this_test"
    return tuple(
        Item(name, f"Fig. {k}", f"About {name}", f"{where}:{name}", f"{where}:{maps}" * bool(maps))
        for k, (name, maps) in enumerate(rows)
    )


def _spec(project: Path, out: Path) -> ReportSpec:
    return ReportSpec(str(project), str(out), recipe="raw", dpi=60, n_processes=1)


def _run(project: Path, out: Path, items: tuple[Item, ...]) -> Any:
    return job.report_of(_spec(project, out), items, lambda _event: None, Control())


def test_that_each_item_is_made_or_has_its_reason(
    project: Path, tmp_path: Path, items: tuple[Item, ...]
) -> None:
    out = tmp_path / "out"
    summary = _run(project, out, items)
    assert (summary["n_made"], summary["n_missing"], summary["n_failed"]) == (2, 2, 1)
    reasons = {i["id"]: i["reason"] for i in summary["items"]}
    assert reasons["lacking"] == "The project has no layers. Import the <release>."
    assert "ZeroDivisionError: of <nothing>" in reasons["broken"]
    assert "no weight distances of r7" in reasons["nowhere"]
    record = json.loads((out / "report.json").read_text())
    on_disk = {str(p.relative_to(out)) for p in out.rglob("*") if p.is_file()}
    assert on_disk == {*record["files"], "index.html", "report.json"}
    assert "figures/two-panel-0.svg" in on_disk
    assert "tables/two.csv" in on_disk
    first = record["items"][0]["tables"][0]["rows"]
    assert first[0][1:4] == [0.1234567890123456, 0.0123, 1200]
    assert first[1][1] is None
    assert set(record["timings"]["items"]) == {i.id for i in items}
    assert record["analyses"][0]["recipe"]["name"] == "raw"
    rows = store.read(project)
    best = min(-rows.loglik.astype(float).mean(axis=1)) / rows.texts.n_bytes.mean() / np.log(2)
    assert record["entropy_bound"]["bits_per_byte"] == pytest.approx(best)

    before = {p: p.read_bytes() for p in out.rglob("*") if p.suffix in (".svg", ".csv", ".md")}
    _run(project, out, items)
    assert before == {p: p.read_bytes() for p in before}
    assert [p.name for p in tmp_path.iterdir() if p.name.startswith(".")] == []
    _check_page(out)


def _check_page(out: Path) -> None:
    html = (out / "index.html").read_text()
    assert "<script" not in html
    assert "Import the &lt;release&gt;." in html
    assert "Keep &lt;this&gt; in mind." in html
    assert "Nothing &lt;b&gt;here&lt;/b&gt;" in html
    page = _Page()
    page.feed(html)
    assert page.open == []
    assert len(page.ids) == len(set(page.ids))
    links = [link for link in page.links if not link.startswith("#")]
    assert all((out / link).is_file() for link in links)
    assert {link[1:] for link in page.links if link.startswith("#")} <= set(page.ids)
    assert all(source.startswith("data:image/png;base64,") for source in page.pictures)
    assert len(page.pictures) == 3


class _Page(HTMLParser):
    """Tags that are open, ids, links and pictures."""

    VOID = ("meta", "img", "br", "link")

    def __init__(self) -> None:
        super().__init__()
        self.open: list[str] = []
        self.ids: list[str] = []
        self.links: list[str] = []
        self.pictures: list[str] = []

    def handle_starttag(self, tag: str, attrs: Any) -> None:
        values = dict(attrs)
        self.open += [] if tag in self.VOID else [tag]
        self.ids += [values["id"]] if "id" in values else []
        self.links += [values["href"]] if "href" in values else []
        self.pictures += [values["src"]] if "src" in values else []

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag


def test_that_a_cancelled_report_leaves_nothing(
    project: Path, tmp_path: Path, items: tuple[Item, ...]
) -> None:
    control = Control()

    def stop(event: Any) -> None:
        if isinstance(event, Progress) and event.done >= 1:
            control.cancel()

    plain = tuple(item for item in items if not item.maps)
    with pytest.raises(Cancelled):
        job.report_of(_spec(project, tmp_path / "out"), plain, stop, control)
    assert [p.name for p in tmp_path.iterdir()] == ["p.h5"]


def test_that_cancel_reaches_maps_in_the_making(project: Path) -> None:
    control = Control()
    study = Study(store.read(project), store.read_weights(project))
    request = MapRequest("everything", "tsne", 3, 3.0)
    maps = Maps(study, control, 1)

    def cancelled() -> None:
        with maps:
            maps.start([request])
            control.cancel()
            maps.wait_for([request])

    with pytest.raises(Cancelled):
        cancelled()
    assert maps.done == {}


def test_that_the_extra_that_is_missing_is_named(
    project: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "matplotlib", None)
    with pytest.raises(MissingPart, match=r"klscope\[report\]"):
        job.report(_spec(project, tmp_path / "out"), lambda _event: None, Control())
    assert not (tmp_path / "out").exists()


def test_that_a_foreign_folder_is_refused_and_kept(project: Path, tmp_path: Path) -> None:
    out = tmp_path / "out"
    out.mkdir()
    (out / "diary.txt").write_text("mine")
    with pytest.raises(UsageError, match="not empty"):
        job.report(_spec(project, out), lambda _event: None, Control())
    (out / "report.json").write_text('{"files": []}')
    with pytest.raises(UsageError, match=r"diary\.txt"):
        job.report(_spec(project, out), lambda _event: None, Control())
    with pytest.raises(UsageError, match="no folder"):
        job.report(_spec(project, out / "diary.txt"), lambda _event: None, Control())
    assert (out / "diary.txt").read_text() == "mine"


def test_that_only_known_items_can_be_asked_for() -> None:
    assert [item.id for item in job.chosen(["Table 1", "fig05"])] == ["fig05", "table1"]
    with pytest.raises(UsageError, match="fig99"):
        job.chosen(["fig99"])


def test_that_csv_gives_every_digit_back() -> None:
    table = _numbers()
    rows = list(csv.reader(csv_text(table).splitlines()))
    assert rows[0][1] == "KL (bits/byte)"
    assert rows[1][0] == EVIL
    assert float(rows[1][1]) == 0.1234567890123456
    assert rows[2] == ["b", "", "", "3", ""]


def test_that_people_read_rounded_numbers() -> None:
    cells = shown(_numbers())
    assert cells[0][1:3] == ("0.123", "0.012")
    assert cells[0][4] == "0.988"
    assert cells[1] == ("b", "–", "–", "3", "–")


def test_that_a_label_stays_one_cell_of_markdown() -> None:
    lines = markdown_text(_numbers()).splitlines()
    row = next(line for line in lines if "script" in line)
    assert row.replace(r"\|", "").count("|") == 6
    assert r"\<script>" in row


def test_that_unknown_distances_leave_out_as_few_steps_as_they_can() -> None:
    squared = np.zeros((5, 5))
    squared[2, :] = squared[:, 2] = np.nan
    assert complete(squared).tolist() == [0, 1, 3, 4]
    assert complete(np.full((3, 3), np.nan)).size == 0
