"""Content checked against banks; copies and hits."""
