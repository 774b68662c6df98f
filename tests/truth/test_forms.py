"""How files of published cases are read: tolerances, names, and what is refused in a sentence."""

from __future__ import annotations

import json

import numpy as np
import pytest

from tests.truth.compared import Compared, Unreadable, compare, within
from tests.truth.form_boards import _policy
from tests.truth.form_order_first import loses
from tests.truth.forms import HERE, cases_of
from tests.truth.trace_network import network_of

TABLE = {"optimiser": "cost 47.65 +-0.05; levels +-0.03", "simulation": "400 x 2000: 47.65 +-0.15"}


@pytest.mark.parametrize(
    ("words", "published", "topics", "tolerance"),
    [
        ("1e-6", 3426.236, (), 1e-6),
        ("exact", 204, (), 204e-9),
        ("exact (money +-0.01)", 7600, (), 0.01),
        ("1e-5 relative", 300, (), 0.003),
        ("analytic 1e-3; simulation +-1.5% with 6M periods (s.e. 11 at 6M)", 2000, ("simul",), 30),
        ("1% of published (rounded inputs); 0.1% of exact_here", 500, ("exact_here",), 0.5),
        (TABLE, 47, ("level",), 0.03),
        (TABLE, 47, ("simul",), 0.15),
    ],
)
def test_a_tolerance_is_read_from_its_words(words, published, topics, tolerance):
    assert within(words, published, *topics) == pytest.approx(tolerance)


def test_a_mean_that_is_not_known_well_enough_does_not_agree():
    assert Compared("cost", 10.0, 10.1, tolerance=0.2, half_width=0.1).agrees
    assert not Compared("cost", 10.0, 10.1, tolerance=0.2, half_width=0.3).agrees


def test_traces_of_other_lengths_and_unknown_quantities_do_not_agree():
    assert not Compared("stock", [1.0, 2.0], np.array([1.0]), tolerance=1.0).agrees
    assert not Compared("stock", [1.0], np.array([np.nan]), tolerance=1.0).agrees
    with pytest.raises(Unreadable, match="no quantity of ours is called stok; known: stock"):
        compare({"stok": [1.0]}, {"stock": [1.0]}, "exact")


@pytest.mark.parametrize(
    ("given", "names", "lost"),
    [
        ({"backlog": True}, ("v1_lost",), False),
        ({"lost_sales": True}, ("v0",), True),
        ({"version": 1}, (), True),
        ({"env": "InvManagement-v0"}, ("lost",), False),
        ({}, ("tight", "orgym_backlog"), False),
        ({}, ("v1_tight", "orgym_backlog"), True),
    ],
)
def test_a_case_says_whether_unfilled_demand_is_lost(given, names, lost):
    assert loses(given, *names) is lost


def test_a_case_that_does_not_say_it_is_refused():
    with pytest.raises(Unreadable, match="give it `backlog` true or false"):
        loses({}, "first", "backlog_or_lost")


NODE = {"policy": ["BS", 6], "lead_time": 1, "holding": 1, "stockout": 10}


def test_a_network_may_leave_out_what_goes_without_saying():
    short = network_of({"nodes": [NODE], "demand": [1, 2, 3]})
    full = network_of({
        "nodes": {"0": {**NODE, "initial_net_inventory": 6, "external_supplier": True, "order_lead_time": None}},
        "edges": [], "demand": {"0": [1, 2, 3]}, "periods": 3, "disruption": None,
    })  # fmt: skip
    assert short == full


@pytest.mark.parametrize(
    ("wrong", "sentence"),
    [
        ({"policy": ["BEBS", 6]}, "policy 'BEBS'; known: BS, sS, rQ, EBS"),
        ({"order_capacity": 5}, "order_capacity, which this form cannot carry"),
        ({"initial_net_inventory": -2}, "starts without backlog"),
    ],
)
def test_what_a_network_cannot_carry_is_refused(wrong, sentence):
    with pytest.raises(Unreadable, match=sentence):
        network_of({"nodes": {"0": {**NODE, **wrong}}, "demand": {"0": [1]}})


def test_customers_are_served_by_index_unless_the_file_says_by_edges():
    given = {"nodes": {"0": NODE, "10": NODE, "9": NODE}, "edges": [[0, 10], [0, 9]], "demand": {"9": [1], "10": [1]}}
    assert network_of(given).rank("0", "9") == 0
    assert network_of(given, by_edges=True).rank("0", "9") == 1


def test_one_case_at_the_top_of_a_file_reads_as_one_of_several(tmp_path):
    data = json.loads((HERE / "S02_single_stage_policies.json").read_text())
    case = data.pop("cases")["single_bs"]
    (tmp_path / "one.json").write_text(json.dumps({**data, **case}))
    (published,) = cases_of(tmp_path / "one.json")
    assert published.name == "one"
    assert all(row.agrees for row in published.rows())
    (tmp_path / "other.json").write_text(json.dumps({"id": "other", "parameters": {"n": 3}}))
    assert [case.form for case in cases_of(tmp_path / "other.json")] == [None]


@pytest.mark.parametrize("file", sorted(path.stem for path in HERE.glob("*.json")))
def test_a_key_that_a_form_does_not_read_is_refused(file, tmp_path):
    data = json.loads((HERE / f"{file}.json").read_text())
    shared = next((k for k in ("parameters_common", "parameters", "inputs") if isinstance(data.get(k), dict)), None)
    if shared:
        data[shared]["safety_factor_of_nobody"] = 100
    else:
        cases = data.get("cases") or data.get("rows") or {"": data}
        for case in cases.values() if isinstance(cases, dict) else cases:
            case.setdefault("parameters", {})["safety_factor_of_nobody"] = 100
    (tmp_path / f"{file}.json").write_text(json.dumps(data))
    case = next(c for c in cases_of(tmp_path / f"{file}.json") if c.form is not None)
    with pytest.raises(Unreadable, match="safety_factor_of_nobody"):
        case.rows()


def test_safety_in_the_words_of_a_policy_is_safety_stock():
    assert _policy("sS s=60 S=90 safety=100")["safety_stock"] == 100
    for words in ("sS s=60 S=90 cover=3", "RQ s=3 S=9", "RQ R=3 Q=9 soon"):
        with pytest.raises(Unreadable, match=r"cannot be read|names other numbers"):
            _policy(words)
