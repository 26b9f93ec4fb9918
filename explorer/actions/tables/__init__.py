"""One table of commands per menu. Adding a command is one line in one of them."""
