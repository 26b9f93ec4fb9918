"""What quantizing, fine-tuning and adapters do to models.

    spec     description, answer, the map of models and variants (pure)
    places   where matrix, strip and arrows stand, and their names (pure)
    ask      shifts, cosines, controls: on the pool
    listing  the tables
    arrows   all shifts from one origin, painted
    pareto   KL against bytes, drawn
    matrix   cosines of the shifts, painted
    alike    cosines within families beside random groups, painted
    side     the read-out: the variants of one model beside its null control, cosines by kind
    view     the widget of the view

Decided: arrows are those of the map (:attr:`MapState.relations`), on the components of the models
and variants shown: there the difference of two places is a shift, so that it can be magnified by a
factor that is said (refused: the project's t-SNE, where lengths mean nothing).

Unticked variants are left out, and so are those of an unticked model: excluding is how a user says
that a number shall not count. Colours are those of the models' runs in every part; shapes say what
a variant is made by.
"""
