"""Tables 1 to 4 of the paper, of this project.

    spec   which tables there are, and how one is copied (pure)
    ask    the tables of ``compute.report``, of what is studied
    view   a page per table

Decided: the numbers are made by the report's own functions, so the window and ``klscope report``
say the same; each analysis has the recipe that the paper gives it, and its caption says which.
"""
