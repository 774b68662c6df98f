"""What does not fit is said in sentences, all at once, by the scorecard, the stress test and the explanation alike."""

from __future__ import annotations

import pytest
from study.dips import FIRE, two_steps

from twinkit.questions.stress import stress_test
from twinkit.run.scenario import Scenario
from twinkit.study.explain import explain
from twinkit.study.scorecard import resilience
from twinkit.tables import CaseError

CASE = two_steps(events=[FIRE])


def row(**more) -> dict:
    return {**FIRE, "event": "x", **more}


def told(study, *args, **more) -> list[str]:
    with pytest.raises(CaseError) as error:
        study(*args, **more)
    return [p.sentence for p in error.value.problems]


def by_score(case, *events):
    return resilience(case, list(events), replications=1)


def by_explain(case, *events):
    return explain(case, Scenario("asked", events), world=0)


BAD = {
    "fier": "'fier' is no event of the case. Did you mean 'fire'?",
    "before": "'-3' is out of range: start must be a whole number of 0 or more",
    "late": "'80' is after the end of the run; periods are numbered 0 to 79",
    "chance": "'1.3' is out of range: probability must be a number from 0 to 1",
    "word": "'soon' is no number",
    "nowhere": "'moon' is not a name in sites.site",
    "number": "'5' is no event",
}
ROWS = {
    "fier": "fier", "before": row(start=-3), "late": row(start=80), "chance": row(probability=1.3), "word": row(start="soon"),
    "nowhere": row(site="moon"), "number": 5,
}  # fmt: skip


@pytest.mark.parametrize("name", BAD)
@pytest.mark.parametrize("study", [by_score, by_explain])
def test_events_that_do_not_fit(study, name):
    sentences = told(study, CASE, ROWS[name])
    assert len(sentences) == 1 and BAD[name] in sentences[0]


@pytest.mark.parametrize("study", [by_score, by_explain])
def test_a_loop_of_causes(study):
    loop = [row(event="p", after="q", start=1), row(event="q", after="p", start=1)]
    assert "leads back to the event itself" in told(study, CASE, *loop)[0]


def wrong_case():
    """A table of events with a loop, a start before the run, one after it, and a chance above 1."""
    rows = [row(event="p", after="q", start=-1, probability=1.3), row(event="q", after="p", start=900)]
    return CASE.replace(events=rows)


STUDIES = [
    lambda case: by_score(case, "fire"),
    lambda case: by_explain(case, "fire"),
    lambda case: stress_test(case, duration=3, replications=1),
]


@pytest.mark.parametrize("study", STUDIES, ids=["resilience", "explain", "stress_test"])
def test_a_case_with_wrong_events(study):
    sentences = " ".join(told(study, wrong_case()))
    for said in ("'-1' is out of range", "'q' leads back", "'1.3' is out of range", "'900' is after the end"):
        assert said in sentences


@pytest.mark.parametrize("study", STUDIES, ids=["resilience", "explain", "stress_test"])
def test_a_chain_without_a_market(study):
    sentences = told(study, CASE.replace(markets=CASE["markets"][:0]))
    assert "a case needs at least one market" in sentences[0]


@pytest.mark.parametrize("events", [[], (), None, {}, Scenario("calm"), {"a": []}], ids=str)
def test_no_event_at_all(events):
    (sentence,) = told(resilience, CASE, events)
    assert "no event that happens" in sentence and "event_of" in sentence


def test_events_that_the_case_has_scheduled_need_no_name():
    card = resilience(CASE.replace(events=CASE["events"].assign(scheduled=True)), replications=1)
    assert card.row("service fails").value == 1


def test_everything_at_once():
    sentences = told(
        resilience, CASE, {"a": "fier", "b": row(probability=2)}, {"nope": 1}, fall=1.3, window=0, replications=0, hold=81,
        failure_level=2,
    )  # fmt: skip
    text = " ".join(sentences)
    for said in (
        "replications",
        "fall: '1.3'",
        "window",
        "failure_level",
        "hold",
        "'fier'",
        "probability",
        "'nope' is no lever",
    ):
        assert said in text
    assert len(sentences) == len(set(sentences))


def test_levers_that_are_none_and_twice_the_same_name():
    assert "levers: '5' must be a dictionary {text: anything} or a twinkit.Scenario" in told(resilience, CASE, "fire", 5)[0]
    twice = [Scenario("a", ("fire",)), Scenario("a", ("fire",))]
    assert "is the name of two scenarios" in told(resilience, CASE, twice)[0]
    own = Scenario("a", ("fire",), {"safety_days_tier_0": 1})
    assert "levers of its own" in told(resilience, CASE, own, {"safety_days_tier_0": 2})[0]
