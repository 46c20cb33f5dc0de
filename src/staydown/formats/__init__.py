"""Room: partner formats <-> signals."""
