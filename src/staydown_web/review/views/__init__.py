"""Edges of the room: queue, screen, previews, decisions, breaks, banks, approvals, platforms."""
