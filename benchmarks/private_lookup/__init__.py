"""Research: the hub does not learn the query, the caller not the bank. See ADR 78."""
