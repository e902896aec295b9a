"""Runs the tests of this directory: PYTHONPATH=tests/integration python3 tests/forecasters [PATTERN…]"""

import sys
from pathlib import Path

from harness.runner import main

sys.exit(main(Path(__file__).resolve().parent))
