"""``python -m staydown`` is ``staydown``."""

from staydown.cli import main

main()
