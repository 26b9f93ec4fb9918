"""Qt widgets: show state, report gestures, know nothing else. One file (or family) per panel.

A panel takes its parts of the state and the tokens, connects in its constructor and disconnects in
``close()``. What is bigger than a state field it asks for by ``command = Signal(str, object)``; the
shell forwards that to ``app``. May import ``explorer.state``, ``explorer.theme``, ``compute.core``;
never another panel, except the shell, which puts them together.
"""
