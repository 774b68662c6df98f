"""Which machine holds up the line, from a log of states: the active-period method (Roser, Nakano & Tanaka 2002).

The machine that has been active (working, set up, down …) without a break for longest is the momentary
bottleneck.  Where the active period of a bottleneck overlaps that of the next, the bottleneck shifts.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass

import pandas as pd

from twinkit.tables.problems import quote

ACTIVE = ("working", "setup", "down", "maintenance", "stopped")
"""States in which a machine is not waiting for another one."""
NO_GAP = 1e-9
"""Times that differ by no more are one: clocks and sums of decimals are not exact [time]."""
Log = Mapping[str, Sequence[tuple[float, float, str]]]
"""Machine → (from, to, state), in time."""


@dataclass(frozen=True)
class Bottlenecks:
    """What the log of a line shows.

    Attributes
    ----------
    active_periods
        Machine → (from, to) of its active periods, those that lie outside the span left out.
    momentary
        from, to, machine (None where none is active): the momentary bottleneck.
    periods
        machine, from, to: active periods that were the longest at some moment, in time.
    shifting
        (from, to) in which a bottleneck and the next one are both active.
    shares
        By machine: sole and shifting [share of the span], working [share], average_active [time].
    """

    active_periods: dict[str, list[tuple[float, float]]]
    momentary: pd.DataFrame
    periods: list[tuple[str, float, float]]
    shifting: list[tuple[float, float]]
    shares: pd.DataFrame

    def sentence(self) -> str:
        """What it comes to; where the busiest machine is another one, it says so."""
        most = (self.shares["sole"] + self.shares["shifting"]).idxmax()
        told = f"{most} held up the line in {self.shares.at[most, 'sole']:.0%} of the time alone and in {self.shares.at[most, 'shifting']:.0%} while the bottleneck shifted."
        busiest = self.shares["working"].idxmax()
        if busiest != most:
            told += f" The machine that worked most is {busiest} ({self.shares.at[busiest, 'working']:.0%}): busy is not the same as holding up others."
        return told


def problems_of(log: Log, horizon: tuple[float, float]) -> list[str]:
    """Sentences about a log that cannot be; all at once."""
    found = [] if log else ["The log names no machine."]
    if not horizon[0] < horizon[1]:
        found.append(f"The span from {horizon[0]:g} to {horizon[1]:g} is empty.")
    for machine, entries in log.items():
        end = -float("inf")
        for i, (start, until, state) in enumerate(entries, 1):
            name = f"Machine {quote(machine)}, entry {i} ({state})"
            if not start < until:
                found.append(f"{name}: it lasts from {start:g} to {until:g}; it must end after it begins.")
            if start < end - NO_GAP:
                found.append(f"{name}: it begins at {start:g} before the entry above ends ({end:g}). Let them follow each other.")
            end = max(end, until)
    return found


def bottlenecks(log: Log, horizon: tuple[float, float], active: Collection[str] = ACTIVE) -> Bottlenecks:
    """Find the bottlenecks of a log.

    Parameters
    ----------
    log
        Machine → (from, to, state), in time.
    horizon
        Span that is looked at.
    active
        States that count as active.

    Raises
    ------
    ValueError
        If the log cannot be; all reasons at once.
    """
    if wrong := problems_of(log, horizon):
        raise ValueError("\n".join(wrong))
    spans = {machine: [(s, e) for s, e in _joined(entries, active) if s < horizon[1] and e > horizon[0]] for machine, entries in log.items()}
    length = horizon[1] - horizon[0]
    times = sorted({*horizon, *(t for own in spans.values() for span in own for t in span if horizon[0] < t < horizon[1])})
    momentary, periods = [], []
    for start, end in zip(times, times[1:], strict=False):
        there = [(until - begin, -begin, machine, begin, until) for machine, own in spans.items() for begin, until in own if begin <= start and until >= end]
        longest = max(there, default=None, key=lambda one: one[:2])
        momentary.append({"from": start, "to": end, "machine": longest[2] if longest else None})
        if longest and longest[2:] not in periods:
            periods.append(longest[2:])
    overlaps = [(max(a[1], b[1], horizon[0]), min(a[2], b[2], horizon[1])) for a, b in zip(periods, periods[1:], strict=False)]
    shifting = [(start, end) for start, end in overlaps if start < end]
    pieces = _joined([(start, end, "") for start, end in shifting], ("",))  # it may shift twice at a time, which counts once
    shares = {}
    for machine, entries in log.items():
        own = [(max(s, horizon[0]), min(e, horizon[1])) for m, s, e in periods if m == machine]
        overlap = sum(max(0.0, min(e, b) - max(s, a)) for s, e in own for a, b in pieces)
        sole = sum(
            row["to"] - row["from"] for row in momentary
            if row["machine"] == machine and not any(a <= row["from"] and row["to"] <= b for a, b in pieces)
        )  # fmt: skip
        worked = sum(min(e, horizon[1]) - max(s, horizon[0]) for s, e, state in entries if state == "working" and e > horizon[0] and s < horizon[1])
        spell = [e - s for s, e in spans[machine]]
        shares[machine] = {"sole": sole / length, "shifting": overlap / length, "working": worked / length,
                           "average_active": sum(spell) / len(spell) if spell else 0.0}  # fmt: skip
    told = pd.DataFrame({name: pd.Series([row[name] for row in momentary], dtype=object if name == "machine" else float) for name in ("from", "to", "machine")})
    return Bottlenecks(spans, told, periods, shifting, pd.DataFrame.from_dict(shares, orient="index"))


def _joined(entries: Sequence[tuple[float, float, str]], active: Collection[str]) -> list[tuple[float, float]]:
    """Spans without a break in which a machine is active."""
    found: list[tuple[float, float]] = []
    for start, end, state in entries:
        if state not in active:
            continue
        if found and start - found[-1][1] <= NO_GAP:
            found[-1] = (found[-1][0], max(found[-1][1], end))
        else:
            found.append((start, end))
    return found
