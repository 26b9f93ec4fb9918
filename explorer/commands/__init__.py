"""The commands that need Qt: window, demo, render. One file each, listed in ``explorer.cli``."""
