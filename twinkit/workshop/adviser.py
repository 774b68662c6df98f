"""The adviser beside a seat: a forecast and an order, whose quality the trainer sets.

- ``good``: the benchmark's order-up-to rule on an exponentially smoothed forecast;
- ``noisy``: the same, off by chance, by about `noise` of the mean demand;
- ``wrong in a disruption``: good, but from `wrong_from` to `wrong_until` it holds firmly to
  the opposite: it advises nothing where much is needed, and twice the level where little is.

What it says is drawn by seed, seat and period, so the same game gets the same advice.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, fields
from typing import Any

import numpy as np

from twinkit.tables.problems import is_number
from twinkit.workshop.bots import Seat, base_stock

QUALITIES = ("good", "noisy", "wrong in a disruption")
DISCLOSURES = ("nothing", "how it works", "its record")
"""What players are told of the adviser."""


@dataclass(frozen=True)
class Adviser:
    """Settings of the adviser.

    Attributes
    ----------
    quality
        One of :data:`QUALITIES`.
    disclosure
        One of :data:`DISCLOSURES`.
    smoothing
        Weight of the newest demand in its forecast.
    noise
        Standard deviation of a noisy adviser, as a share of the mean demand.
    wrong_from, wrong_until
        First period in which it is wrong, and first in which it is right again.
    """

    quality: str = "good"
    disclosure: str = "nothing"
    smoothing: float = 0.3
    noise: float = 0.5
    wrong_from: int = 0
    wrong_until: int = 0

    def __post_init__(self) -> None:
        if self.quality not in QUALITIES:
            raise ValueError(f"the adviser's quality is {self.quality!r}; it must be one of {', '.join(QUALITIES)}")
        if self.disclosure not in DISCLOSURES:
            raise ValueError(f"its disclosure is {self.disclosure!r}; it must be one of {', '.join(DISCLOSURES)}")
        if not (is_number(self.smoothing, 0, 1) and self.smoothing):
            raise ValueError(f"the adviser's smoothing is {self.smoothing!r}; it must be a number above 0, up to 1")
        if not is_number(self.noise, 0, 10):
            raise ValueError(f"the adviser's noise is {self.noise!r}; it must be a number from 0 to 10")
        for name in ("wrong_from", "wrong_until"):
            if type(getattr(self, name)) is not int:
                raise ValueError(f"{name} is {getattr(self, name)!r}; it must be a whole number, of a period")

    @classmethod
    def of(cls, settings: Mapping[str, Any]) -> Adviser:
        """An adviser from plain data; what it does not know is refused with a ValueError."""
        known = [f.name for f in fields(cls)]
        if unknown := set(settings) - set(known):
            raise ValueError(f"the adviser has no setting {', '.join(sorted(unknown))}; it has {', '.join(known)}")
        return cls(**settings)

    def to_dict(self) -> dict[str, Any]:
        """The settings as plain data."""
        return asdict(self)

    def wrong(self, period: int) -> bool:
        """Whether it is confidently wrong in a period."""
        return self.quality == "wrong in a disruption" and self.wrong_from <= period < self.wrong_until

    def advise(self, seat: Seat) -> Advice:
        """What it says to a seat now."""
        forecast = seat.forecast(self.smoothing)
        units = self._units(seat, forecast)
        if self.quality == "noisy":
            off = np.random.default_rng(seat.luck.integers(2**32)).normal(0.0, self.noise, 2)
            forecast, units = forecast + off[0] * seat.start, units + off[1] * seat.start
        if self.wrong(seat.now.period):
            units = 0.0 if units > seat.start else 2.0 * max(units, seat.start)
            forecast = 0.5 * forecast if units == 0.0 else 2.0 * forecast
        return Advice(float(np.floor(max(0.0, forecast) + 0.5)), float(np.floor(max(0.0, units) + 0.5)))

    def _units(self, seat: Seat, forecast: float) -> float:
        """Order up to the level of the table, moved with the forecast over the time that an order takes."""
        first = seat.looks[0]
        cover = (first.on_order + seat.start) / seat.start if seat.start > 0 else 0.0
        level = base_stock(seat) + seat.position if seat.goal or seat.start else seat.position
        return level + (forecast - seat.start) * cover - seat.position

    def about(self) -> str:
        """What players are told of it."""
        if self.disclosure == "nothing":
            return ""
        return (
            "The adviser smooths what was asked for and orders up to a level that covers it until an order arrives. "
            "It does not know of disruptions."
        )


@dataclass(frozen=True)
class Advice:
    """A forecast of the next demand and an order [units]."""

    forecast: float
    units: float

    def to_dict(self) -> dict[str, float]:
        """The advice as plain data."""
        return asdict(self)
