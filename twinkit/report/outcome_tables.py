"""Tables and large numbers of outcomes."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import pandas as pd

from twinkit import rooms
from twinkit.result import Block, Fact, Facts, Table, Text
from twinkit.show.kpis import kpi_table
from twinkit.study.compare import compare
from twinkit.study.detail import Dropped
from twinkit.study.outcome import FORMULAS, Outcome
from twinkit.study.statistics import SHARE, mean_interval
from twinkit.study.verdict import NONE, judged, measure_of, served
from twinkit.study.words import Paired, paired_kpi, periods_word, worst_day
from twinkit.words import INTERVAL, PAIRED, SPAN, amount, in_points, interval, sure

MEANINGS = {kpi: meaning for kpi, (_, meaning) in FORMULAS.items()}
rooms.KPIS.listen(lambda added: MEANINGS.update({added.name: added.definition}))
KPI_COLUMNS = {
    "mean": "mean over the worlds in which the KPI is defined", "low": INTERVAL, "high": INTERVAL,
    "q05": "5 % of the worlds lie below it", "median": "half of the worlds lie below it", "q95": "5 % of the worlds lie above it",
    "worlds": "worlds in which the KPI is defined", "censored": "worlds that had not recovered by the end of the run",
}  # fmt: skip
COMPARED = {
    "base": "mean in the first scenario", "other": "mean in the second scenario", "difference": PAIRED,
    "low": INTERVAL, "high": INTERVAL, "better": "share of the worlds in which the second scenario is better; none where customers get less, or get more for a cost",
    "verdict": "better, worse or unclear: on what customers get and on earnings; on cost where customers do not get less for it",
    "why": "why there is no verdict",
    "better_low": "95 % Wilson interval of that share", "better_high": "95 % Wilson interval of that share",
    "worlds": "worlds in which both are defined", "censored": "worlds in which one of the two had not recovered: both count as far as both were watched",
}  # fmt: skip
COST_COLUMNS = {
    "part": "part of the cost; the parts add up to the total", "with events": "mean over the worlds, with the events",
    "without": "mean over the same worlds without the events", "difference": PAIRED, "low": INTERVAL, "high": INTERVAL,
}  # fmt: skip
OVERVIEW = ("fill rate", "time to recover", "resilience loss", "lost sales", "total cost")


def key_figures(name: str, outcome: Outcome, on_page: bool = True) -> Table:
    """The KPIs of a scenario."""
    shown = kpi_table(outcome, caption=f"Key figures of {name}")
    rows = {k: MEANINGS.get(k, "") for k in outcome.kpis}
    return Table(
        outcome.table(),
        shown.caption,
        {**KPI_COLUMNS, **shown.heads, SPAN: INTERVAL},
        {},
        rows,
        shown.frame,
        f"kpis {name}",
        on_page,
    )


def comparison(first: str, base: Outcome, name: str, other: Outcome, on_page: bool = True) -> Block:
    """What a scenario changes against the first."""
    if (base.seed, base.first, base.replications) != (other.seed, other.first, other.replications):
        return Text(
            f"'{name}' was not run on the luck of '{first}': their difference would be chance as well.", "warning"
        )
    caption = f"{name}, against {first} on the same luck"
    shown = kpi_table(base, other, caption=caption)
    rows = {k: MEANINGS.get(k, "") for k in base.kpis}
    table = compare(base, other)
    return Table(
        table, caption, {**COMPARED, **shown.heads, SPAN: INTERVAL}, {}, rows, shown.frame, f"change {name}", on_page
    )


def costs(name: str, outcome: Outcome, on_page: bool = True) -> Table:
    """Costs of a scenario by part, and what the events add."""
    frame, unit = outcome.cost_table(), outcome.unit("money")
    total = sum(outcome.costs.values()), sum(outcome.calm_costs.values())
    frame.loc[len(frame)] = ["total", total[0].mean(), total[1].mean(), *mean_interval(total[0] - total[1])]
    texts = pd.DataFrame({
        "part": frame["part"], "with events": [amount(v, unit) for v in frame["with events"]],
        "without": [amount(v, unit) for v in frame["without"]], "difference": [amount(v, unit) for v in frame["difference"]],
        SPAN: [interval(a, b, unit) for a, b in zip(frame["low"], frame["high"], strict=True)],
    })  # fmt: skip
    units = dict.fromkeys(("with events", "without", "difference", "low", "high"), unit)
    meanings = {**COST_COLUMNS, SPAN: INTERVAL}
    return Table(
        frame, f"Costs of {name}, with the events and without", meanings, units, {}, texts, f"costs {name}", on_page
    )


def curves(name: str, outcome: Outcome) -> Table:
    """Service period by period, for the workbook."""
    with_, calm = outcome.curve("service"), outcome.curve("calm_service")
    frame = with_.assign(**{"mean without events": calm["mean"], "backlog": outcome.backlog.mean(axis=1)})
    meanings = {
        "period": "period of the run, from 0", "mean": "mean service level", "low": "5 % of the worlds lie below it",
        "high": "5 % of the worlds lie above it", "mean without events": "mean service level of the same worlds without events",
        "backlog": "mean units that customers wait for",
    }  # fmt: skip
    units = {"mean": "share", "low": "share", "high": "share", "mean without events": "share", "backlog": "units"}
    return Table(frame, f"Service of {name}, period by period", meanings, units, name=f"service {name}", on_page=False)


def overview(outcomes: Mapping[str, Outcome]) -> Table:
    """A row for each scenario, with what matters most."""
    rows, texts = [], []
    for name, outcome in outcomes.items():
        table = outcome.table().set_index("kpi")
        kpis = [k for k in OVERVIEW if k in table.index]
        rows.append(
            {"scenario": name, **{k: table.loc[k, "median" if k == "time to recover" else "mean"] for k in kpis}}
        )
        texts.append({"scenario": name, **{k: _figure(outcome, k, table.loc[k]) for k in kpis}})
    meanings = {**MEANINGS, "scenario": "what was run; every scenario saw the same luck"}
    units = {k: next(iter(outcomes.values())).unit_of(k) for k in OVERVIEW}
    return Table(
        pd.DataFrame(rows),
        "All scenarios: means with 95 % intervals",
        meanings,
        units,
        {},
        pd.DataFrame(texts),
        "scenarios",
    )


def _figure(outcome: Outcome, kpi: str, row: pd.Series) -> str:
    if kpi == "time to recover":
        return f"median {outcome.recovery_told()} {periods_word(outcome)}"
    return sure((row["mean"], row["low"], row["high"]), row["unit"])


def facts_of(outcomes: Mapping[str, Outcome]) -> Facts:
    """The numbers that are worth being large: of one scenario, or what the last changes against the first."""
    names = list(outcomes)
    first, last = outcomes[names[0]], outcomes[names[-1]]
    found = [*_service_facts(first), *_money_facts(first)] if len(names) == 1 else _change_facts(first, last)
    return Facts(found)


def _service_facts(outcome: Outcome) -> list[Fact]:
    filled = outcome.kpis["fill rate"]
    fill = mean_interval(filled[np.isfinite(filled)], within=SHARE)
    found = [Fact("fill rate", amount(fill[0], "share"), interval(*fill[1:], "share"), MEANINGS["fill rate"])]
    if not outcome.events:
        return found
    if not isinstance(outcome.service, Dropped):
        day = worst_day(outcome)
        low, high = (amount(q, "share") for q in np.quantile(outcome.service[day], (0.05, 0.95)))
        told = f"{periods_word(outcome, 1)} {day}; {low} to {high} in 9 of 10 worlds"
        found.append(Fact("lowest service level", amount(outcome.service[day].mean(), "share"), told,
                          "mean service level in the period in which it is lowest since the event began; the period is chosen "
                          "after the look, so there is no interval of the mean"))  # fmt: skip
    low, middle, high = (outcome.recovery_told(share) for share in (0.05, 0.5, 0.95))
    span = f"median; in 9 of 10 worlds {low} to {high} {periods_word(outcome)}"
    return [*found, Fact("time to recover", f"{middle} {periods_word(outcome)}", span, MEANINGS["time to recover"])]


def _money_facts(outcome: Outcome) -> list[Fact]:
    unit = outcome.unit("money")
    kpi = measure_of(outcome.kpis)
    value = mean_interval(outcome.kpis[kpi])
    found = [Fact(kpi, amount(value[0], unit), interval(*value[1:], unit), MEANINGS[kpi])]
    if outcome.events:
        name = "earned less because of the events" if kpi == "earnings" else "total cost because of the events"
        change = mean_interval((outcome.calm_kpis[kpi] - outcome.kpis[kpi]) * (1 if kpi == "earnings" else -1))
        found.append(Fact(name, amount(change[0], unit), interval(*change[1:], unit),
                          f"against the same worlds without the events; {kpi}: {MEANINGS[kpi]}"))  # fmt: skip
    return found


def _judged(kpi: str, one: Paired, base: Outcome, other: Outcome) -> str:
    """In how many worlds it is better, or why nothing is called so."""
    said = judged(kpi, one.mean, one.low, one.high, served(base.kpis, other.kpis))
    return f"no verdict: {said.why}" if said.word == NONE else f"better in {amount(one.better, 'share')} of {one.worlds} worlds"


def _change_facts(base: Outcome, other: Outcome) -> list[Fact]:
    if (base.seed, base.first, base.replications) != (other.seed, other.first, other.replications):
        return []
    found = []
    for kpi in ("fill rate", "time to recover", "lost sales", measure_of(base.kpis)):
        one, unit = paired_kpi(base, other, kpi), base.unit_of(kpi)
        if not one.worlds:
            continue
        sign = "+" if one.mean > 0 else ""
        span = in_points(interval(one.low, one.high, unit))
        value = in_points(f"{sign}{amount(one.mean, unit)}")
        told = f"{span}{'' if one.clear else ' (not clear)'}; {_judged(kpi, one, base, other)}"
        late = "; counted as far as both were watched" if kpi == "time to recover" else ""
        found.append(Fact(f"{kpi}: change", value, told, f"{PAIRED}{late}; {kpi}: {MEANINGS[kpi]}"))
    return found
