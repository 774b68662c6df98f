"""Courses: which plan holds from which period on, without the events of a scenario and with them.

The world without the events is the same world with everything else: what the case has
scheduled happens in both, unless the scenario names it.  Until the first event both are the
same, and so are those of other scenarios.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from twinkit.chain.plan import Plan, without_events


class Leg(NamedTuple):
    """A plan that holds from a period on."""

    start: int
    plan: Plan


def parting(plan: Plan) -> int:
    """First period in which an event may happen; the horizon if there is none [period]."""
    return int(plan.effects.earliest[studied(plan)].min(initial=plan.periods))


def studied(plan: Plan) -> np.ndarray:
    """Which effects are of the events that a study asks about, shape (effects,): those that the paired world lacks."""
    kept = set(calm(plan).effects.names)
    return np.array([name not in kept for name in plan.effects.names], bool)


def events_studied(plan: Plan) -> list[str]:
    """Names of the events that a study asks about, each once."""
    return list(dict.fromkeys(n for n, own in zip(plan.effects.names, studied(plan), strict=True) if own))


def calm(plan: Plan) -> Plan:
    """The plan of the paired world."""
    if not plan.effects.names:
        return plan
    if "calm" not in plan.notes:
        plan.notes["calm"] = without_events(plan)
    return plan.notes["calm"]


def courses(plan: Plan) -> tuple[list[Leg], list[Leg]]:
    """Which plan holds from when on, without the events and with them."""
    legs = [Leg(0, plan)] if plan.before is None else [Leg(0, plan.before), Leg(plan.since, plan)]
    at = parting(plan)
    with_events = [Leg(0, calm(legs[0].plan))] if at > 0 else []
    for leg in legs:
        end = plan.since if leg.plan is not plan else plan.periods
        if leg.start > 0 and at > leg.start:
            with_events.append(Leg(leg.start, calm(leg.plan)))
        if at < end:
            with_events.append(Leg(max(leg.start, at), leg.plan))
    return [Leg(leg.start, calm(leg.plan)) for leg in legs], with_events
