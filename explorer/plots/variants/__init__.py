"""What quantizing, fine-tuning and adapters do to models.

    spec    description, answer, the map of models and variants, places of the matrix (pure)
    ask     shifts, cosines, controls: on the pool
    pareto  KL against bytes, drawn
    matrix  cosines of the shifts, painted
    side    the read-out: the variants of one model beside its null control, cosines by kind
    view    the widget of the view

Decided: arrows are those of the map (:attr:`MapState.relations`), on the components of the models
and variants shown: there the difference of two places is a shift, so that it can be magnified by a
factor that is said (refused: the project's t-SNE, where lengths mean nothing).
"""
