"""Room: signals -> candidates."""
