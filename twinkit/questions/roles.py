"""What does each of us see of the same run?"""

from __future__ import annotations

from twinkit.answers import SAME_LUCK, about, events_of, happening
from twinkit.capabilities.roles.view import ROLES, RoleView, role_view
from twinkit.question import Call, Input, Question, register
from twinkit.result import Answer, Block, Heading, Shown, Table, led
from twinkit.words import INTERVAL, sure


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
            return {role: role for role in ROLES}
        return events_of(self.ground.case) if name == "events" else super().options(name)

    def call(self) -> Call:
        ground = self.ground
        return Call(role_view, case=ground.case, role=self.role, scenario=happening(ground.scenario, self.events), seed=ground.seed)

    @classmethod
    def tell(cls, result: RoleView) -> Answer:
        role, rows = ROLES[result.role], result.figures.to_dict("records")
        said = [f"{row['kpi'].capitalize()}: {sure((row['mean'], row['low'], row['high']), row['unit'])}." for row in rows[:3] if row["mean"] == row["mean"]]
        blocks: list[Block] = [Heading("In short"), *led([role.asks, *said]), Heading("Figures"), _figures(result)]
        if role.statement is not None:
            blocks.append(Heading("Statement"))
            if len(result.statement):
                blocks.append(_statement(result, role.statement.__doc__ or ""))
            else:
                blocks += led([NOTHING[result.role]])
        method = ["All roles read one run: a figure that two of them see is the same in both.", SAME_LUCK]
        title = result.case.settings.get("title") or result.case.name
        return Answer(f"For {result.role}: {title}", blocks, about(result.case, **result.run), method, result.case)


NOTHING = {
    "finance": "A market has no price, so revenue and profit are not known: give every market a price.",
    "engineer": "The case has no log of machines (table station_log), so nothing is known of what they do.",
    "sustainability": "The emissions of a lane are not known: give mass, distance and mode, or its emissions.",
    "customs and compliance": "No lane is known to cross a border: give the sites their countries.",
}
"""What is said where a statement has no lines."""


def _figures(found: RoleView) -> Table:
    columns = [
        Shown("kpi", "figure", "what is measured"), Shown("mean", "mean", INTERVAL, "-", ("low", "high")), Shown("unit", "unit", "its unit"),
        Shown("median", "median", "half of the worlds are below it", "-"), Shown("definition", "definition", "how it is worked out"),
    ]  # fmt: skip
    return Table.of(found.figures, columns, "Figures of the run, means over the worlds", "figures")


def _statement(found: RoleView, means: str) -> Table:
    columns = [
        Shown("line", "line", " ".join(means.split())), Shown("value", "value", INTERVAL, "-", ("low", "high")), Shown("unit", "unit", "its unit"),
        Shown("sign", "sum", "= is the sum of the lines above it"),
    ]  # fmt: skip
    return Table.of(found.statement, columns, "Lines that add up", "statement")
