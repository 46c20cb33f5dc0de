"""The process that makes a PDF: data on standard input, the document on standard output.

Started by its path, so that it loads nothing of the service. It has no environment, no more than
its limits, and reads one file, the template.
"""

from __future__ import annotations

import json
import resource
import sys
from datetime import UTC, datetime
from pathlib import Path

CPU_S = 20
MEMORY_BYTES = 2 << 30
"""Address space, most of it reserved and never used: a document of 300 pages touches 120 MB."""
FILES = 32


def main() -> None:
    """Typeset one document."""
    resource.setrlimit(resource.RLIMIT_CPU, (CPU_S, CPU_S))
    resource.setrlimit(resource.RLIMIT_AS, (MEMORY_BYTES, MEMORY_BYTES))
    resource.setrlimit(resource.RLIMIT_FSIZE, (0, 0))
    resource.setrlimit(resource.RLIMIT_NOFILE, (FILES, FILES))
    import typst

    job = json.loads(sys.stdin.buffer.read())
    compiler = typst.Compiler(
        Path(job["template"]).read_bytes(),
        ignore_system_fonts=True,
        sys_inputs={"data": json.dumps(job["data"])},
    )
    made = compiler.compile(
        format="pdf",
        pdf_standards=["ua-1", "a-2a"],
        timestamp=datetime.fromtimestamp(job["at"], UTC),
    )
    if not isinstance(made, bytes):
        raise SystemExit(1)
    sys.stdout.buffer.write(made)


if __name__ == "__main__":
    main()
