"""Statements of reasons, receipts, bundles for court, and what is published about all of it."""
