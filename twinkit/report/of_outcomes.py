"""The report of outcomes: one scenario, or several beside the first."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from twinkit.answers import CENSORED, SAME_LUCK, about, scenario_words, worlds_words
from twinkit.report.outcome_pictures import pictures_of
from twinkit.report.outcome_tables import comparison, costs, curves, facts_of, key_figures, overview
from twinkit.report.outcome_words import sentences_of
from twinkit.result import Answer, Block, Heading, Text, led
from twinkit.study.asked import scenario_of
from twinkit.study.detail import Dropped
from twinkit.study.outcome import Outcome
from twinkit.words import short_names

MOST = 4
"""Scenarios of which a page shows everything; of more it shows an overview."""


def built(thing: Any) -> Answer:
    """What is particular to the report of outcomes.

    Parameters
    ----------
    thing
        An outcome, a dict of outcomes, or a sweep.
    """
    thing = thing.outcomes if hasattr(thing, "outcomes") else thing
    named = thing if isinstance(thing, Mapping) else {thing.scenario: thing}
    outcomes = {
        short: replace(o, scenario=short) for short, o in zip(short_names(list(named)), named.values(), strict=True)
    }
    first = next(iter(outcomes.values()))
    case, _ = scenario_of(first)
    name = str(case.settings.get("title") or case.name)
    title = f"{first.scenario}: {name}" if len(outcomes) == 1 else f"{len(outcomes)} scenarios compared: {name}"
    told = about(
        case, Scenarios="; ".join(scenario_words(scenario_of(o)[1]) for o in outcomes.values()),
        Worlds=f"{first.replications:,}", Seed=first.seed, Periods=f"{first.plan.periods:,}",
    )  # fmt: skip
    blocks = [Heading("In short"), *led(sentences_of(outcomes)), *_facts(outcomes), *_sections(outcomes)]
    return Answer(title, blocks, told, _method(outcomes), case)


def has_curves(outcome: Outcome) -> bool:
    """Whether the histories of an outcome were kept."""
    return not isinstance(outcome.service, Dropped)


def _facts(outcomes: Mapping[str, Outcome]) -> list[Block]:
    facts, names = facts_of(outcomes), list(outcomes)
    told = (
        [Text(f"What '{names[-1]}' changes against '{names[0]}', world by world:", "quiet")] if len(names) > 1 else []
    )
    return [*told, facts] if facts.items else []


def _sections(outcomes: Mapping[str, Outcome]) -> list[Block]:
    few = len(outcomes) <= MOST
    blocks: list[Block] = []
    if not few:
        blocks += [Heading("All scenarios"), overview(outcomes)]
    first, *others = outcomes
    if others:
        blocks += [Heading("What changes")]
        blocks += [comparison(first, outcomes[first], name, outcomes[name], on_page=few) for name in others]
        blocks += pictures_of(outcomes, "comparison") if few else []
    blocks += [Heading("Key figures of each scenario" if others else "Key figures")]
    blocks += [key_figures(name, outcome, on_page=few) for name, outcome in outcomes.items()]
    shown = {k: o for k, o in list(outcomes.items())[:MOST] if has_curves(o)}
    if shown:
        blocks += [Heading("Day by day"), *pictures_of(shown, "course")]
        blocks += [curves(name, outcome) for name, outcome in outcomes.items() if has_curves(outcome)]
    blocks += [Heading("Costs"), *pictures_of(outcomes, "costs")]
    blocks += [costs(name, outcome, on_page=few) for name, outcome in outcomes.items()]
    blocks += [Heading("The network"), *pictures_of(shown or outcomes, "network")]
    return blocks


def _method(outcomes: Mapping[str, Outcome]) -> list[str]:
    first = next(iter(outcomes.values()))
    level = first.plan.case.settings
    return [
        worlds_words(first.seed, first.first, first.replications), SAME_LUCK,
        f"Service has failed where it is below {100 * level['failure_level']:g} % of what it is in the same world without the "
        f"events, and has recovered when it is back for good at {100 * level['recovery_level']:g} % or more: to the end of the run, and {level['hold']:g} periods at least.",
        CENSORED,
    ]  # fmt: skip
