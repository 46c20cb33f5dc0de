"""Settings, addresses and processes: wires the rooms together, so it alone may import any."""
