"""The pool: questions that numpy answers in about a second, asked from the GUI thread."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from typing import Any

from PySide6.QtCore import QObject, Signal

from compute.core.errors import KlscopeError

Answer = Callable[[Any], None]


class Desk(QObject):
    """Runs a function on a worker thread and hands its answer to the GUI thread.

    One question per topic is current: asking again drops the answer of the older one. Errors are
    given to ``on_error`` as one sentence; surprises too, with their type named.
    """

    _done = Signal(str, int, object, object, object)
    failed = Signal(str, str)

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._pool = ThreadPoolExecutor(max_workers=2, thread_name_prefix="klscope-desk")
        self._generation: dict[str, int] = {}
        self._done.connect(self._deliver)

    def ask(
        self,
        topic: str,
        work: Callable[[], Any],
        on_answer: Answer,
        on_error: Callable[[str], None] | None = None,
    ) -> None:
        """Run ``work`` soon. ``on_answer`` is called on the GUI thread unless superseded."""
        generation = self._generation.get(topic, 0) + 1
        self._generation[topic] = generation

        def report(future: Future[Any]) -> None:
            if future.cancelled():
                return
            error = future.exception()
            value = None if error is not None else future.result()
            self._done.emit(topic, generation, value, error, (on_answer, on_error))

        self._pool.submit(work).add_done_callback(report)

    def forget(self, topic: str) -> None:
        """Drop the answer that is under way."""
        self._generation[topic] = self._generation.get(topic, 0) + 1

    def _deliver(
        self, topic: str, generation: int, value: Any, error: BaseException | None, to: Any
    ) -> None:
        if self._generation.get(topic) != generation:
            return
        on_answer, on_error = to
        if error is None:
            on_answer(value)
            return
        known = isinstance(error, KlscopeError)
        message = str(error) if known else f"{type(error).__name__}: {error}"
        if on_error is not None:
            on_error(message)
        else:
            self.failed.emit(topic, message)

    def close(self) -> None:
        self._generation = {}
        self._done.disconnect(self._deliver)
        self._pool.shutdown(wait=True, cancel_futures=True)
