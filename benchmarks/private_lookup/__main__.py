"""``python benchmarks/private_lookup --research``."""

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from private_lookup.measure import main

sys.exit(main())
