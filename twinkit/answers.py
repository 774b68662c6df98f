"""What all answers say in the same words: what they are about, in which worlds, on which luck."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pandas as pd

from twinkit import __version__, show
from twinkit.result import Picture, Shown, Table
from twinkit.run.scenario import Scenario
from twinkit.tables.case import Case, case_fingerprint
from twinkit.tables.problems import shown
from twinkit.words import PAIRED, amount, period_word

if TYPE_CHECKING:
    from matplotlib.figure import Figure

    from twinkit.chain.plan import Plan


def about(case: Case | None, **more: Any) -> dict[str, str]:
    """What a report says of itself at the top.

    Parameters
    ----------
    case
        The case.
    **more
        Name → value of what else there is to say; "_" stands for a space.
    """
    found = {}
    if case is not None:
        title = str(case.settings.get("title") or "")
        found["Case"] = f"{title} ({case.name})" if title and title != case.name else case.name
        found["Fingerprint of the case"] = case_fingerprint(case)
    found |= {name.replace("_", " "): str(value) for name, value in more.items() if value not in (None, "")}
    return {**found, "Made with": f"twinkit {__version__}"}


def scenario_words(scenario: Scenario) -> str:
    """A scenario in words: its name, its events and its levers."""
    events = [e if isinstance(e, str) else str(e.get("event", "an event of one's own")) for e in scenario.events]
    levers = [f"{k} = {shown(v)}" for k, v in scenario.levers.items()]
    since = [f"from period {scenario.since} on"] if scenario.since and levers else []
    told = "; ".join(
        part for part in ("events: " + ", ".join(events) if events else "no event", *levers, *since) if part
    )
    return f"{scenario.name} ({told})"


def worlds_words(seed: int, first: int, replications: int) -> str:
    """Which worlds were run, and on which luck."""
    which = f"worlds {first} to {first + replications - 1}" if replications > 1 else f"world {first}"
    return f"Run in {replications:,} world{'s' if replications > 1 else ''} ({which}) with seed {seed}."


SAME_LUCK = (
    "Same luck: a world draws the same demand, delays and yields in every scenario, with the events and without. A difference "
    "between two scenarios is therefore taken world by world, and is due to what differs between them."
)
CENSORED = 'A time that was not over when the run ended is censored: it is shown as "> x" and is in no mean.'


def failed_words(settings: Mapping[str, Any]) -> str:
    """From when on service has failed, and from when on it is back, by the settings of a case."""
    hold = f"{settings['hold']:g} {period_word(settings, settings['hold'])}"
    return (f"Service has failed where it is below {amount(settings['failure_level'], 'share')} of what it is in the same world without the event, and "
            f"has recovered when it is back for good at {amount(settings['recovery_level'], 'share')} or more: to the end of the run, and {hold} at least.")  # fmt: skip


def costs_table(frame: pd.DataFrame, name: str, unit: str, sheet: str, on_page: bool = True) -> Table:
    """Costs of a scenario by part: with its events (the second column of the frame), without them, and the difference."""
    columns = [
        Shown("part", "part", "part of the cost; the parts add up to the total"),
        Shown(str(frame.columns[1]), "with the events", "mean over the worlds, in the whole run", unit),
        Shown("without", "without the events", "mean over the same worlds without the events", unit),
        Shown("difference", "because of the events", PAIRED, unit, ("low", "high")),
    ]  # fmt: skip
    return Table.of(frame, columns, f"Costs of {name}, with the events and without", sheet, on_page)


def answer_first(sentences: Sequence[str]) -> list[str]:
    """Sentences of which the first says what was done: that comes after what was found."""
    return [*sentences[1:2], *sentences[:1], *sentences[2:]]


def drawing_of(function: str, *things: Any, **more: Any) -> Callable[[str], Figure]:
    """A function of the theme that draws a figure of the show room."""

    def draw(theme: str) -> Figure:
        return getattr(show, function)(*things, theme=theme, **more)

    return draw


def placed(plan: Plan) -> bool:
    """Whether any site has a place on the map."""
    sites = plan.net.sites
    return bool((sites["latitude"].notna() & sites["longitude"].notna()).any())


def network_picture(plan: Plan) -> Picture:
    """The chain on a map; where no site has a place, who supplies whom."""
    if placed(plan):
        return Picture(drawing_of("network_map", plan), caption="The chain.", name="network")
    return Picture(drawing_of("tier_graph", plan), caption="Who supplies whom.", name="network")


def events_of(case: Case) -> dict[str, str]:
    """Events of a case that may be asked about: those that it has not scheduled, name → what a form calls it."""
    rows = case["events"]
    return {str(name): str(name) for name in dict.fromkeys(rows["event"][~rows["scheduled"].astype(bool)])}


def happening(scenario: Scenario, events: Sequence[str]) -> Scenario:
    """A scenario in which these events happen in place of its own; as it is where none is named."""
    return replace(scenario, name=" + ".join(events), events=tuple(events)) if events else scenario
