"""One job = read, call the headless parts, write, emit events. May import everything in compute.

:func:`run` is the only way in: it finds the job of a spec in :data:`JOBS`, runs it, and sends
exactly one last event whatever happens. ``python -m compute`` calls it in a child process; tests
and the command line may call it in their own process.

To add a job: a frozen spec in ``core/specs``, a function
``(spec, emit, control) -> summary`` in a file here, and one line in :data:`JOBS`.

Decided: jobs are loaded on use, by dotted path, because their imports are heavy. A job raises
(``KlscopeError``, ``Cancelled``) and returns a summary; it never sends the last event itself,
so that two of them or none of them is impossible.
"""

from compute.jobs.runner import JOBS, run

__all__ = ["JOBS", "run"]
