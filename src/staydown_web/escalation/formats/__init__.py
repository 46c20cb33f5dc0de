"""Reports as each recipient takes them: facts in, exact bytes out; no tables, no sockets."""

from staydown_web.escalation.formats.composing import batches, compose_report, formats_for
from staydown_web.escalation.formats.leaking import leaks
from staydown_web.escalation.formats.notices import compose_notice

__all__ = ["batches", "compose_notice", "compose_report", "formats_for", "leaks"]
