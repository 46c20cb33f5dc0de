"""Uploads looked at before an application sees them: what ASGI, WSGI and Django share."""

from staydown_client.uploads.counts import Counts
from staydown_client.uploads.rules import Answer, FileCheck, Refusal, Rules, State, Upload

__all__ = ["Answer", "Counts", "FileCheck", "Refusal", "Rules", "State", "Upload"]
