"""Outcomes in sentences, the answer first."""

from __future__ import annotations

from collections.abc import Mapping

from twinkit.study.detail import Dropped
from twinkit.study.outcome import Outcome
from twinkit.study.statistics import SHARE, mean_interval
from twinkit.study.verdict import measure_of
from twinkit.study.words import felt, headline, measures_sentence, paired_kpi, usual_service
from twinkit.words import in_points, sure


def sentences_of(outcomes: Mapping[str, Outcome]) -> list[str]:
    """What came of some scenarios; the first is what the others are compared with.

    Parameters
    ----------
    outcomes
        Name → outcome.
    """
    if len(outcomes) == 1:
        return _alone(next(iter(outcomes.values())))
    names = list(outcomes)
    told = [_against(names[0], outcomes[names[0]], name, outcomes[name]) for name in names[1:4]]
    lines = [headline(o, f"In '{name}'") for name, o in list(outcomes.items())[:4] if _tells(o)]
    more = [f"{len(names) - 4} more scenarios stand in the tables."] if len(names) > 4 else []
    return [*told, *lines, *more]


def _tells(outcome: Outcome) -> bool:
    """Whether there is an event, and a curve that shows what it does."""
    return bool(outcome.events) and not isinstance(outcome.service, Dropped)


def _alone(outcome: Outcome) -> list[str]:
    filled = outcome.kpis["fill rate"]
    plain = f"{sure(mean_interval(filled[filled == filled], within=SHARE), 'share')} of what customers ask for is served at once from stock."
    if not _tells(outcome):
        return [plain]
    return [headline(outcome), felt(outcome), plain, usual_service(outcome)]


def _against(first: str, base: Outcome, name: str, other: Outcome) -> str:
    """What a scenario changes against the first, on the same luck."""
    if not _paired(base, other):
        return f"'{name}' was not run on the luck of '{first}', so the two cannot be compared."
    if _tells(base) and _tells(other) and base.events == other.events:
        told = measures_sentence(base, other).removeprefix("Your measures ")
        return f"Against '{first}' on the same luck, the measures of '{name}' {told}"
    kpi = measure_of(base.kpis)
    money, fill = paired_kpi(base, other, kpi), paired_kpi(base, other, "fill rate")
    parts = []
    for one, unit, what in ((money, base.unit("money"), "amount earned" if kpi == "earnings" else kpi), (fill, "share", "fill rate")):
        if one.clear:
            span = in_points(sure((abs(one.mean), *sorted((abs(one.low), abs(one.high)))), unit))
            parts.append(f"the {what} is {'higher' if one.mean > 0 else 'lower'} by {span}")
        else:
            parts.append(f"the {what} is not clearly different")
    return f"In '{name}', against '{first}' on the same luck, {parts[0]} and {parts[1]}."


def _paired(base: Outcome, other: Outcome) -> bool:
    return (base.seed, base.first, base.replications) == (other.seed, other.first, other.replications)
