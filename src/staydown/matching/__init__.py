"""Room: candidates -> matches."""
