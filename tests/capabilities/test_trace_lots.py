"""Lots of a run: flows as without them, conserved to the unit, in events that the schema accepts; recalls by what is known."""

from __future__ import annotations

import io
import json

import networkx as nx
import numpy as np
import pandas as pd
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from strategies import as_text, cases

import twinkit
from twinkit.capabilities.trace.epcis import read_epcis
from twinkit.capabilities.trace.event_hash import digital_link
from twinkit.capabilities.trace.flows import KEPT, flows_of
from twinkit.capabilities.trace.ledger import ledger_of
from twinkit.capabilities.trace.recall import LEVELS, promises_kept, where_did_it_come_from
from twinkit.capabilities.trace.writing import Identifiers, events_as_data, write_epcis
from twinkit.chain.chain import Chain
from twinkit.chain.layout import LN, RC, SP, ST, UNLIMITED
from twinkit.chain.plan import plan_of
from twinkit.question import Plain, question_of
from twinkit.run.kpis import kpis_of
from twinkit.tables import CaseError, check_case, notes_of

ISSUES = ("first_in_first_out", "first_expired_first_out", "mixed")


def with_lots(case, issue, size, good_for):
    rows = [{"site": s, "product": p, "issue": issue, "lot_size": size, "good_for": good_for} for s, p in zip(case["stocks"]["site"], case["stocks"]["product"], strict=True)]
    return case.replace(lots=rows)


@settings(max_examples=16, deadline=None, database=None, derandomize=True, suppress_health_check=list(HealthCheck))
@given(case=cases(periods=25), seed=st.integers(0, 99), issue=st.sampled_from(ISSUES), size=st.sampled_from([None, 2.5, 30.0]), good_for=st.sampled_from([None, 5.0]))
def test_lots_are_conserved_and_change_no_flow(case, seed, issue, size, good_for):
    lotted = with_lots(case, issue, size, good_for)
    flows = flows_of(lotted, 2, seed)
    plain = Chain(plan_of(case), 2, seed=seed, record=[name for name in KEPT if not name.startswith("markets.")]).run()
    for name in plain.series:
        assert plain.history(name.name).tobytes() == flows.kept[name.name].tobytes(), name.name
    other = Chain(plan_of(lotted), 2, seed=seed).run()
    assert all(a.tobytes() == b.tobytes() for a, b in zip(kpis_of(plain.plan, plain.world).values(), kpis_of(other.plan, other.world).values(), strict=True))
    for world in range(2):
        led = ledger_of(flows, world)
        size_of = max(1.0, float(led.moved[:, 4].max(initial=0.0)))
        assert np.abs(led.balance()).max(initial=0.0) <= 1e-6 * size_of, as_text(case)
        w, (lanes, recipes, markets, scrap) = plain.world, led.places
        there = np.zeros(scrap + 1)
        for place, _, units in led.left:
            there[place] += units
        own = flows.plan.stock_n[SP.policy] != UNLIMITED
        assert there[:lanes][own] == pytest.approx(w.stock[ST.on_hand, own, world], abs=1e-6 * size_of)
        assert there[lanes:recipes] == pytest.approx((w.lane[LN.in_transit] + w.lane[LN.held] + w.lane[LN.at_door])[:, world], abs=1e-6 * size_of)
        assert there[recipes:markets] == pytest.approx(w.recipe[RC.in_work][:, world], abs=1e-6 * size_of)
        to = led.moved[:, 3].astype(int)
        for lane in range(recipes - lanes):
            by_day = np.bincount(led.moved[to == lanes + lane, 0].clip(0).astype(int), led.moved[to == lanes + lane, 4], flows.sent.shape[1])
            start = float(led.moved[(to == lanes + lane) & (led.moved[:, 2] < 0), 4].sum())
            by_day[0] -= start
            assert by_day == pytest.approx(flows.sent[lane, :, world], abs=1e-6 * size_of)
        sold = np.bincount(to[(to >= markets) & (to < scrap)] - markets, led.moved[(to >= markets) & (to < scrap), 4], scrap - markets)
        assert sold == pytest.approx(flows.sent[recipes - lanes :, :, world].sum(axis=1), abs=1e-6 * size_of * 25)
        past = led.genealogy
        assert past.balance.min(initial=0.0) >= -1e-6 * size_of
        if size is not None:
            new = led.moved[led.moved[:, 2] < 0]
            assert np.bincount(new[:, 1].astype(int), new[:, 4]).max(initial=0.0) <= size + 1e-9


def test_what_leaves_first(mangoes):
    """First expired, first out: no lot leaves a shelf while one that expires before it is there."""
    case = with_lots(mangoes, "first_expired_first_out", 100.0, 20.0)
    led = ledger_of(flows_of(case, 1, 3))
    shelf = led.plan.net.stocks["site"].tolist().index("Cold Store Rotterdam")
    there: dict[int, float] = {}
    for _, lot, _, b, units in led.moved[(led.moved[:, 2] == shelf) | (led.moved[:, 3] == shelf)].tolist():
        if b == shelf:
            there[lot] = there.get(lot, 0.0) + units
        else:
            first = min(led.expiry[int(k)] if led.expiry[int(k)] == led.expiry[int(k)] else np.inf for k, u in there.items() if u > 1e-6)
            assert (led.expiry[int(lot)] if led.expiry[int(lot)] == led.expiry[int(lot)] else np.inf) <= first
            there[lot] -= units


@pytest.fixture(scope="module")
def mangoes():
    return twinkit.example("mangoes")


@pytest.fixture(scope="module")
def diamonds():
    return twinkit.example("diamonds")


def test_examples_are_sound(mangoes, diamonds):
    for case in (mangoes, diamonds):
        assert not check_case(case) and not notes_of(case)


def test_events_are_accepted_and_tell_the_flows(mangoes, diamonds):
    for case, kinds in ((mangoes, 5), (diamonds, 4)):
        led = ledger_of(flows_of(case.replace(settings={"periods": 60}), 1))
        text = io.StringIO()
        count = write_epcis(led, text)
        document = read_epcis(text.getvalue())
        assert document.valid and not document.notes and len(document.events) == count
        assert len({e["type"] for e in document.events}) == kinds
        assert [e["eventTime"] for e in document.events] == sorted(e["eventTime"] for e in document.events)
        names = Identifiers(led)
        sold = sum(len(e.get("epcList", [])) + sum(q["quantity"] for q in e.get("quantityList", [])) for e in document.events if e.get("bizStep") == "retail_selling")
        lanes = len(led.plan.net.lanes)
        assert sold == pytest.approx(led.flows.sent[lanes:].sum())
        assert all(names.find(code) == i for i, code in list(enumerate(names.lots))[::97]) and all(names.find(n) == i for i, n in list(enumerate(led.names))[::97])
    warm = [e for e in events_as_data(ledger_of(flows_of(mangoes.replace(settings={"periods": 60}), 1))) if "sensorElementList" in e]
    assert warm and all(e["sensorElementList"][0]["sensorReport"][0]["uom"] == "CEL" for e in warm)


def test_promised_life(mangoes):
    """Trays that are sent within the promise keep it; a promise longer than they are good for is never kept."""
    led = ledger_of(flows_of(mangoes, 1))
    own = promises_kept(led).set_index("site")["kept"]
    assert own["Cold Store Rotterdam"] > 0.9
    never = mangoes.replace(lots=mangoes["lots"].assign(promised_life=[None, None, None, None, 43, None]))
    assert promises_kept(ledger_of(flows_of(never, 1)))["kept"].tolist() == [0.0]


def test_a_recall_by_what_is_known(mangoes):
    found = where_did_it_come_from(mangoes, worlds=6)
    by = found.by_world
    assert (by["lot"]["recalled"] == by["lot"]["affected"]).all() and (by["lot"]["caught"] == 1).all() and (by["lot"]["days"] == 0).all()
    for finer, coarser in zip(LEVELS[:-1], LEVELS[1:], strict=True):
        assert (by[finer]["recalled"] <= by[coarser]["recalled"] + 1e-9).all()
    past = found.ledger.genealogy
    own = past.at("Farm Orilla / mango / 30 / 1")
    assert found.went_into == len(set(past.finished) & set(past.descendants([own]))) > 0 and 0.5 < found.complete < 1.0
    assert found.places["units"].sum() == pytest.approx(by["lot"]["recalled"][0]) and sum(found.into.values()) == pytest.approx(1.0)
    blind = where_did_it_come_from(mangoes, worlds=6, read_rate=0.9, partners=0.8, delay=1.0)
    assert (blind.by_world["lot"]["recalled"] >= by["lot"]["recalled"] - 1e-9).all() and (blind.by_world["lot"]["caught"] == 1).all()
    assert (blind.by_world["lot"]["days"] >= 1.0).all() and blind.by_world["lot"]["in_records"].mean() < 1.0
    false = where_did_it_come_from(mangoes, worlds=6, error_rate=1.0)
    assert (false.by_world["lot"]["caught"] < 0.5).all()
    later = where_did_it_come_from(mangoes, worlds=6, found=70)
    assert later.by_world["lot"]["sold"].mean() > by["lot"]["sold"].mean()
    with pytest.raises(CaseError, match="is the code of no lot"):
        where_did_it_come_from(mangoes, "Farm Orilla / mango / 30 / 99")
    with pytest.raises(CaseError, match=r"read_rate: '2' must be a number from 0 to 1(.|\n)*found: '500'"):
        where_did_it_come_from("mangoes", read_rate=2, found=500)
    with pytest.raises(CaseError, match="is no level"):
        where_did_it_come_from(mangoes, granularity="pallet")


def test_where_hardly_anything_is_read_calling_back_the_site_at_once_is_fewer_units_and_that_is_said(mangoes):
    blind = where_did_it_come_from(mangoes, worlds=2, read_rate=0.0)
    by = blind.table.set_index("level")
    assert by.loc["lot", "days"] > 10 and by.loc["site", "days"] == 0 and by.loc["site", "recalled"] < by.loc["lot", "recalled"]
    assert any(said.startswith("To call back at once all that the site made would be fewer units") for said in blind.sentences())
    at_once = where_did_it_come_from(mangoes, worlds=2, read_rate=0.0, manual_days=0.0)  # without the days of asking both look at the same goods
    by = at_once.table.set_index("level")
    assert by.loc["lot", "recalled"] <= by.loc["product", "recalled"] and by.loc["lot", "recalled"] < 0.8 * blind.table.set_index("level").loc["lot", "recalled"]
    assert "all that the site made" not in " ".join(where_did_it_come_from(mangoes, worlds=2).sentences())


def test_a_recall_of_a_lot_is_a_walk_over_its_events(mangoes):
    """The units to call back, from the EPCIS events alone: a walk from lot to lot by their identifiers."""
    case = mangoes.replace(settings={"periods": 80})
    flows = flows_of(case, 1)
    led = ledger_of(flows)
    names = Identifiers(led)
    found = where_did_it_come_from(case, led.names[names.find("Farm Orilla / mango / 30 / 1")], 79, worlds=2)
    bad = {names.lots[names.find("Farm Orilla / mango / 30 / 1")]}
    sold = 0.0
    for e in events_as_data(led):
        if e["type"] == "TransformationEvent" and bad & {q["epcClass"] for q in e.get("inputQuantityList", [])}:
            bad |= {q["epcClass"] for q in e["outputQuantityList"]}
        if e.get("bizStep") == "retail_selling":
            sold += sum(q["quantity"] for q in e["quantityList"] if q["epcClass"] in bad)
    assert found.by_world["lot"]["sold"][0] == pytest.approx(sold)


def test_the_question_is_told(mangoes, diamonds):
    question = question_of("trace")
    answer = str(question.tell(question(Plain(mangoes), granularity="day", read_rate=0.95, worlds=4).run()))
    assert "Remaining life that was promised" in answer
    assert "have to be called back" in answer and "If the lot were known" in answer and "Cutting Room Venlo" in answer
    assert question(Plain(mangoes), found=500).problems() and question(Plain(twinkit.example("camera"))).problems()
    assert "diamond ring" in str(question.tell(question(Plain(diamonds), worlds=4).run()))
    asked = question(Plain(mangoes), lot="<b>no lot</b>", worlds=2)
    with pytest.raises(CaseError, match="no lot of this run"):
        asked.run()


def test_bad_tables_are_said(mangoes):
    wrong = mangoes.replace(bad_lots=[{"site": "Farm Vela", "product": "mango cup", "period": 3}], temperatures=[
        {"origin": "Farm Vela", "destination": "Shops Hamburg", "product": "mango", "temperature": 3}])  # fmt: skip
    told = "\n".join(p.sentence for p in check_case(wrong))
    assert "is not kept at this site" in told and "does not go from this origin" in told
    with pytest.raises(CaseError, match="so small that a run has more than"):
        ledger_of(flows_of(mangoes.replace(lots=[{"site": "Farm Vela", "product": "mango", "lot_size": 1e-5}]), 1))


def test_a_step_of_ones_own_that_moves_goods_is_said(mangoes):
    flows = flows_of(mangoes.replace(settings={"periods": 20}), 1)
    moved = flows.kept["stocks.on_hand"].copy()
    moved[4, -1] += 5.0
    with pytest.raises(CaseError, match="cannot be followed"):
        ledger_of(type(flows)(**{**vars(flows), "kept": {**flows.kept, "stocks.on_hand": moved}}))
    assert set(KEPT) == set(flows.kept)
    assert json.dumps(Identifiers(ledger_of(flows)).lots[0])


@pytest.mark.parametrize("name", ["mangoes", "diamonds"])
def test_events_read_back_give_the_same_answer(name):
    """A document that is written and read: the same lots in the same lots, sold and gone, but for what is in work at the end; and a walk of networkx."""
    case = twinkit.example(name).replace(settings={"periods": 60})
    led = ledger_of(flows_of(case, 1))
    text = io.StringIO()
    write_epcis(led, text)
    document = read_epcis(text.getvalue())
    assert document.valid
    found, own, ids = document.genealogy(), led.genealogy, [digital_link(one) for one in Identifiers(led).lots]
    assert len(document.genealogy().names) == len(read_epcis({"type": "EPCISDocument", "epcisBody": {"eventList": document.events[::-1]}}).genealogy().names)
    theirs, ours = np.array([n.split(" @ ")[0] for n in found.names], object), np.array(ids, object)[led.nodes[0]]
    for what in ("sold", "gone"):
        sums = [pd.Series(getattr(g, what)).groupby(names).sum() for g, names in ((found, theirs), (own, ours))]
        assert sums[0].reindex(sums[1].index, fill_value=0.0).to_numpy() == pytest.approx(sums[1].to_numpy())
    graph = nx.DiGraph(zip(np.array(own.source).tolist(), np.array(own.target).tolist(), strict=True))
    graph.add_nodes_from(range(len(own)))
    in_work = {ids[lot] for place, lot, _ in led.left if led.places[1] <= place < led.places[2]}
    for lot in range(0, len(ids), max(1, len(ids) // 25)):
        node = int(led.node_of(np.array([lot]), led.row[[lot]])[0])
        for way, walk in (("descendants", nx.descendants), ("ancestors", nx.ancestors)):
            mine = {ours[i] for i in getattr(own, way)([node])} - {ids[lot]}
            assert {ours[i] for i in walk(graph, node)} - {ids[lot]} == mine
            there = np.flatnonzero(theirs == ids[lot])
            assert {theirs[i] for i in getattr(found, way)(there)} - {ids[lot]} >= mine - in_work or ids[lot] in in_work


def test_events_of_others_are_followed_as_far_as_they_go():
    """Pallets without amounts, words of two vocabularies, a transformation in two events, goods that nobody commissioned."""
    def event(kind, hour, place, **more):
        return {"type": kind, "eventTime": f"2026-03-01T{hour:02d}:00:00Z", "eventTimeZoneOffset": "+00:00", "bizLocation": {"id": place}, **more}

    fish, can = "urn:epc:class:lgtin:4012345.012345.A1", "https://id.gs1.org/01/04012345123456/10/C9"
    lot = "https://id.gs1.org/01/04012345123456/10/OLD"
    events = [
        event("TransformationEvent", 9, "plant", transformationID="T1", outputQuantityList=[{"epcClass": can, "quantity": 40}]),
        event("ObjectEvent", 6, "boat", action="ADD", bizStep="urn:epcglobal:cbv:bizstep:commissioning", quantityList=[{"epcClass": fish, "quantity": 100, "uom": "KGM"}]),
        event("ObjectEvent", 8, "plant", action="OBSERVE", bizStep="https://ref.gs1.org/cbv/BizStep-receiving", quantityList=[{"epcClass": fish, "quantity": 100}]),
        event("TransformationEvent", 8, "plant", transformationID="T1", inputQuantityList=[{"epcClass": fish, "quantity": 60}]),
        event("AggregationEvent", 10, "plant", action="ADD", parentID="urn:epc:id:sscc:4012345.0000000001", childQuantityList=[{"epcClass": can, "quantity": 30}]),
        event("ObjectEvent", 11, "plant", action="OBSERVE", bizStep="shipping", epcList=["urn:epc:id:sscc:4012345.0000000001"]),
        event("ObjectEvent", 15, "shop", action="OBSERVE", bizStep="receiving", epcList=["urn:epc:id:sscc:4012345.0000000001"]),
        event("ObjectEvent", 16, "shop", action="OBSERVE", bizStep="retail_selling", quantityList=[{"epcClass": can, "quantity": 7}, {"epcClass": lot, "quantity": 2}]),
        event("ObjectEvent", 17, "shop", action="DELETE", bizStep="destroying", quantityList=[{"epcClass": can, "quantity": 3}]),
    ]  # fmt: skip
    found = read_epcis({"type": "EPCISDocument", "epcisBody": {"eventList": events}}).genealogy()
    source = digital_link(fish)
    recall = found.recall([source])
    assert (recall.sold, recall.left) == (7.0, 70.0) and set(recall.places) == {"plant", "shop"}
    assert {n.split(" @ ")[0] for n in (found.names[i] for i in found.ancestors([found.at(f"{can} @ shop")]))} == {source, can}
    assert found.sold[found.at(lot)] == 2.0 and found.balance.min() >= 0.0


def test_a_lot_cannot_be_found_before_it_is_made():
    case = twinkit.example("mangoes")
    bad = case["bad_lots"].iloc[0].to_dict()
    told = check_case(case.replace(bad_lots=[bad | {"found": bad["period"] - 1}]))
    assert ["found" in str(p) and "before the period" in str(p) for p in told if p.table == "bad_lots"] == [True]
    with pytest.raises(CaseError, match="before the period"):
        where_did_it_come_from(case, found=0, worlds=1)


def test_hours_of_a_day_stand_in_the_order_of_its_steps():
    case = twinkit.example("mangoes").replace(settings={"periods": 12, "period_days": 0.125})
    times = [e["eventTime"] for e in events_as_data(ledger_of(flows_of(case, 1)))]
    assert times == sorted(times) and len(set(times)) > 12 and times[-1][:10] > times[0][:10]
