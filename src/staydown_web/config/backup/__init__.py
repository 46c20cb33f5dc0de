"""Copies of an installation and the way back: the database in one file, the keys in another."""
