"""Import and export: one file for each foreign format. Imports ``compute.core`` only."""
