"""Distances on the map, and greenhouse gas emissions of moving goods: tonnes × kilometres × a factor of the mode.

The method is that of ISO 14083:2023 and the GLEC Framework: transport activity of each leg times an
emission intensity, well to wheel, empty running and usual loads inside the intensity.  A lane
that states its own emissions is taken at its word.  What is made and stored is not counted.
"""

from __future__ import annotations

import numpy as np
import pandas as pd

# Distances on the map.


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


INTENSITIES = {
    "road": 0.10163 + 0.02359,  # HGV, all diesel, average laden
    "rail": 0.02779 + 0.00691,  # freight train
    "sea": 0.01612 + 0.00365,  # container ship, average
    "air": 0.53130 + 0.13516,  # long-haul freight flight, without radiative forcing, as ISO 14083 has it
}
"""Mode → kg CO2e per tonne-kilometre, well to wheel: tank to wheel and well to tank together.

UK Government GHG Conversion Factors for Company Reporting 2025 (Department for Energy Security and Net Zero), freighting
goods and WTT, Open Government Licence v3.0."""
AIR_DETOUR = 95.0
"""Added to the great circle of a flight whose distance is not given (ISO 14083, GLEC Framework) [km]."""


def lane_emissions(lanes: pd.DataFrame, sites: pd.DataFrame, products: pd.DataFrame) -> tuple[np.ndarray, list[str]]:
    """Emissions of moving one unit on each lane.

    Parameters
    ----------
    lanes, sites, products
        Tables of a case.

    Returns
    -------
    array, shape (lanes,)
        [kg CO2e/unit]; NaN where something is missing.
    list of str
        For each lane what is missing: "the mass of the product", "the distance" or "a factor for pipeline"; "" if nothing.
    """
    mass = lanes["product"].map(products.set_index("product")["mass"]).to_numpy(float) / 1000.0
    distance = lanes["distance"].to_numpy(float).copy()
    mode = lanes["mode"].to_numpy()
    place = sites.set_index("site")[["latitude", "longitude"]].astype(float)
    flown = np.flatnonzero(np.isnan(distance) & (mode == "air"))
    for i in flown:
        ends = place.loc[[lanes["origin"].iat[i], lanes["destination"].iat[i]]].to_numpy()
        distance[i] = float(great_circle(*ends[0], *ends[1])) + AIR_DETOUR
    factor = np.array([INTENSITIES.get(m, np.nan) for m in mode])
    given = lanes["emissions"].to_numpy(float)
    found = np.where(np.isnan(given), np.where(mass > 0, mass, np.nan) * distance * factor, given)
    missing = []
    for i in range(len(lanes)):
        if np.isfinite(found[i]):
            missing.append("")
        elif not mass[i] > 0:
            missing.append("the mass of the product")
        else:
            missing.append("the distance" if np.isnan(distance[i]) else f"a factor for {mode[i]}")
    return found, missing
