"""What does each of us see of the same run?"""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any

from twinkit.answers import SAME_LUCK, about, events_of, happening
from twinkit.capabilities.roles.statements import MAKERS
from twinkit.capabilities.roles.tables import roles_of
from twinkit.capabilities.roles.view import RoleView, role_view
from twinkit.question import Call, Input, Question, register
from twinkit.result import Answer, Block, Heading, Shown, Table, led
from twinkit.words import INTERVAL, amount, sure


@register
class RolesQuestion(Question):
    """One run for eight disciplines: the figures that each reads, and a statement whose lines add up."""

    key, title = "roles", "For each of us"
    asks = "What does each of us see of the same run?"
    group, audience, order = "How the chain works", "everybody in the room", 40
    kinds = (RoleView,)

    role = Input("", "whose view it is", title="Who are you?", start="manager", kind="name")
    events = Input("", "what happens; none chosen: the events of the scenario that is looked at", title="Events", start=[], kind="names", group="What happens")

    def options(self, name: str) -> dict[str, str]:
        if name == "role":
            return {role: role for role in roles_of(self.ground.case)}
        return events_of(self.ground.case) if name == "events" else super().options(name)

    def call(self) -> Call:
        ground = self.ground
        return Call(role_view, case=ground.case, role=self.role, scenario=happening(ground.scenario, self.events), seed=ground.seed)

    @classmethod
    def tell(cls, result: RoleView) -> Answer:
        role, rows = result.role, result.figures.to_dict("records")
        said = [f"{row['kpi'].capitalize()}: {sure((row['mean'], row['low'], row['high']), row['unit'])}." for row in rows[:3] if row["mean"] == row["mean"]]
        blocks: list[Block] = [Heading("In short"), *led([role.asks, *said]), Heading("Figures"), _figures(result)]
        if role.statement:
            blocks.append(Heading("Statement"))
            if len(result.statement):
                blocks.append(_statement(result, MAKERS[role.statement].__doc__ or ""))
            else:
                blocks += led([NOTHING[role.statement]])
        method = ["All roles read one run: a figure that two of them see is the same in both.", SAME_LUCK]
        if role.hides:
            method.append(f"This role sees no {role.hides}: its pages and files hold none, and its reports do not carry the tables of the case along.")
        return Answer(f"For {result.name}: {result.title}", blocks, about(None, **result.run), method)


NOTHING = {
    "money": "A market has no price, so revenue and profit are not known: give every market a price.",
    "machines": "The case has no log of machines (table station_log), so nothing is known of what they do.",
    "emissions": "The emissions of a lane are not known: give mass, distance and mode, or its emissions.",
    "borders": "No lane is known to cross a border: give the sites their countries.",
}
"""Statement → what is said where it has no lines."""


def _figures(found: RoleView) -> Table:
    def mean(row: Mapping[str, Any]) -> str:
        return sure((row["mean"], row["low"], row["high"]), row["unit"]) if row["mean"] == row["mean"] else ""

    def median(row: Mapping[str, Any]) -> str:
        return "not back by the end" if math.isinf(row["median"]) else amount(row["median"], row["unit"])

    columns = [
        Shown("kpi", "figure", "what is measured"), Shown("mean", "mean", f"{INTERVAL}; empty where a time is censored", "-", ("low", "high"), row=mean),
        Shown("median", "median", "half of the worlds are below it", "-", row=median), Shown("unit", "unit", "its unit", page=False),
        Shown("definition", "definition", "how it is worked out"),
    ]  # fmt: skip
    return Table.of(found.figures, columns, "Figures of the run, means over the worlds", "figures")


def _statement(found: RoleView, means: str) -> Table:
    columns = [
        Shown("line", "line", " ".join(means.split())), Shown("value", "value", INTERVAL, "-", ("low", "high")), Shown("unit", "unit", "its unit"),
        Shown("sign", "sum", "= is the sum of the lines above it"),
    ]  # fmt: skip
    return Table.of(found.statement, columns, "Lines that add up", "statement")
