"""``klscope bench``: measurements as ratios against something run beside them in the same run.

Each measurement is one file with a function that returns a mapping of figures, and one line in
:data:`BENCHES`. May import everything; nothing imports it but its command.
"""

BENCHES = {
    "start": ("explorer.bench.start:measure", "First paint of the window beside an empty one."),
    "window": ("explorer.bench.window:measure", "How long the GUI thread is blocked under load."),
    "together": ("explorer.bench.together:measure", "Scoring and t-SNE at once beside each alone."),
}
