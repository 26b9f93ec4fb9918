"""The few errors klscope raises on purpose. Each reads as one paragraph for a person."""

from __future__ import annotations


def _sentence(text: str) -> str:
    text = " ".join(text.split())
    return text if not text or text[-1] in ".?!" else text + "."


class KlscopeError(Exception):
    """What we tried, what happened, what you can do: one paragraph, no traceback.

    Parameters
    ----------
    happened : str
        What went wrong, in plain words.
    tried : str
        What was being done, for example ``"Opening run.h5"``.
    advice : str
        What the reader can do now.
    """

    exit_code = 1

    def __init__(self, happened: str, *, tried: str = "", advice: str = "") -> None:
        self.tried, self.happened, self.advice = tried, happened, advice
        super().__init__(self.message)

    @property
    def message(self) -> str:
        head = _sentence(f"{self.tried}: {self.happened}" if self.tried else self.happened)
        return " ".join(part for part in (head, _sentence(self.advice)) if part)

    def __str__(self) -> str:
        return self.message


class UsageError(KlscopeError):
    """The request itself makes no sense (wrong option, unknown name)."""

    exit_code = 2


class InputError(KlscopeError):
    """A file or folder from outside cannot be used."""


class StoreError(KlscopeError):
    """A project file cannot be read or written; names file and key."""


class BusyError(StoreError):
    """Another process holds the lock that is needed."""


class ScoringError(KlscopeError):
    """One model could not be scored; the queue goes on."""


class MissingPart(KlscopeError):  # noqa: N818 - reads as what it says
    """An optional library or system part is not installed."""


class Cancelled(Exception):  # noqa: N818 - a request, not a failure
    """The user asked to stop. Finished work is kept."""
