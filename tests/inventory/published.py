"""Published numbers, read from the files that the truth tests keep."""

from __future__ import annotations

import json
from pathlib import Path

CASES = Path(__file__).parent.parent / "truth" / "cases"


def published(number: str) -> dict:
    """The file of a published case, by its number: ``published("S10")``."""
    (path,) = CASES.glob(f"{number}_*.json")
    return json.loads(path.read_text())
