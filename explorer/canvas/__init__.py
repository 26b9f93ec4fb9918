"""The map: vispy draws runs, marks, grid and floor; a transparent QPainter overlay draws text.

Each thing is a folder: ``spec.py`` is pure (numpy; sees ``compute.core`` only), ``view.py`` draws.

    grid     background lines in 2D, the floor in 3D        drawn first, never picked
    lines    runs, their shadows, lines to neighbours       never picked by OpenGL
    marks    dots, heads, rings                             picked through ``picking.Index``
    labels   names and steps beside heads                   overlay
    ruler    axes, scale bar, or why there is none          overlay
    legend   colours, shapes, gestures, chips, axis gizmo   overlay
    card     what is under the pointer                      overlay

``widget.MapWidget`` is the only name others need. ``camera``, ``fit``, ``motion``, ``picking`` and
``packing`` are pure too.
To add a thing: a folder, one line in ``surface.Surface.draw`` (OpenGL) or ``overlay`` (QPainter).

Decided: own gloo programs instead of ``vispy.scene``, since one draw call per kind of thing and
distance functions in the fragment shader cost less on software OpenGL than its scene graph, need
no multisampling and give round joins. Lines and marks are sorted by depth on the CPU instead of a
depth buffer, so that soft edges blend right. Places, styles and order lie in buffers of their own,
and only what changed is sent; ``klscope bench map`` measures it beside vispy's visuals. This module
stays as pure as the specs.
"""
