"""Hazards: how often something is out, by the closest place; and that the questions begin with it and say that it is assumed."""

import pandas as pd
import pytest
from study.small import shop

import twinkit
from twinkit.capabilities.hazards.tables import how_often
from twinkit.question import Plain
from twinkit.questions.stress import LossQuestion, loss_of, stress_test
from twinkit.tables import check_case, notes_of
from twinkit.tables.case import Case


def with_hazards(case: Case, *rows: tuple) -> Case:
    columns = ("hazard", "place", "years", "together", "assumed")
    return case.replace(hazards=pd.DataFrame([dict(zip(columns, row, strict=False)) for row in rows]))


@pytest.fixture(scope="module")
def case() -> Case:
    """Two mills of one company in A, a farm in B, a port in B."""
    base = shop()
    sites = [{"site": s, "kind": k, "company": c, "country": n} for s, k, c, n in
             (("mill", "supplier", "Mills", "A"), ("old mill", "supplier", "Mills", "A"), ("farm", "supplier", "Farms", "B"), ("quay", "port", "", "B"))]  # fmt: skip
    return with_hazards(
        base.replace(sites=pd.concat([base["sites"], pd.DataFrame(sites)], ignore_index=True)),
        ("fire", "", 100.0), ("flood", "", 50.0, 0.5), ("flood", "A", 20.0, 0.25), ("flood", "mill", 10.0), ("strike", "Mills", 40.0, 1.0, False),
    )  # fmt: skip


@pytest.mark.parametrize(("sites", "rate", "hazards"), [
    (["mill"], 1 / 100 + 1 / 10 + 1 / 40, ("flood", "strike", "fire")),  # its own row holds for floods
    (["old mill"], 1 / 100 + 1 / 20 + 1 / 40, ("flood", "strike", "fire")),  # that of its country
    (["farm"], 1 / 100 + 1 / 50, ("flood", "fire")),  # that of everywhere
    (["mill", "old mill"], 0.25 / 20 + 1 / 40, ("strike", "flood")),  # both at once: what comes together
    (["mill", "farm"], 0.5 / 50, ("flood",)),
])  # fmt: skip
def test_the_row_of_the_closest_place_holds_and_hazards_add_up(case, sites, rate, hazards):
    found = how_often(case, sites)
    assert found.rate == pytest.approx(rate) and found.hazards == hazards and found.assumed
    assert how_often(case, sites[::-1]) == found


def test_nothing_is_made_up(case):
    assert how_often(case, ["quay"]) is None, "what holds everywhere holds at no port"
    assert how_often(shop(), [shop()["sites"]["site"].iloc[0]]) is None
    assert how_often(case, []) is None
    only = with_hazards(case, ("strike", "Mills", 40.0, 1.0, False))
    assert not how_often(only, ["mill"]).assumed and how_often(only, ["farm"]) is None


def test_a_place_that_is_none_is_said_and_numbers_have_their_range(case):
    says = [n.sentence for n in notes_of(with_hazards(case, ("fire", "Atlantis", 10.0))) if n.table == "hazards"]
    assert len(says) == 1 and "Atlantis" in says[0] and "changes nothing" in says[0]
    wrong = [p.sentence for p in check_case(with_hazards(case, ("fire", "", 0.0), ("flood", "", 10.0, 2.0), ("witches", "", 10.0)))]
    assert len(wrong) == 3 and all("hazards" in w for w in wrong)


def test_a_stress_test_begins_with_the_table_and_what_is_given_comes_before_it():
    cars = twinkit.example("automotive")
    names = ["Fab Naka", "Board Plant Ayutthaya"]
    found = stress_test(cars, names, replications=4)
    rows = found.table().set_index("target")
    for name in names:
        assert rows.loc[name, "likelihood"] == how_often(cars, [name]).rate
        assert rows.loc[name, "expected_loss"] == pytest.approx(rows.loc[name, "likelihood"] * rows.loc[name, "lost_margin"])
    assert rows.loc["Fab Naka", "hazards"].startswith("fire, earthquake")
    told = " ".join(found.sentences())
    assert "2 of these figures are assumptions, not measured" in told and "With the likelihoods of the table of hazards" in told
    given = stress_test(cars, names, replications=4, likelihood={"Fab Naka": 0.5})
    rows = given.table().set_index("target")
    assert rows.loc["Fab Naka", "likelihood"] == 0.5 and rows.loc["Fab Naka", "hazards"] == "" and rows.loc["Board Plant Ayutthaya", "hazards"] != ""
    bare = stress_test(cars.replace(hazards=cars["hazards"].iloc[:0]), names, replications=4)
    assert "Nobody has said how often" in " ".join(bare.sentences()) and "likelihood" not in bare.table()


def test_one_loss_begins_with_the_table_too():
    asking = LossQuestion(Plain(twinkit.example("automotive")))
    asking.target = "Fab Naka"
    asking.follow("target")
    often = how_often(asking.ground.case, ["Fab Naka"])
    assert asking.years == pytest.approx(1 / often.rate, rel=0.01)
    assert any("assumption, not measured" in n for n in asking.notes())
    loss = loss_of(asking.ground.case, "Fab Naka", years=asking.years, second=0.6, replications=4)
    told = loss.sentences()
    assert sum("by the table of hazards (an assumption, not measured)" in s for s in told) == 2, "where the figure is read"
    assert loss_of(asking.ground.case, "Fab Naka", years=5.0, replications=4).sentences()[-1].startswith("Lost once in 5 years, it costs")
    asking.years = 5.0
    assert not any("table of hazards" in n for n in asking.notes())


def test_a_link_that_names_another_target_brings_its_own_time_and_likelihood():
    """What follows an input follows it where a link, a program or the command line says it, as where a person does."""
    cars = twinkit.example("automotive")
    asking = LossQuestion(Plain(cars))
    first = asking.target
    assert asking.take({"target": "Fab Naka", "second": 0.6}) == [] and asking.second == 0.6
    once = 1 / how_often(cars, ["Fab Naka"]).rate
    assert first != "Fab Naka" and asking.years == pytest.approx(once, rel=0.01) and asking.duration == 90
    assert LossQuestion(Plain(cars), target="Fab Naka").years == asking.years
    begun = LossQuestion(Plain(cars))
    asking.years, asking.duration = begun.years, begun.duration  # a person wants what another target begins with
    again = LossQuestion(Plain(cars))
    assert again.take(asking.state()) == [] and (again.years, again.duration, again.second) == (asking.years, asking.duration, 0.6)
