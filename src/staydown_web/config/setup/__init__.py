"""The first minutes of an administrator: keys, site, connection, a try."""
