"""Pictures of outcomes; what cannot be drawn of a case is left out or drawn another way."""

from __future__ import annotations

from collections.abc import Mapping

from twinkit.answers import drawing_of, network_picture, placed
from twinkit.result import Block, Picture
from twinkit.study.outcome import Outcome
from twinkit.study.words import hardly_moves, periods_word, worst_day


def pictures_of(outcomes: Mapping[str, Outcome], what: str) -> list[Block]:
    """Pictures of a section.

    Parameters
    ----------
    outcomes
        Name → outcome.
    what
        "comparison", "course", "costs" or "network".
    """
    return {"comparison": _comparison, "course": _course, "costs": _costs, "network": _network}[what](outcomes)


def _comparison(outcomes: Mapping[str, Outcome]) -> list[Block]:
    first, *others = outcomes.values()
    paired = [o for o in others if (o.seed, o.first, o.replications) == (first.seed, first.first, first.replications)]
    return [
        Picture(drawing_of("cost_waterfall", first, other), caption=f"What {other.scenario} costs more or less than {first.scenario}.",
                name=f"costs {other.scenario}")
        for other in paired
    ]  # fmt: skip


def _course(outcomes: Mapping[str, Outcome]) -> list[Block]:
    found: list[Block] = [
        Picture(
            drawing_of("service_curve", *outcomes.values()),
            caption="Share of demand that is served at once.",
            name="service",
        )
    ]
    first = next(iter(outcomes.values()))
    caption = f"Stock on hand [{first.stock_unit}] in {first.scenario}."
    return [*found, Picture(drawing_of("stock_by_tier", first), caption=caption, name="stock by tier")]


def _costs(outcomes: Mapping[str, Outcome]) -> list[Block]:
    first = next(iter(outcomes.values()))
    if not first.events:
        return []
    caption = f"What the events cost in {first.scenario}, against the same worlds without them."
    return [Picture(drawing_of("cost_waterfall", first), caption=caption, name="cost of events")]


def _network(outcomes: Mapping[str, Outcome]) -> list[Block]:
    first = next(iter(outcomes.values()))
    found = [network_picture(first.plan)]
    if placed(first.plan) and isinstance(first.maps, dict) and first.maps and not hardly_moves(first):
        day = worst_day(first)
        caption = f"State of every site on {periods_word(first, 1)} {day}, when service is lowest."
        found.append(Picture(drawing_of("network_map", first, day=day), caption=caption, name="worst day"))
    return found
