"""Tables of the room roadmap."""

from __future__ import annotations

import math

import numpy as np

from twinkit import rooms
from twinkit.capabilities.roadmap.sequence import Step, names_in, problems_of
from twinkit.columns import Column
from twinkit.levers.levers import levers_of
from twinkit.tables.look import Look
from twinkit.tables.problems import Problem, did_you_mean, listed
from twinkit.tables.words import name_column


class Steps:
    """A step of the roadmap: what it takes, what it brings, and what must be done before."""

    table, key = "steps", ("step",)

    step = name_column("name of the step")
    months = Column("months", "how long one team works at it", low=1, high=600, kind="whole")
    cost = Column("money", "what it costs, paid at its start", start=0.0, low=0)
    gain = Column("money", "what it brings in every month from the one after it is done", start=math.nan)
    after = Column("text", "steps that must be done before, separated by semicolons", kind="text", start="")
    lever = Column("text", "lever of the chain that it moves: its gain is then run, not stated", kind="text", start="")
    lever_value = Column("number", "where the lever is moved to (1 = yes)", start=math.nan)
    source = Column("text", "where its figures come from", kind="text", start="")


def steps_fit(look: Look) -> list[Problem]:
    """Steps can be put in order, and every gain comes from somewhere."""
    rows = look.case["steps"]
    if rows.empty or not look.good("steps", "step", "months", "cost").all():
        return []
    names, found = list(rows["step"]), []
    lever, gain, value = (look.values("steps", name) for name in ("lever", "gain", "lever_value"))
    found += look.cells("steps", "gain", (lever == "") & np.isnan(gain), "is missing, and the step moves no lever",
                        "Write what it brings in a month (0 if nothing), or the lever that it moves.")  # fmt: skip
    found += look.cells("steps", "gain", (lever != "") & ~np.isnan(gain), "is given beside a lever, whose gain is run",
                        "Keep one of the two.")  # fmt: skip
    known = {one.name: one for one in levers_of(look.case)} if (lever != "").any() and not found else {}
    if known:
        strange = np.array([bool(name) and name not in known for name in lever])
        hint = lambda i: did_you_mean(lever[i], list(known), f"Levers: {listed(list(known), 40)}.")  # noqa: E731
        found += look.cells("steps", "lever", strange, "is no lever of this chain", hint)
        wrong = np.array([
            name in known and not known[name].allows(bool(v) if known[name].flag and v in (0.0, 1.0) else v)
            for name, v in zip(lever, value, strict=True)
        ])  # fmt: skip
        says = lambda i: f"cannot be: {lever[i]} must be {known[lever[i]].allowed}"  # noqa: E731
        found += look.cells("steps", "lever_value", wrong, says, "Correct it.")
    steps = {row["step"]: Step(row["months"], row["cost"], 0.0, names_in(row["after"])) for row in rows.to_dict("records")}
    for sentence in [] if found else problems_of(steps):
        row = next((i for i, name in enumerate(names) if repr(name) in sentence), 0)
        found += look.cells("steps", "after", np.arange(len(rows)) == row, sentence.rstrip(".") + ", so the steps cannot be put in order", "")
    return found


rooms.add_table(Steps, checks=[steps_fit])
