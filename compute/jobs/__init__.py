"""One job = read, call the headless parts, write, emit events. May import everything in compute.

:func:`run` is the only way in: it finds the job of a spec in :data:`JOBS`, runs it, and sends
exactly one last event whatever happens. ``python -m compute`` calls it in a child process; tests
and the command line may call it in their own process.

To add a job: a frozen spec in ``core/specs``, a function
``(spec, emit, control) -> summary`` in a file here, and one line in :data:`JOBS`.

Decided: jobs are loaded on use, by dotted path, because their imports are heavy. A job raises
(``KlscopeError``, ``Cancelled``) and returns a summary; it never sends the last event itself,
so that two of them or none of them is impossible. A job that needs helpers (``Control.start``)
is not told who runs them. Scoring holds each model in a process of its own, which ``remote`` makes
look like any other scorer: whatever torch or a driver does there, the job goes on (refused:
recovering in the same process, which a GPU fault or the kernel's memory killer does not allow).
"""

from compute.jobs.runner import JOBS, run

__all__ = ["JOBS", "run"]
