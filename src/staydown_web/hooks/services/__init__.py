"""Calls answered, buckets worked through, hooks made and ended."""

from staydown_web.hooks.services.answering import Act, Answer, count_missed
from staydown_web.hooks.services.checking import check_for_hook
from staydown_web.hooks.services.keeping import (
    BucketPlace,
    choose_again,
    create_hook,
    end_hook,
    open_place,
    place_of,
)
from staydown_web.hooks.services.opening import OpenHook, forget_hooks, open_hook

__all__ = [
    "Act",
    "Answer",
    "BucketPlace",
    "OpenHook",
    "check_for_hook",
    "choose_again",
    "count_missed",
    "create_hook",
    "end_hook",
    "forget_hooks",
    "open_hook",
    "open_place",
    "place_of",
]
