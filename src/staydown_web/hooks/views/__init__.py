"""Calls of other servers, and the administrators' page."""
