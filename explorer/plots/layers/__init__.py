"""How models change from layer to layer, as the logit lens reads them.

    spec    description, answer, how a map of layers is made from them (pure)
    places  where cells, names and colour scale of the matrix stand (pure)
    ask     trajectories, profiles, layer against layer: on the pool
    profiles  the KL from each layer to the next, drawn
    matrix  layer against layer, painted
    side    the read-out: the layers of the model pointed at or selected
    view    the widget of the view

Decided: trajectories are drawn by the map's own widget, with layers in the place of steps (refused:
a second canvas, which would have other gestures and another look).
"""
