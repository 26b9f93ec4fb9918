"""How far apart two models are, by what the two have in common: the paper's scale, of this project.

    spec    its choices, its answer, where everything stands (pure)
    ask     the groups, measured by the report's own functions, and groups of one's own
    violins the picture
    side    the read-out of one group
    view    the widget

Decided: the groups of the paper keep the recipes that the paper gives them, so the numbers are
those of Table 2a; a group of one's own is measured under the recipe in use.
"""
