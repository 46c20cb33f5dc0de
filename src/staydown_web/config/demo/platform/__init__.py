"""A small platform that uses Staydown as any other would: over HTTP, with an API key.

It imports nothing of the service. Run by ``staydown serve --demo``.
"""
