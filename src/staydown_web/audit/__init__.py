"""Append-only, hash-chained events; every downstream reader keeps its own cursor."""
