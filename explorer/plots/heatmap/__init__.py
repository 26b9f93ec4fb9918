"""The KL of all pairs as a picture, with trees beside it and tiles made on demand.

    spec    description, answer, colours as codes, histogram and words (pure)
    layout  where cells, strips, trees and names stand; the part that is looked at (pure)
    tree    a clustering as it is drawn and picked (pure)
    tiles   which parts are needed at which detail, and which are kept (pure)
    ask     order, tree, overview, tiles, one pair: on the pool
    cells   what is known of the cells, and how QPainter draws it
    textured  the same by OpenGL
    paint   everything else that is painted, in the window and in exports
    board   the widget: cells, what is painted around and over them, hands
    side    the read-out: colour bar with rungs and histogram, medians, tree
    view    the widget of the view

Decided: the matrix is never whole. An overview of at most 512 rows comes with the answer; closer
views are made of tiles of 256 x 256 codes, each from a block of KL, of which at most 256 are kept.
Rows are skipped where a pixel holds several (refused: means, which are the KL of no pair).
"""
