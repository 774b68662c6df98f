"""The beer game on Sterman's board (Management Science 35, 1989, 321-339)."""

from twinkit.workshop.exercise import Exercise, Role

EXERCISE = Exercise(
    title="The beer game",
    story=(
        "You run one stage of a chain that brings beer from the brewery to the drinkers. Each week goods arrive, "
        "an order arrives, you ship what you can, and you decide what to order. A case in stock costs 0.50 a week, "
        "a case that you owe costs 1.00. The team with the lowest cost of all four stages wins."
    ),
    roles=(
        Role("retailer", "retailer", "beer", "You sell to the drinkers and order from the wholesaler."),
        Role("wholesaler", "wholesaler", "beer", "You supply the retailer and order from the distributor."),
        Role("distributor", "distributor", "beer", "You supply the wholesaler and order from the factory."),
        Role("factory", "factory", "beer", "You supply the distributor and decide what is brewed."),
    ),
    periods=36,
    told={0: 4, 1: 4, 2: 4, 3: 4},
    word="week",
    bot="players of 1989",
    benchmark="benchmark rule",
)
