"""twinkit: an open workbench for supply-chain digital twins.

A chain is a folder of tables; see README.md for the rooms of the package.  Names are
imported when they are first used, so ``import twinkit`` is quick.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from twinkit.lazy import lazy_names

__version__ = "0.1.0"

_PLACES = {
    "Case": "twinkit.tables",
    "CaseError": "twinkit.tables",
    "check_case": "twinkit.tables",
    "notes_of": "twinkit.tables",
    "read_case": "twinkit.tables",
    "write_case": "twinkit.tables",
    "write_template": "twinkit.tables",
    "example": "twinkit.tables.read",
    "Column": "twinkit.columns",
    "one_at_a_time": "twinkit.columns",
    "Chain": "twinkit.chain.chain",
    "load_chain": "twinkit.chain.loading",
    "Day": "twinkit.chain.day",
    "Step": "twinkit.chain.day",
    "Supplier": "twinkit.chain.actors",
    "Plant": "twinkit.chain.actors",
    "Warehouse": "twinkit.chain.actors",
    "Retailer": "twinkit.chain.actors",
    "Carrier": "twinkit.chain.actors",
    "Market": "twinkit.chain.actors",
    "Scenario": "twinkit.run.scenario",
    "event_of": "twinkit.run.scenario",
    "levers_of": "twinkit.levers.levers",
    "ensemble": "twinkit.run.ensemble",
    "network_figures": "twinkit.study.site_figures",
    "role_view": "twinkit.capabilities.roles.view",
    "batches": "twinkit.run.ensemble",
    "what_if": "twinkit.questions.disruption.refine",
    "sweep": "twinkit.study.sweep",
    "stocking_plan": "twinkit.study.stocking",
    "stress_test": "twinkit.questions.stress.ask",
    "loss_of": "twinkit.questions.stress.loss",
    "explain": "twinkit.study.explain",
    "resilience": "twinkit.study.scorecard",
    "Scorecard": "twinkit.study.scorecard_result",
    "Risk": "twinkit.study.risks",
    "Price": "twinkit.levers.lever",
    "recommend": "twinkit.study.recommend",
    "tail_risk": "twinkit.study.tail",
    "recorded_events": "twinkit.events.recorded",
    "replay": "twinkit.events.replay",
    "sensitivity": "twinkit.study.sensitivity",
    "how_sure": "twinkit.study.conclusion",
    "which_first": "twinkit.capabilities.roadmap.which_first",
    "who_gets_help_first": "twinkit.capabilities.relief.who_first",
    "what_a_breakdown_costs": "twinkit.capabilities.line.levers",
    "where_is_the_bottleneck": "twinkit.capabilities.line.where",
    "when_to_maintain": "twinkit.capabilities.upkeep.when",
    "live_now": "twinkit.capabilities.live.now",
    "where_did_it_come_from": "twinkit.capabilities.trace.recall",
    "who_gets_paid": "twinkit.capabilities.contracts.cash",
    "read_epcis": "twinkit.capabilities.trace.epcis",
    "enter_country": "twinkit.capabilities.border.entry",
    "forecast": "twinkit.capabilities.demand.ask",
    "better_forecast": "twinkit.capabilities.demand.worth",
    "site_plants": "twinkit.capabilities.siting.ask",
    "intake": "twinkit.capabilities.intake.assemble",
    "where_from": "twinkit.capabilities.intake.where",
    "to_order": "twinkit.capabilities.to_order.ask",
    "DecisionRecord": "twinkit.study.decision",
    "look_back": "twinkit.study.decision",
    "read_decisions": "twinkit.study.decision",
    "compare": "twinkit.study.compare",
    "compare_costs": "twinkit.study.compare",
    "workbench": "twinkit.workbench",
    "open_workshop": "twinkit.workshop.start",
    "report_of": "twinkit.report.builders",
    "rerun": "twinkit.report.again",
    "Document": "twinkit.report.document",
}
"""Public name → module that holds it."""

__all__ = ["__version__", *_PLACES]


__getattr__, __dir__ = lazy_names(__name__, _PLACES)


if TYPE_CHECKING:
    from twinkit.chain.chain import Chain as Chain
    from twinkit.run.ensemble import ensemble as ensemble
    from twinkit.tables import read_case as read_case
