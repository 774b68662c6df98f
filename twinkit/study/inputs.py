"""Uncertain inputs: numbers of a case that nobody knows exactly, declared like levers.

A lever is moved by a person, who believes the case; an input is what the world then
turns out to be.  So an input changes the case after the levers and the events are in it:
a safety stock in days of mean demand was worked out with the demand that was believed.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from functools import partial

import numpy as np

from twinkit.run.scenario import Scenario
from twinkit.tables.case import Case
from twinkit.tables.schema_events import PAUSES, SHARES


@dataclass(frozen=True)
class Input:
    """One uncertain input.

    Attributes
    ----------
    name, label
        Name in code; name on the screen.
    unit
        Unit; "factor" multiplies what the case says.
    low, high, usual
        Range, and the value at which the case is as it is.  The ranges of the inputs that come
        with twinkit are assumptions: give those that you believe.
    meaning
        One sentence.
    change
        ``change(case, value)`` returns the changed case.
    """

    name: str
    label: str
    unit: str
    low: float
    high: float
    usual: float
    meaning: str
    change: Callable[[Case, float], Case]

    def apply(self, case: Case, value: float) -> Case:
        """The case with the input at a value."""
        return case if value == self.usual else self.change(case, value)


@dataclass(frozen=True)
class Varied(Scenario):
    """A scenario in a world that is not quite what the case says.

    Attributes
    ----------
    inputs
        Inputs and their values.
    """

    inputs: tuple[tuple[Input, float], ...] = field(default=())

    def turned_out(self, case: Case) -> Case:
        """A case with the levers moved, with the inputs as they turn out to be."""
        for one, value in self.inputs:
            case = one.apply(case, value)
        return case


def scale(table: str, columns: tuple[str, ...], case: Case, factor: float) -> Case:
    """Columns of a table times a factor."""
    rows = case[table]
    return case.replace(**{table: rows.assign(**{c: rows[c] * factor for c in columns})})


def scale_demand(case: Case, factor: float) -> Case:
    """Mean, spread and recorded demand of every market times a factor."""
    return scale("history", ("units",), scale("markets", ("mean", "spread"), case, factor), factor)


def scale_lead_times(case: Case, factor: float) -> Case:
    """Lead times of lanes (with spread) and of recipes times a factor; what a recipe takes stays whole periods."""
    lanes, recipes = scale("lanes", ("lead_time", "lead_time_spread"), case, factor), case["recipes"]
    return lanes.replace(recipes=recipes.assign(lead_time=np.round(recipes["lead_time"] * factor)))


def scale_severity(case: Case, factor: float) -> Case:
    """Severity of every event times a factor; a share is not above 1, and a pause stays one."""
    events = case["events"]
    severity = events["severity"] * factor
    severity = severity.where(~events["kind"].isin(SHARES), severity.clip(upper=1.0))
    return case.replace(events=events.assign(severity=severity.where(~events["kind"].isin(PAUSES), events["severity"])))


def scale_capacity(case: Case, factor: float) -> Case:
    """Capacity of every recipe, lane and site that states one, times a factor."""
    for table in ("recipes", "lanes", "sites"):
        case = scale(table, ("capacity",), case, factor)
    return case


def inputs_of(case: Case) -> list[Input]:
    """Uncertain inputs that a case has."""
    found = [
        _factor("demand", "Demand", 0.8, 1.2, "mean and spread of all demand", scale_demand),
        _factor("demand_spread", "Spread of demand", 0.5, 1.5, "standard deviation of demand in a period",
                partial(scale, "markets", ("spread",))),
    ]  # fmt: skip
    if len(case["lanes"]) or len(case["recipes"]):
        found.append(_factor("lead_times", "Lead times", 0.8, 1.5, "lead times of lanes and recipes", scale_lead_times))
    if len(case["recipes"]) and case["recipes"]["capacity"].notna().any():
        found.append(_factor("capacity", "Capacity", 0.9, 1.1, "capacity of recipes, lanes and sites", scale_capacity))
    found += [
        _factor("event_duration", "Length of the events", 0.5, 2.0, "duration and recovery time of all events",
                partial(scale, "events", ("duration", "recovery_time"))),
        _factor("event_severity", "Severity of the events", 0.5, 1.0, "severity of all events but pauses", scale_severity),
        _factor("holding_costs", "Holding costs", 0.5, 2.0, "cost of keeping stock, at sites", partial(scale, "stocks", ("holding_cost",))),
        _factor("transport_costs", "Freight", 0.5, 2.0, "freight of all lanes",
                partial(scale, "lanes", ("transport_cost", "shipment_cost", "expedite_cost"))),
        _factor("lost_margins", "Margin of a unit", 0.5, 2.0, "margin of a unit that is sold, and lost with one that is not: the price moves with it", scale_margin),
    ]  # fmt: skip
    return found


def scale_margin(case: Case, factor: float) -> Case:
    """Margin lost with a lost unit times a factor; it is at least price less value, so the price moves with it."""
    markets = case["markets"]
    value = markets["product"].map(case["products"].set_index("product")["value"]).astype(float)
    margin = markets["price"] - value
    price = markets["price"].where((margin <= 0) | (markets["lost_margin"].notna() & (value <= 0)), value + margin * factor)
    return case.replace(markets=markets.assign(price=price, lost_margin=markets["lost_margin"] * factor))


def _factor(name: str, label: str, low: float, high: float, meaning: str, change: Callable) -> Input:
    return Input(name, label, "factor", low, high, 1.0, meaning, change)
