"""The tables of the paper: one file each, named after its number, with ``make(study)``."""
