"""Edges of the room: sign-in, second factor, people, keys."""
