"""Overall equipment effectiveness: of a machine, of a line, with its losses, and the ratios of ISO 22400-2."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np


@dataclass(frozen=True)
class Counted:
    """What was counted of a machine in a span.

    Attributes
    ----------
    planned
        Time in which it was to run [time].
    downtime, setup
        Time it stood, and what of that was set-up [time].
    ideal_cycle
        Shortest time of a part [time/part].
    total, rejects, startup_rejects
        Parts made; of them bad ones; of these the ones made while it started up [parts].
    """

    planned: float
    downtime: float
    ideal_cycle: float
    total: float
    rejects: float = 0.0
    setup: float = 0.0
    startup_rejects: float = 0.0

    def __post_init__(self) -> None:
        wrong = [f"{name} is {value}; it must be at least 0" for name, value in vars(self).items() if not value >= 0]
        wrong += [f"{part} ({getattr(self, part):g}) is more than {whole} ({getattr(self, whole):g})" for part, whole in (
            ("downtime", "planned"), ("setup", "downtime"), ("rejects", "total"), ("startup_rejects", "rejects")) if getattr(self, part) > getattr(self, whole)]  # fmt: skip
        if not self.planned > 0:
            wrong.append("planned must be above 0")
        if self.ideal_cycle * self.total > (self.planned - self.downtime) * (1 + 1e-9):
            wrong.append(
                f"{self.total:g} parts of {self.ideal_cycle:g} each take longer than it ran ({self.planned - self.downtime:g}): "
                "correct the ideal cycle, which must be the shortest, or the counts"
            )
        if wrong:
            raise ValueError("; ".join(wrong))

    @property
    def availability(self) -> float:
        """(planned - downtime) / planned [share]."""
        return (self.planned - self.downtime) / self.planned

    @property
    def performance(self) -> float:
        """Ideal cycle · total / run time [share]; 0 where it never ran."""
        run = self.planned - self.downtime
        return self.ideal_cycle * self.total / run if run else 0.0

    @property
    def quality(self) -> float:
        """Good parts / parts [share]; 0 where none was made."""
        return (self.total - self.rejects) / self.total if self.total else 0.0

    @property
    def oee(self) -> float:
        """Availability · performance · quality [share]."""
        return self.availability * self.performance * self.quality

    def losses(self) -> dict[str, float]:
        """Time lost by kind (Nakajima 1988); with the time of good parts they add up to what was planned [time]."""
        return {
            "breakdowns": self.downtime - self.setup, "setup_and_adjustments": self.setup,
            "minor_stops_and_reduced_speed": self.planned - self.downtime - self.ideal_cycle * self.total,
            "process_defects": self.ideal_cycle * (self.rejects - self.startup_rejects),
            "reduced_yield": self.ideal_cycle * self.startup_rejects,
        }  # fmt: skip


def line_oee(machines: Sequence[Counted]) -> float:
    """Good parts of all machines at their ideal cycles / the time planned for all [share].

    This is the mean of their OEE weighted by planned time; the plain mean of the OEE is another figure, and wrong.
    """
    return sum(m.oee * m.planned for m in machines) / sum(m.planned for m in machines)


def iso_22400(elements: Mapping[str, float | Sequence[float]]) -> dict[str, float]:
    """Ratios of ISO 22400-2 from its time and quantity elements.

    Parameters
    ----------
    elements
        By abbreviation: PBT planned busy time, APT actual production time, AUPT actual unit processing time,
        AUBT actual unit busy time, AUST actual unit set-up time, ADOT actual unit down time [time]; PRI planned run time per item [time/item];
        PQ, GQ, SQ, RQ produced, good, scrapped and reworked quantity [items]; TBF and TTR, times between failures
        and to repair, as lists [time].

    Returns
    -------
    dict
        Those that the elements suffice for.

    Raises
    ------
    ValueError
        If an element is negative.
    """
    for name, value in elements.items():
        if (np.asarray(value, float) < 0).any():
            raise ValueError(f"{name} is {value}; an element is at least 0")
    found: dict[str, float] = {}
    for name, (above, below) in {
        "availability": (("APT",), ("PBT",)), "effectiveness": (("PRI", "PQ"), ("APT",)), "quality_ratio": (("GQ",), ("PQ",)),
        "setup_ratio": (("AUST",), ("AUPT",)), "scrap_ratio": (("SQ",), ("PQ",)), "rework_ratio": (("RQ",), ("PQ",)),
        "utilization_efficiency": (("APT",), ("AUBT",)), "allocation_efficiency": (("AUBT",), ("PBT",)),
    }.items():  # fmt: skip
        if {*above, *below} <= set(elements):
            under = float(np.prod([elements[k] for k in below]))
            found[name] = float(np.prod([elements[k] for k in above])) / under if under else float("nan")
    if {"availability", "effectiveness", "quality_ratio"} <= set(found):
        found["oee"] = found["availability"] * found["effectiveness"] * found["quality_ratio"]
    if {"AUPT", "PBT"} <= set(elements) and {"effectiveness", "quality_ratio"} <= set(found):
        busy = float(elements["PBT"])
        found["nee"] = float(elements["AUPT"]) / busy * found["effectiveness"] * found["quality_ratio"] if busy else float("nan")
    if {"APT", "ADOT"} <= set(elements):
        found["technical_efficiency"] = float(elements["APT"]) / (float(elements["APT"]) + float(elements["ADOT"]))
    for name, key in (("mtbf", "TBF"), ("mttr", "TTR")):
        if len(np.atleast_1d(elements.get(key, ()))):
            found[name] = float(np.mean(elements[key]))
    return found
