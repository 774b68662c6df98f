"""Disruption day: buy measures from a budget, then live through an event that nobody knows."""

from twinkit.workshop.exercise import Exercise, Role

EXERCISE = Exercise(
    title="Disruption day",
    story=(
        "You build cars. Dealers sell about 100 a week and wait badly: half of those who do not get a car at once go "
        "elsewhere. Every car needs a control unit, every control unit two chips, and most chips come from one fab, "
        "five weeks away. Something will happen; nobody knows what, where or when. First choose with your team which "
        "measures you pay for, then run the chain through the year. What counts is the cost of the whole chain, "
        "measures included, and how well customers are served while it lasts."
    ),
    roles=(
        Role("dealers", "dealers", "car", "You sell cars and order them from assembly; they arrive two weeks later."),
        Role("assembly", "assembly", "control unit", "You build what dealers order and order control units; they take two weeks."),
        Role("module plant", "module plant", "chip", "You make control units from two chips each; chips take two to five weeks."),
    ),
    periods=36,
    word="week",
    bot="base stock",
    benchmark="benchmark rule",
    sees=("own", "customer demand"),
    budget=300.0,
    measures={
        "safety_days_tier_0": 60.0, "safety_days_tier_1": 80.0, "safety_days_tier_2": 90.0,
        "second_source": 250.0, "expediting": 60.0,
    },
    measure_values={"safety_days_tier_0": 7.0, "safety_days_tier_1": 14.0, "safety_days_tier_2": 35.0, "second_source": 0.5},
    surprise={"event": "fire at fab A", "kind": "outage", "site": "chip fab A", "duration": 8, "severity": 1.0,
              "recovery": "linear", "recovery_time": 3},
    surprise_between=(9, 15),
)  # fmt: skip
