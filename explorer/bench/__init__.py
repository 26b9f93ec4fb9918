"""The window's benchmarks, as ratios against something run beside them in the same run.

Each is one file with a function that returns a mapping of figures, a command of the same name in
``explorer.commands.bench`` and a row in ``explorer.cli``. May import everything; nothing imports it
but its command. The headless ones are in ``compute.scoring.bench``.
"""
