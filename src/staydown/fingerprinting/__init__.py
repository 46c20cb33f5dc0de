"""Room: pixels -> signals."""
