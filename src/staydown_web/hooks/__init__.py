"""Calls by which other servers ask about an upload before they store it."""
