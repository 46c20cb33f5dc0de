"""Static files under names that change with their content, ES modules included."""

from __future__ import annotations

from django.contrib.staticfiles.storage import ManifestStaticFilesStorage


class ModuleStaticStorage(ManifestStaticFilesStorage):
    """Rewrites ``import`` statements of ES modules too, which Django leaves off by default."""

    support_js_module_import_aggregation = True
