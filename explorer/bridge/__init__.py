"""The only code of the window that crosses threads or processes.

May import: ``compute`` (store, executors, geometry, embedding, sources, texts) and
``explorer.state``; never torch. Workers get a frozen request and give a frozen answer with a
generation number; older answers are dropped. To add a background question: one method of
:class:`~explorer.bridge.desk.Desk` and one pure function it runs.

Decided: a thread pool for what takes about a second in numpy, a child process for all else.
Refused: ``QProcess`` (its events would need the executor's protocol a second time).
"""
