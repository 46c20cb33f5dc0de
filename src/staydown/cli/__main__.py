"""``python -m staydown.cli`` is ``staydown``."""

from staydown.cli import main

main()
