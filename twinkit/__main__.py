"""``python -m twinkit`` is the same as ``twinkit``."""

import sys

from twinkit.cli import main

sys.exit(main())
