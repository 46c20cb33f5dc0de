"""Banks and their entries; the shared segments are built from here."""
