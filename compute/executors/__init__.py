"""Where a job runs. Imports ``core`` only: an executor is handed a spec and starts a command.

An executor starts a job and hands back a :class:`~compute.executors.contract.Handle`; events and
the exit arrive by callback on a thread of the executor.

To add one: a file here with a class of the shape :class:`~compute.executors.contract.Executor`,
and one line in :data:`EXECUTORS`; ``tests/compute/executors`` runs the same contract over all.

Decided: a child process per job, JSON lines between (refused: ``multiprocessing``, whose pickled
objects tie both sides to one version, and threads, which a crash of torch takes with them).
"""

from compute.executors.contract import Executor, Exit, Handle
from compute.executors.local import LocalExecutor, child_environment

EXECUTORS: dict[str, str] = {"local": "compute.executors.local:LocalExecutor"}

__all__ = ["EXECUTORS", "Executor", "Exit", "Handle", "LocalExecutor", "child_environment"]
