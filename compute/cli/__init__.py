"""The headless commands: one file each, listed in :data:`COMMANDS`, loaded when they are run.

May import jobs, executors, store and the parts beside them; never Qt. ``klscope --help`` imports
none of the commands, so it is quick and needs neither torch nor openTSNE.

To add a command, write a function with typer's annotations in ``cli/<name>.py`` and add one row.
The window's package passes its own rows to :func:`build_app`. A command raises
:class:`~compute.core.errors.KlscopeError`; :func:`main_guard` makes it one paragraph and an exit
code (0 done, 1 failed, 2 wrong usage). Long work goes through :func:`compute.cli.progress.run_job`.

Decided: only the command that was asked for is built, from the words on the command line (the
alternative, typer's own groups, would import every command to show the help).
"""

from compute.cli.app import App, Row, build_app, main_guard

COMMANDS: tuple[Row, ...] = (
    ("grow", "compute.cli.grow:grow", "Grow a small real suite of models to try things on."),
    ("texts build", "compute.cli.texts:build", "Cut files into a set of texts and sample it."),
    ("models", "compute.cli.models:models", "List what a source holds, with everything checked."),
    ("score", "compute.cli.score:score", "Compute the log-likelihoods of models on the texts."),
    ("edit", "compute.cli.edit:edit", "Change label, step, tokens, family or tags of an entry."),
    ("recipe list", "compute.cli.recipe:list_", "List the recipes of a project."),
    ("recipe show", "compute.cli.recipe:show", "Say all that a recipe does, and why."),
    ("recipe make", "compute.cli.recipe:make", "Make a recipe and keep it in the project."),
    ("recipe freeze", "compute.cli.recipe:freeze", "Work a recipe out again: a new version."),
    ("recipe delete", "compute.cli.recipe:delete", "Take a recipe out of the project."),
    ("recipe flags", "compute.cli.recipe:flags", "List checkpoints and runs that look wrong."),
    ("recipe texts", "compute.cli.recipe:texts", "List texts by their outlier score."),
    ("kl", "compute.cli.kl:kl", "KL of two entries in bits/byte, or of all pairs."),
    ("tree", "compute.cli.tree:tree", "Entries clustered by KL, as Newick text or clusters."),
    ("predict", "compute.cli.predict:predict", "Benchmark scores from log-likelihoods."),
    ("lens fit", "compute.cli.lens:fit", "Train a tuned lens for the layers of a model."),
    ("weights", "compute.cli.weights:weights", "Distances of checkpoints in weight space."),
    ("report", "compute.cli.report:report", "Every table and figure of the paper, as a folder."),
    ("embed", "compute.cli.embed:embed", "Compute the coordinates of a map."),
    ("bench scoring", "compute.cli.bench:scoring", "Scoring beside the plain loop, by shape."),
    ("bench report", "compute.cli.bench_report:report", "A report, timed figure by figure."),
    ("bench budget", "compute.cli.bench:budget", "The constants of the token budget, here."),
    ("bench kl", "compute.cli.bench_kl:kl", "KL beside plain products, and its memory."),
    ("bench lens", "compute.cli.bench:lens", "All layers of a model beside the parts of it."),
    ("bench weights", "compute.cli.bench_weights:weights", "Weight distances beside reading."),
    ("import", "compute.cli.import_:import_", "Read log-likelihoods of other programs."),
    ("export", "compute.cli.export:export", "Write a project for other programs."),
    ("doctor", "compute.cli.doctor:doctor", "Check OpenGL, Qt, CUDA and library versions."),
)
"""Name (two words: a command of a group), where its function is, help."""

__all__ = ["COMMANDS", "App", "Row", "build_app", "main_guard"]
