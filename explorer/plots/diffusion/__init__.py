"""Diffusion: how fast a run moves away from one of its checkpoints.

    spec      its choices, its tabs, words (pure)
    answers   what is known of every run, and what a fit gives
    ask       trajectories and the bootstrap: on the pool
    refits    fits from a start, and from all of them
    fitting   what is fitted now, and what is kept of it
    axes      where values stand: rectangles, ranges, ticks (pure)
    ink       lines, marks and fills as arrays in px (pure)
    writing   words as rectangles that do not overlap, thin lines beside them (pure)
    look      how runs look; ``dressing`` makes it from the shared state
    lags      the upper plots; ``starts`` the lower one; ``panels`` puts them together
    fold      the tab of folding
    layer     the OpenGL half: the map's lines and marks, by sheets
    paint     the QPainter half: what lies over the layers, and all of it in exports
    board     layer and overlay, the pointer and the keys
    fields    start and window as numbers in the view bar
    reading   what the read-out says; ``rows`` is its table, ``side`` the whole
    tables    the numbers, for the window and the CSV
    view      the widget

Decided: a fit from another start reads distances and takes logarithms, so it is done on the GUI
thread while the window is dragged, for all runs in one call (refused: asking the pool, whose answer
would come a frame later); what needs texts (bootstrap, noise plus drift, effective dimension)
follows from the pool when the window rests.

Checkpoints that are set aside stay in the run with a reason, so that windows keep their length and
an excluded start is a gap.
"""
