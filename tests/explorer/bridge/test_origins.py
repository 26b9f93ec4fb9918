"""Finding the files of entries again."""

from __future__ import annotations

from pathlib import Path

import pytest

from compute import sources
from compute.core.errors import InputError
from compute.core.tables import Checkpoint, Entry, Listing
from explorer.bridge.origins import checkpoints_of


@pytest.fixture
def suite(monkeypatch: pytest.MonkeyPatch) -> tuple[Checkpoint, ...]:
    """What the source "suite" holds: two steps of a run and a model on its own."""
    rows = (
        Checkpoint("suite/a/step1", "a step 1", run="a", step=1, source="suite"),
        Checkpoint("suite/a/step2", "a step 2", run="a", step=2, source="suite"),
        Checkpoint("suite/tuned", "tuned", source="suite"),
    )

    def resolve(source: str, *, digests: bool) -> Listing:
        if source != "suite":
            raise InputError("there is no such folder")
        return Listing(source, source, rows)

    monkeypatch.setattr(sources, "resolve", resolve)
    return rows


def test_that_entries_find_their_files_in_their_order(suite) -> None:
    entries = (
        Entry("tuned", label="tuned", source="suite"),
        Entry("renamed", label="mine", run="a", step=2, source="suite"),
    )
    assert checkpoints_of(entries) == (suite[2], suite[1])


def test_that_a_variant_is_its_base_loaded_another_way(suite) -> None:
    entry = Entry("a/step2/nf4", quantization="nf4", relation="quantized-from", source="suite")
    (found,) = checkpoints_of((entry,))
    assert (found.path, found.quantize) == ("suite/a/step2", "nf4")


@pytest.mark.parametrize(
    ("entry", "why"),
    [
        (Entry("a", label="a", source="gone"), "gone is not there any more"),
        (Entry("b", label="b", source="suite"), "suite does not hold it any more"),
        (Entry("c", label="c"), "does not say where it came from"),
        (Entry("d", label="d", layer=3, source="suite"), "layers have no detail"),
    ],
)
def test_that_what_is_gone_is_said(suite, entry: Entry, why: str) -> None:
    with pytest.raises(InputError, match=why) as caught:
        checkpoints_of((entry,))
    assert entry.label in caught.value.message


def test_that_the_folder_of_a_real_suite_is_looked_into(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="is not there any more"):
        checkpoints_of((Entry("a", label="a", source=str(tmp_path / "nothing")),))
