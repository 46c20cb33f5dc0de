"""Staff, roles, platforms, keys of the API, second factor."""
