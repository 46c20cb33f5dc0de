"""The keys of this installation: how old they are, changed without a pause, and retired."""
