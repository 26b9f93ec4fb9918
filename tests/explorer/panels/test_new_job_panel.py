from __future__ import annotations

from collections.abc import Iterator

import pytest

from compute.core.tables import Checkpoint, Listing
from explorer.panels.new_job import NewJobPanel, amount, price, why_not
from explorer.state.jobs import Cost, NewJobState
from explorer.state.library import LibraryState
from explorer.theme.tokens import DARK, LIGHT


class Bench:
    def __init__(self) -> None:
        listing = Listing("/r", "r", (Checkpoint("/r/0", "r step 0", run="r", step=0),))
        self.library = LibraryState(listings=(listing,))
        self.new_job = NewJobState(texts_label="held-out.jsonl, 128 texts")
        self.panel = NewJobPanel(self.new_job, self.library, DARK)
        self.asked: list[tuple[str, object]] = []
        self.panel.command.connect(lambda *said: self.asked.append(said))


@pytest.fixture
def bench(qtbot) -> Iterator[Bench]:
    made = Bench()
    yield made
    made.panel.close()
    made.panel.deleteLater()


def test_that_the_cost_reads_as_a_sentence() -> None:
    cost = Cost(52, 128, 1_900_000, -1, 180.0)
    assert amount(cost) == "52 checkpoints · 128 texts"
    assert price(cost) == "about 1.9\u2009M tokens, 3 min here"
    assert amount(Cost(1, 1)) == "1 checkpoint · 1 text"


def test_that_an_unknown_cost_says_only_what_is_known() -> None:
    assert price(Cost(1, 1)) == ""
    assert price(Cost(1, 1, n_bytes=2048)) == "about 2.0 KiB of text"
    assert price(Cost(1, 1, seconds=40)) == "about 40 s here"


def test_that_the_problem_comes_before_other_reasons() -> None:
    assert why_not(NewJobState(problem="No room."), 0) == "No room."
    assert why_not(NewJobState(texts_label="x"), 0).startswith("Nothing to score.")
    assert why_not(NewJobState(), 3) == "Choose a text set first."
    assert why_not(NewJobState(texts_label="x"), 3) == ""


def test_that_it_is_visible_while_the_state_says_so(bench: Bench) -> None:
    assert not bench.panel.isVisible()
    bench.new_job.visible = True
    bench.panel.show()
    bench.panel.shut.click()
    assert not bench.new_job.visible
    assert not bench.panel.isVisible()


def test_that_start_is_off_for_a_reason_it_tells(bench: Bench, qtbot) -> None:
    bench.new_job.visible = True
    assert bench.panel.start.isEnabled()
    bench.library.unticked = frozenset({"path:/r/0"})
    qtbot.waitUntil(lambda: not bench.panel.start.isEnabled())
    assert bench.panel.start.toolTip().startswith("Nothing to score.")
    assert bench.panel.problem.text() == bench.panel.start.toolTip()


def test_that_start_and_choose_ask(bench: Bench) -> None:
    bench.new_job.visible = True
    bench.panel.start.click()
    bench.panel.choose.click()
    assert bench.asked == [("job.start", None), ("texts.choose", None)]


def test_that_fixed_texts_cannot_be_chosen(bench: Bench) -> None:
    bench.new_job.texts_fixed = True
    bench.new_job.visible = True
    assert bench.panel.choose.isHidden()


def test_that_no_text_set_is_said(bench: Bench, qtbot) -> None:
    bench.new_job.visible = True
    assert bench.panel.texts.text() == "held-out.jsonl, 128 texts"
    bench.new_job.texts_label = ""
    qtbot.waitUntil(lambda: bench.panel.texts.text() == "No text set yet")
    assert not bench.panel.start.isEnabled()


def test_that_choices_set_the_state_and_follow_it(bench: Bench, qtbot) -> None:
    bench.new_job.visible = True
    bench.panel.device.activated.emit(1)
    bench.panel.precision.activated.emit(2)
    assert (bench.new_job.device, bench.new_job.dtype) == ("cpu", "bfloat16")
    bench.new_job.devices = (("auto", "Automatic"), ("cuda:0", "NVIDIA H200"))
    bench.new_job.device = "cuda:0"
    qtbot.waitUntil(lambda: bench.panel.device.currentText() == "NVIDIA H200")


def test_that_a_closed_card_hears_nothing(bench: Bench) -> None:
    bench.panel.close()
    bench.new_job.visible = True
    assert not bench.panel.isVisible()


def test_that_it_takes_another_theme(bench: Bench) -> None:
    bench.new_job.visible = True
    dark = bench.panel.grab().toImage()
    bench.panel.set_tokens(LIGHT)
    assert bench.panel.grab().toImage() != dark
