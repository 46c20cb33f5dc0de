"""Static files: collected once for each state of their sources, under names of their content."""

from __future__ import annotations

import hashlib
import shutil
from collections.abc import Iterable
from pathlib import Path

from staydown.errors import ConfigError

STAMP = ".collected"


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
    from django.core.management import call_command

    folders = [Path(row[1] if isinstance(row, tuple) else row) for row in settings.STATICFILES_DIRS]
    folders += [Path(app.path) / "static" for app in apps.get_app_configs()]
    digest = digest_of_sources(folders, version=django.__version__)
    root = Path(settings.STATIC_ROOT)
    stamp = root / STAMP
    if not force and stamp.exists() and stamp.read_text(encoding="ascii") == digest:
        return False
    # A fresh folder: names of an earlier version do not pile up.
    shutil.rmtree(root, ignore_errors=True)
    root.mkdir(parents=True)
    try:
        call_command(
            "collectstatic", interactive=False, verbosity=0, ignore_patterns=["django_otp", "otp_*"]
        )
    except ValueError as error:
        raise ConfigError(f"pages and scripts cannot be collected: {error}") from None
    stamp.write_text(digest, encoding="ascii")
    return True
