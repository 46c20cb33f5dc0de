"""Static files under names that change with their content, ES modules included."""

from __future__ import annotations

from typing import Any

from django.contrib.staticfiles.storage import ManifestStaticFilesStorage

_SCRIPT_POLICY = (
    "default-src 'none'; script-src 'self' 'wasm-unsafe-eval'; worker-src 'self'; "
    "connect-src 'none'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'; "
    "require-trusted-types-for 'script'; trusted-types staydown-worker"
)

_FILE_POLICY = "default-src 'none'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
"""For what is opened by its own address, such as a drawing: it runs and loads nothing."""


def add_headers(headers: Any, path: str, url: str) -> None:
    """Headers of a static file, for WhiteNoise.

    A worker is bound by the policy of its own script and not by that of the page: without this, a
    worker on the page that can send nothing could.
    """
    is_script = path.endswith((".js", ".mjs"))
    headers["Cross-Origin-Resource-Policy"] = "same-origin"
    headers["Content-Security-Policy"] = _SCRIPT_POLICY if is_script else _FILE_POLICY


_PLACE = r"""['"](?P<url>\.{1,2}/[^'"]*)['"]"""
_IMPORT = rf"""(?m)^(?P<matched>import\s(?P<import>[^'"();]*?)\s*from\s*{_PLACE})"""
_EXPORT = rf"""(?m)^(?P<matched>export\s(?P<import>[^'"();=]*?)\s*from\s*{_PLACE})"""
_EFFECT = rf"""(?m)^(?P<matched>import\s*{_PLACE})"""


class ModuleStaticStorage(ManifestStaticFilesStorage):
    """Rewrites ``import`` statements of ES modules too, which Django leaves off by default.

    Django's own patterns also take types in comments (``import('./a.js').B``) for imports: two
    modules that name each other's types then never get a name that lasts. Here an import is a
    statement at the start of a line.
    """

    max_post_process_passes = 30  # as deep as imports go: each pass settles one more level
    patterns = (
        *ManifestStaticFilesStorage.patterns,
        (
            "*.js",
            (
                (_IMPORT, """import %(import)s from '%(url)s'"""),
                (_EXPORT, """export %(import)s from '%(url)s'"""),
                (_EFFECT, """import '%(url)s'"""),
            ),
        ),
    )
