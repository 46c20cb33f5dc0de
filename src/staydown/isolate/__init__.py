"""Room: decoding in a child process with limits.

The parent half (everything but ``child*``) imports no decoder.
"""

from staydown.isolate.api import fingerprint, preview, sandbox_report
from staydown.isolate.pool import Pool
from staydown.isolate.sandbox import SandboxReport
from staydown.types.limits import Limits

__all__ = ["Limits", "Pool", "SandboxReport", "fingerprint", "preview", "sandbox_report"]
