"""What happens from one checkpoint to the next.

    spec     its choices, its answer, which runs are drawn (pure)
    ask      KL between neighbours, mean bits/byte, components, autocorrelation, flags
    charts   the plots of each tab
    side     what stands out, and a row per run
    view     the widget

Decided: the autocorrelation is that of the third principal component of the run's own later part,
not of a 3D t-SNE of it as in the paper's Fig. 7 (which ``klscope report`` has): it needs no map to
be computed first, and shows what the run does rather than what a map makes of it.
"""
