"""The drawing kit: every figure of the report is made of these. Paper, light, 7, 7.5 and 9 point.

::

    from compute.report import kit

    def _draw(found):                       # a Drawing's ``draw``; numbers are computed before
        fig, (left, right) = kit.figure(kit.DOUBLE, 2.6, (1, 2))
        kit.title(left, "Consecutive checkpoints", "KL divergence, bits/byte")
        for run in found.runs:
            look = found.styles[run.name]   # kit.run_style(study.every_run): once, of all runs
            left.plot(run.x, run.kl, color=look.colour)
            kit.se_band(left, run.x, run.kl, run.se, look.colour)
        kit.direct_labels(left, [kit.Name(0, r.kl[-1], r.name, styles[r.name]) for r in runs])
        kit.thousands(left.xaxis)
        kit.x_words(left, "step")
        return fig

To look at it: ``with kit.style(): kit.as_file(_draw(found), "fig04.png")``. The frame does the same
with :func:`svg` and :func:`png`; a figure must be made and written within :func:`style`.

    paper    style, figure, panels, title, heading, x_words, thousands, plain_log, width_of, haloed,
             svg, png, need; SINGLE, DOUBLE
    runs     run_style, brief, panel_name, run_lines, legend, colour, marker, area, among, ages
    labels   Name, direct_labels (ends of curves), map_labels (points of a map), spread
    scale    kl_axis, clip_marks, position, ramp, kl_norm, colour_bar, kl_bar, RUNGS
    plots    se_band, second, warm_up, window, rule, Group, violins, heatmap, scatter, bare, space,
             no_data, as_file

It imports without matplotlib, which is loaded on use; ``MissingPart`` names the extra. Colours come
from :mod:`compute.core.colours` alone (``LIGHT`` for ink). Decided: explicit figures, never pyplot,
so that no state outlives a figure; Inter is named in SVG and drawn in PNG.
"""

from compute.core.colours import LIGHT, mix
from compute.report.kit.labels import Name, direct_labels, map_labels, spread
from compute.report.kit.paper import (
    CURVE,
    DOUBLE,
    SINGLE,
    SMALL,
    THIN,
    TINY,
    TITLE,
    Panels,
    figure,
    haloed,
    heading,
    need,
    panels,
    plain_log,
    png,
    style,
    svg,
    thousands,
    title,
    width_of,
    x_words,
)
from compute.report.kit.plots import (
    Group,
    as_file,
    bare,
    heatmap,
    no_data,
    rule,
    scatter,
    se_band,
    second,
    space,
    violins,
    warm_up,
    window,
)
from compute.report.kit.runs import (
    RunStyle,
    ages,
    among,
    area,
    brief,
    colour,
    legend,
    marker,
    panel_name,
    run_lines,
    run_style,
)
from compute.report.kit.scale import (
    RUNGS,
    clip_marks,
    colour_bar,
    kl_axis,
    kl_bar,
    kl_norm,
    position,
    ramp,
    ticks,
    value_at,
)

__all__ = [
    "CURVE", "DOUBLE", "LIGHT", "RUNGS", "SINGLE", "SMALL", "THIN", "TINY", "TITLE", "Group",
    "Name", "Panels", "RunStyle", "ages", "among", "area", "as_file", "bare", "brief",
    "clip_marks", "colour", "colour_bar", "direct_labels", "figure", "haloed", "heading",
    "heatmap", "kl_axis", "kl_bar", "kl_norm", "legend", "map_labels", "marker", "mix", "need",
    "no_data", "panel_name", "panels", "plain_log", "png", "position", "ramp", "rule", "run_lines",
    "run_style", "scatter", "se_band", "second", "space", "spread", "style", "svg", "thousands",
    "ticks", "title", "value_at", "violins", "warm_up", "width_of", "window", "x_words",
]  # fmt: skip
