"""Untrusted input of this room, checked."""

from staydown_web.reports.forms.public_pages import PublicPagesForm

__all__ = ["PublicPagesForm"]
