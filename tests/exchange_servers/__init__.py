"""Partners' interfaces on this machine: real HTTP, made rows, faults that a test switches on.

Each speaks as its partner does, from the partner's public documents; none reads a clock or draws a
random number. ``with StopNciiServer() as partner: partner.add("ab" * 32)``.
"""
