"""What the landing page says of the case that is served: its name, what is in it, and its map."""

from __future__ import annotations

import io
import os
from collections.abc import Mapping
from pathlib import Path
from threading import Lock
from typing import Any

from twinkit.apps.kit.visit import DEFAULT
from twinkit.content import find_case
from twinkit.tables import CaseError, check_case, read_case
from twinkit.tables.case import Case, case_fingerprint


class Front:
    """The case that is served, as the landing page shows it; read again when its files have changed.

    Parameters
    ----------
    case
        Where it is; by default that of ``TWINKIT_CASE``, else the car maker that comes with twinkit.

    Attributes
    ----------
    title, about, alt, tables
        What it is called (the name of its folder if its tables cannot be read); what is in it; what is to be
        seen on its map, "" if it has none; the fingerprint of its tables.
    """

    def __init__(self, case: Path | None = None) -> None:
        self.where = str(case or os.environ.get("TWINKIT_CASE") or DEFAULT)
        self.title, self.about, self.alt, self.tables = Path(self.where).stem, "", "", ""
        self._case: Case | None = None
        self._stamp = -1.0
        self._drawn: dict[str, bytes] = {}
        self._lock = Lock()

    def read(self) -> Front:
        """Bring it up to date with the files."""
        try:
            place = find_case(self.where)
            files = [place, *place.iterdir()] if place.is_dir() else [place]
            stamp = max(file.stat().st_mtime for file in files)
        except OSError:
            return self
        with self._lock:
            if stamp != self._stamp:
                self._stamp, self._drawn = stamp, {}
                try:
                    self._case = case = read_case(place)
                except CaseError:
                    self._case, self.title, self.about, self.alt, self.tables = None, Path(self.where).stem, "", "", ""
                    return self
                self.title, self.about, self.tables = str(case.settings["title"] or case.name), contents_of(case), case_fingerprint(case)
                placed = case["sites"]["latitude"].notna() & case["sites"]["longitude"].notna()
                mapped = placed.any() and not check_case(case)
                self.alt = f"Map: {int(placed.sum())} sites and the lanes between them." if mapped else ""
        return self

    def lacks(self, page: Mapping[str, Any]) -> bool:
        """Whether a question needs tables that have no rows in this case; of a case that cannot be read nothing is known."""
        with self._lock:
            return self._case is not None and any(not len(self._case[table]) for table in page.get("tables", ()))

    def picture(self, theme: str) -> bytes:
        """PNG of the map on a "light" or a "dark" page; no bytes if there is none."""
        self.read()
        with self._lock:
            if self._case is None or not self.alt:
                return b""
            if theme not in self._drawn:
                from twinkit.show import network_map  # matplotlib is loaded when the first picture is wanted

                file = io.BytesIO()
                network_map(self._case, details=0, names=False, size=(11.0, 4.4), theme=theme).savefig(file, format="png", dpi=120)
                self._drawn[theme] = file.getvalue()
            return self._drawn[theme]


def contents_of(case: Case) -> str:
    """What is in a case, as a sentence.

    Examples
    --------
    >>> import twinkit
    >>> contents_of(twinkit.example("camera"))
    '8 sites, 7 lanes, 6 products and 1 market, over 2 years; no events are known.'
    """
    count = {name: len(case[name]) for name in ("sites", "lanes", "products", "markets", "events")}
    parts = [f"{n} {name if n != 1 else name[:-1]}" for name, n in count.items() if name != "events"]
    days = float(case.settings["periods"]) * float(case.settings["period_days"])
    long = f"{days / 365:.0f} years" if days >= 730 else f"{days:.0f} days"
    events = count["events"]
    return f"{', '.join(parts[:-1])} and {parts[-1]}, over {long}; {events or 'no'} {'event is' if events == 1 else 'events are'} known."
