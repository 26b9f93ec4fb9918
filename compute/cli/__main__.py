"""``python -m compute.cli``: the headless commands without the window's package."""

from __future__ import annotations

import os

os.environ.setdefault("OMP_WAIT_POLICY", "passive")  # before anything that loads OpenMP
os.environ.setdefault("KMP_BLOCKTIME", "0")
os.environ.setdefault("TOKENIZERS_PARALLELISM", "false")

import sys

from compute.cli import build_app, main_guard

if __name__ == "__main__":
    sys.exit(main_guard(build_app(), sys.argv[1:]))
