"""Distances on the map."""

from __future__ import annotations

import numpy as np

EARTH = 6371.0
"""Mean radius of the earth [km]."""


def great_circle(latitude, longitude, latitudes, longitudes):
    """Distance as the crow flies [km], by the haversine formula.

    Parameters
    ----------
    latitude, longitude
        A place [degrees].
    latitudes, longitudes
        Other places [degrees], shape (places,).

    Examples
    --------
    >>> round(float(great_circle(52.5, 13.4, 48.9, 2.35)))  # Berlin to Paris
    874
    """
    a, b, c, d = (np.radians(x) for x in (latitude, longitude, latitudes, longitudes))
    h = np.sin((c - a) / 2) ** 2 + np.cos(a) * np.cos(c) * np.sin((d - b) / 2) ** 2
    return 2 * EARTH * np.arcsin(np.sqrt(np.clip(h, 0, 1)))
