"""The provider chain: who keeps a site online, what each was told, and what came of it."""
