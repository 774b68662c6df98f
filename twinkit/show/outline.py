"""The outline of the world's countries, to draw sites on.

The data lie beside this file (``outline.npz``; ``OUTLINE.md`` says where they come
from), so a map needs neither the internet nor a geography library.  Antarctica is
left out.

>>> rings = outline()
>>> len(rings) > 500
True
>>> lon, lat = rings[0].T
>>> bool(abs(lon).max() <= 180 and abs(lat).max() <= 84)
True
"""

from __future__ import annotations

from functools import cache
from pathlib import Path

import numpy as np

FILE = Path(__file__).with_name("outline.npz")
STEP = np.array([180, 90]) / 32767
"""Longitude and latitude of one unit in the file (degrees): about 600 m."""


@cache
def outline() -> list[np.ndarray]:
    """Return the rings of all countries.

    Returns
    -------
    list of arrays ``(points, 2)``
        Longitude and latitude of closed rings, float32 (degrees east, degrees
        north).  A country has one ring per island and per hole; a border is part
        of the ring on either side of it.  A ring that crosses the 180th meridian (the
        east of Russia) is not cut there but runs on, to 190.3° at most.  The arrays
        are shared, hence read-only.
    """
    with np.load(FILE) as file:
        steps = np.column_stack([file["steps_lon"], file["steps_lat"]])
        ends = np.cumsum(file["lengths"], dtype=int)[:-1]
    rings = [ring.cumsum(axis=0) * STEP for ring in np.split(steps.astype(int), ends)]
    rings = [ring.astype(np.float32) for ring in rings]
    for ring in rings:
        ring.flags.writeable = False
    return rings


def packed(rings: list[np.ndarray]) -> bytes:
    """Return rings one after another, each closed by a pair of NaN, as float32 bytes.

    This is how the map in the browser wants them.

    >>> np.frombuffer(packed([np.zeros((2, 2), np.float32)]), np.float32)
    array([ 0.,  0.,  0.,  0., nan, nan], dtype=float32)
    """
    gap = np.full((1, 2), np.nan, np.float32)
    return np.concatenate([part for ring in rings for part in (ring, gap)]).tobytes()
