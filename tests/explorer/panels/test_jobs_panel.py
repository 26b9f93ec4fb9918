from __future__ import annotations

from collections.abc import Iterator

import pytest

from explorer.panels.jobs_drawer import (
    BUTTONS,
    HEADER,
    LOOKS,
    ROW,
    JobsDrawer,
    buttons_of,
    pace,
    second_line,
)
from explorer.state.jobs import JOB_STATUSES, JobRow, JobsState, put
from explorer.theme.tokens import DARK, LIGHT


class Bench:
    def __init__(self) -> None:
        self.jobs = JobsState(open=True)
        self.drawer = JobsDrawer(self.jobs, DARK)
        self.asked: list[tuple[str, object]] = []
        self.drawer.command.connect(lambda *said: self.asked.append(said))

    def put(self, row: JobRow) -> None:
        put(self.jobs, row)
        self.drawer.refresh()


@pytest.fixture
def bench(qtbot) -> Iterator[Bench]:
    made = Bench()
    yield made
    made.drawer.close()
    made.drawer.deleteLater()


RUNNING = JobRow("1", "Score m", "38 left", "running", 0.36, rate=31400.0, eta_s=420.0)


def shown_buttons(bench: Bench, job: str) -> list[str]:
    return [k for k, button in bench.drawer.row(job).buttons.items() if not button.isHidden()]


def test_that_every_status_has_a_look_and_known_buttons() -> None:
    assert set(LOOKS) == set(JOB_STATUSES)
    assert {b for look in LOOKS.values() for b in look.buttons} <= set(BUTTONS)


def test_that_pace_is_speed_and_time_left() -> None:
    assert pace(RUNNING) == "31,400 tokens/s · 7 min left"
    assert pace(RUNNING.with_(rate=-1.0)) == "7 min left"
    assert pace(RUNNING.with_(status="waiting")) == ""


def test_that_only_resumable_jobs_can_be_resumed() -> None:
    failed = RUNNING.with_(status="failed")
    assert buttons_of(failed) == ("log",)
    assert buttons_of(failed.with_(resumable=True)) == ("resume", "log")


def test_that_the_message_stands_before_the_subtitle() -> None:
    assert second_line(RUNNING) == "38 left"
    assert second_line(RUNNING.with_(message="Out of memory.")) == "Out of memory."


def test_that_it_is_hidden_without_jobs_and_while_closed(bench: Bench) -> None:
    assert bench.drawer.isHidden()
    bench.put(RUNNING)
    assert not bench.drawer.isHidden()
    bench.drawer.chevron.click()
    assert not bench.jobs.open
    assert bench.drawer.isHidden()
    bench.jobs.open = True
    assert not bench.drawer.isHidden()


def test_that_it_is_four_rows_high_at_most(bench: Bench) -> None:
    bench.put(RUNNING)
    assert bench.drawer.height() == HEADER + ROW
    for n in range(2, 8):
        bench.put(JobRow(str(n), "Score"))
    assert bench.drawer.height() == HEADER + 4 * ROW


def test_that_progress_changes_the_row_in_place(bench: Bench) -> None:
    bench.put(RUNNING)
    row = bench.drawer.row("1")
    pause = row.buttons["pause"]
    bench.put(RUNNING.with_(fraction=0.5))
    assert bench.drawer.row("1") is row
    assert row.buttons["pause"] is pause
    assert row.bar.fraction == 0.5
    assert row.percent.text() == "50\u2009%"


def test_that_a_failure_is_red_and_says_why(bench: Bench) -> None:
    bench.put(RUNNING.with_(status="failed", message="Out of memory.", resumable=True))
    row = bench.drawer.row("1")
    assert (row.sign.name, row.bar.colour) == ("warning-circle", "danger")
    assert row.subtitle.text() == "Out of memory."
    assert shown_buttons(bench, "1") == ["resume", "log"]


def test_that_buttons_ask_with_the_id_of_their_job(bench: Bench) -> None:
    bench.put(RUNNING)
    for status in ("running", "paused", "failed"):
        bench.put(RUNNING.with_(status=status, resumable=True))
        for key in shown_buttons(bench, "1"):
            bench.drawer.row("1").buttons[key].click()
    asked = ["pause", "cancel", "continue", "cancel", "resume", "log"]
    assert bench.asked == [(f"job.{key}", "1") for key in asked]


def test_that_rows_of_removed_jobs_go(bench: Bench) -> None:
    bench.put(RUNNING)
    bench.put(JobRow("2", "Score n"))
    bench.jobs.rows = bench.jobs.rows[1:]
    bench.drawer.refresh()
    with pytest.raises(KeyError):
        bench.drawer.row("1")
    assert bench.drawer.row("2").title.text() == "Score n"


def test_that_state_reaches_the_rows_by_itself(bench: Bench, qtbot) -> None:
    put(bench.jobs, RUNNING)
    qtbot.waitUntil(lambda: not bench.drawer.isHidden())
    assert bench.drawer.row("1").title.text() == "Score m"


def test_that_a_closed_drawer_hears_nothing(bench: Bench) -> None:
    bench.put(RUNNING)
    bench.drawer.close()
    bench.jobs.open = False
    bench.jobs.open = True
    assert not bench.drawer.isVisible()


def test_that_it_takes_another_theme(bench: Bench) -> None:
    bench.put(RUNNING)
    bench.drawer.resize(980, 80)
    dark = bench.drawer.grab().toImage()
    bench.drawer.set_tokens(LIGHT)
    assert bench.drawer.grab().toImage() != dark
