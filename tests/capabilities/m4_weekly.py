"""sMAPE of simple methods on the weekly series of the M4 competition: ``python tests/capabilities/m4_weekly.py FOLDER``.

FOLDER holds Weekly-train.csv and Weekly-test.csv of github.com/Mcompetitions/M4-methods (folder Dataset); the published scores
are those of Makridakis, Spiliotis & Assimakopoulos (2020), table of benchmarks.
"""

from __future__ import annotations

import csv
import sys
from pathlib import Path

import numpy as np

from twinkit.capabilities.demand.measures import symmetric_percentage_error
from twinkit.capabilities.demand.methods import codes_paths, method_of

PUBLISHED = {"naive": 9.161, "ses": 9.012, "theta": 9.093}


def rows(folder: Path, end: str) -> dict[str, np.ndarray]:
    """Series by name."""
    (file,) = folder.glob(f"*{end}")
    with file.open(encoding="utf-8") as lines:
        return {row[0]: np.array([float(v) for v in row[1:] if v]) for row in list(csv.reader(lines))[1:]}


if __name__ == "__main__":
    train, test = (rows(Path(sys.argv[1]), end) for end in ("Weekly-train.csv", "Weekly-test.csv"))
    for name, published in PUBLISHED.items():
        found = [symmetric_percentage_error(test[k], np.maximum(codes_paths(y, method_of(name).code, 1, len(test[k]))[-1], 0.0)) for k, y in train.items()]
        print(f"{name}: {np.mean(found):.3f} (published {published})")
