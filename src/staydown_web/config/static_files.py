"""Static files: collected once for each state of their sources, under names of their content.

Those of earlier versions stay for a while: a page that a browser still shows, or that a process of
the version before still answers, finds its own.
"""

from __future__ import annotations

import hashlib
import re
import tempfile
import time
from collections.abc import Iterable
from pathlib import Path
from typing import Final

from staydown.errors import ConfigError

STAMP = ".collected"
KEEP_EARLIER_S: Final = 30 * 86_400.0
"""How long a file of an earlier version stays."""

_BY_CONTENT = re.compile(r"\.[0-9a-f]{12}(\.|$)")


def digest_of_sources(folders: Iterable[Path], *, version: str) -> str:
    """SHA-256 over the names and bytes of all files, 64 hex digits."""
    digest = hashlib.sha256(version.encode())
    for folder in folders:
        for path in sorted(folder.rglob("*")):
            if path.is_file() and path.suffix != ".map":
                name = path.relative_to(folder).as_posix().encode()
                digest.update(b"%d %b %d " % (len(name), name, path.stat().st_size))
                digest.update(path.read_bytes())
    return digest.hexdigest()


def collect_static(*, force: bool = False) -> bool:
    """Bring ``STATIC_ROOT`` up to date; Django has to be set up.

    Returns:
        False where it was up to date already.

    Raises:
        ConfigError: a script or style names a file that is not there.
    """
    import django
    from django.apps import apps
    from django.conf import settings
    from django.contrib.staticfiles.management.commands.collectstatic import Command
    from django.core.management import call_command

    from staydown_web.base.static import ModuleStaticStorage

    folders = [Path(row[1] if isinstance(row, tuple) else row) for row in settings.STATICFILES_DIRS]
    folders += [Path(app.path) / "static" for app in apps.get_app_configs()]
    digest = digest_of_sources(folders, version=django.__version__)
    root = Path(settings.STATIC_ROOT)
    stamp = root / STAMP
    if not force and stamp.exists() and stamp.read_text(encoding="ascii") == digest:
        return False
    root.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(prefix=".new-", dir=root) as made:
        command = Command()
        command.storage = ModuleStaticStorage(location=made)
        try:
            call_command(
                command, interactive=False, verbosity=0, ignore_patterns=["django_otp", "otp_*"]
            )
        except ValueError as error:
            raise ConfigError(f"pages and scripts cannot be collected: {error}") from None
        move_in(Path(made), root, now_s=time.time())
    stamp.write_text(digest, encoding="ascii")
    return True


def move_in(made: Path, root: Path, *, now_s: float) -> None:
    """Put collected files in their place, one whole file after the other.

    Of what was there before, files that are named by their content stay for ``KEEP_EARLIER_S``:
    their names say nothing that has become untrue. All others of an earlier version go.

    Args:
        made: a folder on the same disk; it is left empty.
        root: where they are served from.
        now_s: Unix time.
    """
    fresh = {path.relative_to(made) for path in made.rglob("*") if path.is_file()}
    for name in sorted(fresh, key=lambda path: path.name == "staticfiles.json"):
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        (made / name).replace(root / name)
    for path in [path for path in root.rglob("*") if path.is_file()]:
        name = path.relative_to(root)
        is_young = now_s - path.stat().st_mtime < KEEP_EARLIER_S
        if name in fresh or made in path.parents or (is_young and _BY_CONTENT.search(path.name)):
            continue
        path.unlink()
