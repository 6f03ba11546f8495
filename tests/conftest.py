"""What all tests share."""

from __future__ import annotations

import os
import sys
from pathlib import Path

# The Node.js inside the playwright package needs a library that a bare machine lacks.
os.environ.setdefault("PLAYWRIGHT_NODEJS_PATH", str(Path(sys.prefix) / "bin/node"))
