"""Writes of this room, one function a use case."""

from staydown_web.reports.services.publishing import choose_pages, pages_of, publish_periods

__all__ = ["choose_pages", "pages_of", "publish_periods"]
