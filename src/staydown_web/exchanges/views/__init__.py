"""Pages of this room: lists, what partners are told, dry runs."""
