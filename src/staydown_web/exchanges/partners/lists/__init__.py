"""A list in a file or at an address, in any format that Staydown reads."""

from staydown_web.exchanges.partners.lists.hash_list import HashList

__all__ = ["HashList"]
