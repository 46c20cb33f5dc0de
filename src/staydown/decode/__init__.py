"""Room: bytes -> pixels."""
