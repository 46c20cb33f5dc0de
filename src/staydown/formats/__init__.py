"""Partner formats to and from signals: text is parsed and written here, never sent."""

from staydown.formats.entries import LeftOut, ListEntry
from staydown.formats.lists import ListFormat, guess_format, read_list, write_list

__all__ = ["LeftOut", "ListEntry", "ListFormat", "guess_format", "read_list", "write_list"]
