"""Bodies of calls and what administrators type, checked."""

from staydown_web.hooks.forms.bodies import Asked, asked_of, files_left_over, read_room
from staydown_web.hooks.forms.events import objects_of
from staydown_web.hooks.forms.pages import HookForm

__all__ = ["Asked", "HookForm", "asked_of", "files_left_over", "objects_of", "read_room"]
