"""The law as data, and the engine that reads it."""
