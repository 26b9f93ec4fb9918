"""Why two models differ: which domains, which texts, which tokens.

    spec      its description, its words, and what a draft of dropped texts means (pure)
    stretches tokens of two models as stretches of one text that both agree on (pure)
    lines     where the stretches stand on a page (pure)
    ask       the pair, its texts, its tokens: answers
    view      the widget: ``column`` at the left, ``reader`` at the right

Decided: two models are compared by the shortest stretches of text at whose ends both of their
tokenizers have a boundary; of equal tokenizers those are the tokens. Refused: dividing a token's
nats over its bytes, which shows differences where no model made one. Dropped texts are a draft in
the choices of the view; a preview is a recipe that is held in memory, as the example cannot be
written to and nobody asked for a recipe yet.
"""
