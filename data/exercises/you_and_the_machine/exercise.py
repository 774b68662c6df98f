"""You and the machine: one seat, and an adviser who is firmly wrong when it matters."""

from twinkit.workshop.exercise import Exercise, Role

EXERCISE = Exercise(
    title="You and the machine",
    story=(
        "You run a shop that sells about 8 cases a week. A case that stands in stock costs 0.50 a week, a case that "
        "you owe costs 2.00. What you order takes three weeks or more. A machine advises you; take its advice, change "
        "it, or ignore it. Everybody has the same customers and the same trouble, so the costs can be compared."
    ),
    roles=(Role("shop", "shop", "beer", "You sell beer and order it from the warehouse."),),
    periods=36,
    word="week",
    bot="base stock",
    benchmark="benchmark rule",
    surprise={"event": "strike", "kind": "outage", "site": "brewery", "duration": 6, "severity": 1.0},
    surprise_between=(18, 18),
    adviser={"quality": "wrong in a disruption", "disclosure": "how it works", "wrong_from": 19, "wrong_until": 25},
)
