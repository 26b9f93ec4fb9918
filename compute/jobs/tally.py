"""What came of a scoring job, in numbers."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Any

from compute.core.errors import ScoringError


@dataclass(slots=True)
class Tally:
    """Checkpoints by what became of them; ``n_too_long`` texts beyond a context, over all models.

    ``first_error`` is what kept the first failed one from being scored.
    """

    n_scored: int = 0
    n_failed: int = 0
    n_skipped: int = 0
    n_detailed: int = 0
    n_too_long: int = 0
    first_error: str = ""

    def failed(self, label: str, error: str) -> None:
        """Count one that could not be scored."""
        self.n_failed += 1
        self.first_error = self.first_error or f"{label}: {error}"

    def summary(self) -> dict[str, Any]:
        """The numbers.

        Raises
        ------
        ScoringError
            If nothing is scored, now or before; says why.
        """
        if self.first_error and not (self.n_scored or self.n_skipped or self.n_detailed):
            n, first = self.n_failed, self.first_error
            raise ScoringError(
                first if n == 1 else f"None of {n} checkpoints could be scored. {first}"
            )
        numbers = asdict(self)
        del numbers["first_error"]
        return numbers
