"""The demonstration: a platform of its own, a guided case, an open reviewer's window.

Nothing here runs without ``staydown serve --demo``, which listens on this machine alone.
"""
