"""Every study is called alike, and its result prints as a few lines."""

from __future__ import annotations

import inspect
import math
import pickle
import re
import typing
from threading import Event

import pytest
from study.small import printed, shop
from tiny_case import tiny_case

import twinkit
from twinkit.questions.disruption import what_if
from twinkit.questions.stress import stress_test
from twinkit.report.builders import program_of
from twinkit.report.kept import question_of
from twinkit.run.arguments import kinds_of
from twinkit.run.engines import Cancelled
from twinkit.run.ensemble import batches, ensemble
from twinkit.run.public import Result
from twinkit.run.scenario import Scenario
from twinkit.show import stock_by_tier
from twinkit.study.compare import compare
from twinkit.study.sweep import sweep
from twinkit.tables import CaseError

STUDIES = [name for name in twinkit.__all__ if hasattr(getattr(twinkit, name), "__wrapped__")]
"""What is called as every study is."""
ASKS_A_CASE = {"check_case", "notes_of", "write_case", "levers_of", "look_back", "workbench"}
"""What takes a case and is no study: it gives no result of a run."""


GIVES_NO_RESULT = {"what_a_breakdown_costs", "what_if", "batches", "ensemble"}
"""Studies that give tables, or outcomes by scenario."""


def needed(function):
    """Something for each argument after the case that must be given."""
    return {p.name: [] for p in list(inspect.signature(function).parameters.values())[1:] if p.default is p.empty}


def test_whatever_asks_something_of_a_case_is_a_study():
    first = {name: next(iter(inspect.signature(f).parameters), "") for name in twinkit.__all__ if inspect.isfunction(f := getattr(twinkit, name))}
    assert {name for name, parameter in first.items() if parameter.startswith("case")} - ASKS_A_CASE == set(STUDIES)


@pytest.mark.parametrize("name", STUDIES)
def test_help_shows_every_keyword_and_a_misspelt_one_is_answered(name):
    function = getattr(twinkit, name)
    parameters = inspect.signature(function).parameters
    assert not [p for p in parameters.values() if p.kind is p.VAR_KEYWORD]
    last = list(parameters)[-1]
    with pytest.raises(TypeError, match=f"{name} does not take '{last}s': Did you mean '{last}'"):
        function(shop(), **{last + "s": 1})
    if "replications" in parameters:
        with pytest.raises(ValueError, match="replications"):
            function(shop(), **needed(function), replications=-1)


@pytest.mark.parametrize("name", STUDIES)
def test_numbers_that_cannot_be_are_answered_by_sentences_all_at_once(name):
    """Whatever is a number by its annotation: no text, no truth, no NaN, no part of a world."""
    function = getattr(twinkit, name)
    kinds = {n: set(str(p.annotation).replace(" ", "").split("|")) for n, p in inspect.signature(function).parameters.items()}
    numbers = [n for n, k in kinds.items() if {"int", "float"} & k and k <= {"int", "float", "None"}]
    for bad in ("many", math.nan, True) if numbers else ():
        with pytest.raises(CaseError) as error:
            function(shop(), **{**needed(function), **dict.fromkeys(numbers, bad)})
        assert list(dict.fromkeys(p.column for p in error.value.problems if p.column in numbers)) == numbers
    whole = [n for n in numbers if "float" not in kinds[n]]
    for bad in (1.5, math.inf) if whole else ():
        with pytest.raises(CaseError) as error:
            function(shop(), **{**needed(function), **dict.fromkeys(whole, bad)})
        assert list(dict.fromkeys(p.column for p in error.value.problems if p.column in whole)) == whole


@pytest.mark.parametrize("name", STUDIES)
def test_an_argument_of_another_kind_is_answered_by_a_sentence_that_names_it(name):
    function = getattr(twinkit, name)
    parameters = [p.name for p in inspect.signature(function).parameters.values() if p.name not in ("progress", "cancel", "client")]
    stop = Event()
    stop.set()
    given = {**needed(function), **({"cancel": stop} if "cancel" in inspect.signature(function).parameters else {})}
    for parameter in parameters[1:]:
        for junk in (5, [["x"]], {"a": 1}):
            try:
                found = function(shop(), **{**given, parameter: junk})
                said = next(found, "") if inspect.isgenerator(found) else ""
            except (ValueError, TypeError, KeyError) as error:  # CaseError is a ValueError
                said = str(error)
            except Cancelled:
                said = ""
            assert not said or not isinstance(said, str) or len(said.split()) > 5, (parameter, junk, said)
            assert not re.search("not iterable|unhashable|has no len|not subscriptable", str(said)), (parameter, junk, said)


@pytest.mark.parametrize("name", [n for n in STUDIES if n not in GIVES_NO_RESULT])
def test_what_a_study_gives_prints_as_a_few_lines(name):
    function = inspect.unwrap(getattr(twinkit, name))
    kinds = kinds_of(function, [inspect.Parameter("gives", inspect.Parameter.KEYWORD_ONLY, annotation=function.__annotations__["return"])])["gives"]
    for kind in typing.get_args(kinds) or (kinds,):
        assert issubclass(kind, Result) and kind.__repr__ is Result.__repr__


def test_a_figure_by_another_name_is_answered_by_a_sentence():
    outcome = pickle.loads(pickle.dumps(ensemble(shop(), Scenario("calm"), 2)["calm"]))
    with pytest.raises(KeyError, match=r"the outcome has no KPI 'fillrate'\. Did you mean 'fill rate'\?"):
        outcome.kpis["fillrate"]


def test_a_name_instead_of_a_case():
    calm = Scenario("calm")
    named, given = (ensemble(case, calm, 2)["calm"] for case in ("camera", twinkit.example("camera")))
    assert named.kpis["total cost"].tolist() == given.kpis["total cost"].tolist()
    with pytest.raises(FileNotFoundError, match="there is no case 'camra'"):
        ensemble("camra", calm, 2)


def test_one_event_is_no_tuple_of_events():
    for events in ("fire", twinkit.event_of("outage", site="shop", start=1, duration=2)):
        with pytest.raises(CaseError, match=r"is one event.*, where a tuple or a list of events is needed"):
            Scenario("odd", events)
        with pytest.raises(CaseError, match=r"events: .* must be a list, each of it text or a dictionary"):
            sweep(shop(), {"safety_days_tier_0": [1]}, events)
        with pytest.raises(CaseError, match=r"events: .* must be a list, each of it text or a dictionary"):
            what_if(shop(), events)
    with pytest.raises(CaseError, match=r"scenarios: 'fire' must be a twinkit\.Scenario"):
        ensemble(shop(), ["fire"], 2)


def test_an_outcome_prints_as_a_few_lines_and_says_units_where_no_product_has_a_value():
    valued, case = shop(), shop()
    bare = case.replace(products=case["products"].assign(value=0.0))
    one, other = (ensemble(c, Scenario("<b>run</b>"), 3)["<b>run</b>"] for c in (valued, bare))
    text = printed(one)
    assert "3 worlds of 4 periods" in text and "fill rate: " in text and "inventory: " in text
    assert "<b>run" not in one._repr_html_()
    for outcome, unit in ((one, "EUR"), (other, "units")):
        assert outcome.table().set_index("kpi").loc["inventory", "unit"] == unit
        assert compare(outcome, outcome).set_index("kpi").loc["inventory", "unit"] == unit
        assert outcome.table().set_index("kpi").loc["total cost", "unit"] == "EUR"
        shown = stock_by_tier(outcome).description
        assert f"stock on hand [{unit}]" in shown and ("EUR" in shown) == (unit == "EUR")


def test_the_program_of_a_report_refuses_tables_that_are_not_the_reports():
    case = twinkit.example("camera")
    result = ensemble(case, Scenario("calm"), 2)["calm"]
    found: dict = {}
    exec(program_of(question_of(result)), found)
    assert found["found"]["calm"].kpis["total cost"].tolist() == result.kpis["total cost"].tolist()
    edited = case.replace(products=case["products"].assign(value=case["products"]["value"] + 1))
    other = program_of(question_of(ensemble(edited, Scenario("calm"), 2)["calm"]))
    with pytest.raises(ValueError, match="not the tables of the report"):
        exec(other, {})


def test_stress_test_takes_rules_of_ones_own_by_name():
    parameters = inspect.signature(stress_test).parameters
    assert parameters["policies"].kind is inspect.Parameter.KEYWORD_ONLY and "policies" in inspect.signature(batches).parameters


def test_what_is_no_result_is_short_in_a_cell_too():
    chain = twinkit.Chain(tiny_case(periods=40), 3).run(4)
    assert repr(chain) == f"<Chain of {chain.case.name}: 3 worlds, in period 4 of 40>"
    report = twinkit.report_of(twinkit.stocking_plan(tiny_case(periods=40)))
    assert len(repr(report)) < 300 and report.title in repr(report)
