"""Reads of the room: queue, screen, what looking costs, banks."""
