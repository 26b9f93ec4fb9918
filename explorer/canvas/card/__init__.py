"""The card beside the pointer: which entry, and what is near it."""
