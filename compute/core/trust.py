"""Models that bring Python code of their own: what is said about them before any of it runs."""

from __future__ import annotations

OPTION = "--trust-remote-code"
NEEDS_TRUST = f"The model needs Python code of its own, which is run only with {OPTION}"
WHAT_IT_MEANS = (
    "This model can only be loaded by Python code that lies in its folder. That code runs with "
    "all your rights: it can read, change and send any file of yours. Allow it only if you know "
    "where the model comes from, or have read the code."
)
