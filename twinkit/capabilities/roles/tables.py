"""Who reads a run: eight disciplines, and those that a case adds in its table of roles."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from twinkit import rooms
from twinkit.columns import Column
from twinkit.run.outcome import FORMULAS
from twinkit.tables.case import Case
from twinkit.tables.look import Look, about
from twinkit.tables.problems import Problem, did_you_mean, listed
from twinkit.tables.words import name_column

MONEY = "money"
STATEMENTS = (MONEY, "customers", "decisions", "machines", "emissions", "cells", "borders")
"""Statements that a role may have; see :mod:`twinkit.capabilities.roles.statements`."""


@dataclass(frozen=True)
class Role:
    """What a discipline reads.

    Attributes
    ----------
    asks
        What it wants to know, as a sentence.
    kpis
        KPIs of the run that it sees; () for those of all.
    statement
        One of :data:`STATEMENTS`; "" for none.
    hides
        "money" for one that sees no money; "" for one that sees everything.
    """

    asks: str
    kpis: tuple[str, ...] = ()
    statement: str = ""
    hides: str = ""

    def sees(self, kpi: str) -> bool:
        """Whether a KPI is shown to it."""
        return (not self.kpis or kpi in self.kpis) and not (self.hides == MONEY and in_money(kpi))


def in_money(kpi: str) -> bool:
    """Whether a KPI is measured in money."""
    return MONEY in FORMULAS[kpi][0]


SERVICE = ("fill rate", "lost sales", "time to recover")
ROLES: dict[str, Role] = {
    "manager": Role("Do we keep our promises, and what do we earn?", (*SERVICE, "total cost", "earnings", "resilience index"), "customers"),
    "finance": Role("Where does the money come from, and where does it go?",
                    ("revenue", "total cost", "earnings", "inventory", "inventory turns"), MONEY),
    "operations research": Role("How sure is every figure?"),
    "engineer": Role("What do the machines do all day?", ("sales", "expired", "ready rate"), "machines", MONEY),
    "organisation": Role("Who decides what, and how often?", ("fill rate", "cycle service level", "backlog", "bullwhip ratio"), "decisions", MONEY),
    "data engineer": Role("What do the figures rest on?", ("sales",), "cells"),
    "sustainability": Role("What does it cost the climate?", ("emissions", "sales", "expired", "returned"), "emissions", MONEY),
    "customs and compliance": Role("What crosses a border?", ("sales", "returned"), "borders", MONEY),
}  # fmt: skip
"""Role → what it reads, where the table of a case says nothing else."""


class Roles:
    """Who reads a run, and what; a row changes a role that is there, or adds one."""

    table, key = "roles", ("role",)

    role = name_column("name of the role")
    asks = Column("text", "what it wants to know, as a sentence", kind="text")
    kpis = Column("text", "KPIs that it sees, separated by semicolons; empty = all", kind="text", start="")
    statement = Column("word", "statement that it reads", kind="text", choices=("", *STATEMENTS), start="")
    hides = Column("word", "what is on none of its pages and in none of its files; empty = nothing", kind="text", choices=("", MONEY), start="")


def roles_of(case: Case) -> dict[str, Role]:
    """Roles of a case by name: those of :data:`ROLES`, and those of its table."""
    rows = case["roles"].to_dict("records")
    return {**ROLES, **{row["role"]: Role(row["asks"], _names(row["kpis"]), row["statement"], row["hides"]) for row in rows}}


def _names(text: str) -> tuple[str, ...]:
    return tuple(part.strip() for part in text.split(";") if part.strip())


@about("roles")
def roles_fit(look: Look) -> list[Problem]:
    """KPIs are known, and who sees no money is promised none."""
    rows, found = look.case["roles"], []
    for i, row in enumerate(rows.to_dict("records") if look.good("roles", "kpis", "statement", "hides").all() else []):
        here = np.arange(len(rows)) == i
        names = _names(row["kpis"])
        for name in (n for n in names if n not in FORMULAS):
            hint = did_you_mean(name, list(FORMULAS), f"KPIs: {listed(list(FORMULAS), 60)}.")
            found += look.cells("roles", "kpis", here, f"names {name!r}, which is no KPI", hint)
        money = [n for n in names if n in FORMULAS and in_money(n)] + [f"the statement {MONEY}"] * (row["statement"] == MONEY)
        if row["hides"] == MONEY and money:
            found += look.cells("roles", "hides", here, f"hides money, and the role is promised {listed(money)}", "Leave one of the two out.")
    return found


rooms.add_table(Roles, checks=[roles_fit])
