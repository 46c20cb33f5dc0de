"""Static files under names that change with their content, ES modules included."""

from __future__ import annotations

from django.contrib.staticfiles.storage import ManifestStaticFilesStorage

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
