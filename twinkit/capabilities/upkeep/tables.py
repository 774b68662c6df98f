"""Tables of the room upkeep."""

from __future__ import annotations

from twinkit import rooms
from twinkit.columns import Column
from twinkit.tables.look import Look
from twinkit.tables.problems import Problem
from twinkit.tables.words import flag_column, name_column


class Machines:
    """A machine with a part that wears, and what replacing that part costs."""

    table, key = "machines", ("machine",)

    machine = name_column("name of the machine")
    preventive_cost = Column("money", "cost of a replacement that was planned", low=1e-9)
    failure_cost = Column("money", "cost of a replacement after a failure, with all that stands still meanwhile", low=1e-9)


class Lives:
    """A life of a part: how old it became, and whether it failed or was still working when it was looked at last."""

    table, key = "lives", ("machine", "part")

    machine = name_column("machine that it worked in", "machines.machine")
    part = name_column("name or number of the part")
    age = Column("days", "age at failure, or age reached", low=1e-9)
    failed = flag_column("it failed; no: it was still working at that age", True)


def dearer_when_it_fails(look: Look) -> list[Problem]:
    """A failure that costs no more than a planned replacement is perhaps not meant."""
    if not look.good("machines", "preventive_cost", "failure_cost").all():
        return []
    same = look.values("machines", "failure_cost") <= look.values("machines", "preventive_cost")
    return look.lines("machines", "failure_cost", same, "is no more than a planned replacement costs, so planning never pays")


rooms.add_table(Machines, notes=[dearer_when_it_fails])
rooms.add_table(Lives)
