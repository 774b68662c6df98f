"""Cash by clauses: money adds up, small deals by hand, and companies that run out of money."""

from __future__ import annotations

from collections import Counter
from datetime import date

import numpy as np
import pytest
from tiny_case import MARKET, PRODUCT, SHOP, SOURCE, tiny_case

import twinkit
from twinkit.capabilities.contracts.by_events import owed_by_events
from twinkit.capabilities.contracts.cash import NEVER, PAPER, SMART, Terms, _Books, run_with_costs, who_gets_paid
from twinkit.capabilities.trace.ledger import ledger_of
from twinkit.capabilities.trace.writing import Identifiers, events_as_data
from twinkit.chain.chain import Chain
from twinkit.chain.plan import plan_of
from twinkit.question import Plain, question_of
from twinkit.run.kpis import cost_parts
from twinkit.tables import CaseError, check_case, notes_of

DEAL = {"seller": SOURCE, "buyer": SHOP, "product": PRODUCT, "price": 6.0, "payment_term": 10, "fee": 2.0}


def deal(companies=(), **clause):
    return tiny_case(periods=40).replace(clauses=[DEAL | clause], companies=list(companies))


def books(case, smart, longer=0, worlds=3, **terms):
    given = {"invoice": 4, "dispute_rate": 0.2, "dispute": 9, "smart_fee": 1.0, "false_alarms": 0.0} | terms
    found = _Books(*run_with_costs(plan_of(case), worlds), Terms(smart, **given), longer)
    return found, found.keep(np.full((found.customers, worlds), NEVER))


@pytest.fixture(scope="module")
def mangoes():
    return twinkit.example("mangoes")


@pytest.mark.parametrize("smart", [False, True])
def test_money_adds_up(mangoes, smart):
    """What all hold at the end, customers too: what they had, less what went outside, interest, and what is in escrow."""
    own, cash = books(mangoes, smart, worlds=4)
    escrow = own.escrow.sum(axis=(0, 1))
    for _, money, due in own.released:
        escrow -= np.where(due < own.periods, money, 0.0).sum(axis=0)
    customers = own.flow[own.customers].sum(axis=0)
    rest = own.start.sum() - customers + own.outside.sum(axis=(0, 1)) - own.interest_paid.sum(axis=0) - escrow
    assert customers.max() < -1e5 and cash[:, -1].sum(axis=0) == pytest.approx(rest, rel=1e-9)
    assert (np.cumsum(own.receivable[:, : own.periods], axis=1) >= -1e-6).all()
    for one in own.owed:  # what was owed and not paid is what is open
        assert (one.due >= one.since).all() and one.seller != one.buyer and one.money.shape == one.due.shape and one.kind
    opens = sum(np.where(o.due >= own.periods, np.maximum(o.money, 0.0), 0.0).sum(axis=0) for o in own.owed)
    assert own.receivable[:, : own.periods].sum(axis=(0, 1)) == pytest.approx(opens)
    spent = cost_parts(own.plan, Chain(own.plan, 4).run().world)
    paid = sum(v for part, v in spent.items() if part not in ("backlog", "lost margin"))
    assert -own.outside[: own.customers].sum(axis=(0, 1)) == pytest.approx(paid + own.fees.sum(axis=0))


def test_a_deal_by_hand():
    """Every payment of a plain deal, worked out in a loop over days."""
    case = deal()
    for smart in (True, False):
        own, cash = books(case, smart, dispute_rate=0.0, smart_fee=2.0)
        f, shop = own.flows, own.companies.index(SHOP)
        wait, before = 10 + (0 if smart else 4), 14  # what was delivered before was billed on paper
        for r in range(own.worlds):
            now, flow = 0.0, f.plan.flows.lane[0] * 6.0
            for t in range(own.periods):
                came = f.kept["lanes.arrived"][0, :, r]
                now += 9.0 * f.sent[1, t, r] - 0.01 * f.kept["stocks.on_hand"][list(f.plan.net.stocks["site"]).index(SHOP), t, r] - 2.0 * (came[t] > 1e-9)
                now -= 6.0 * came[t - wait] if t >= wait else 0.0
                now -= flow if t < before else 0.0
                assert cash[shop, t, r] == pytest.approx(now)


def test_every_clause_moves_money():
    base = books(deal(), True)[1]
    for clause in ({"rebate": 0.1, "rebate_from": 100}, {"take_or_pay": 5000, "settlement": 20}, {"early_discount": 0.05}, {"escrow": 0.5},
                   {"revenue_share": 0.2}, {"payment_term": 20}, {"price": 7.0}):  # fmt: skip
        own, cash = books(deal(**clause), True)
        moved = (cash - base)[:, -1] if clause != {"escrow": 0.5} else (cash - base)[:, 3]
        assert np.abs(moved).max() > 1.0, clause
        seller, buyer = own.companies.index(SOURCE), own.companies.index(SHOP)
        if "escrow" not in clause and "payment_term" not in clause:
            assert (cash - base)[[seller, buyer], -1].sum(axis=0) == pytest.approx(0.0, abs=1e-6), clause
    slow = deal().replace(lanes=deal()["lanes"].assign(capacity=18.0))
    own, late = books(slow.replace(clauses=[DEAL | {"late_penalty": 3.0}]), True)
    waits = own.flows.kept["claims.backlog"][0].sum(axis=0)
    assert (late - books(slow, True)[1])[own.companies.index(SHOP), -1] == pytest.approx(3.0 * waits) and waits.min() > 0
    own, cash = books(deal(warmest=5.0, warm_deduction=0.3).replace(temperatures=[{"origin": SOURCE, "destination": SHOP, "product": PRODUCT, "temperature": 9.0}]), True)
    assert (cash - base)[own.companies.index(SHOP), -1].min() > 1.0


def test_who_cannot_pay_orders_nothing_any_more(mangoes):
    poor = deal([{"company": SHOP, "cash": 0.0, "credit": 300.0, "interest": 0.1}], price=13.0, payment_term=1)
    found = who_gets_paid(poor, worlds=6)
    shop, source = found.companies.index(SHOP), found.companies.index(SOURCE)
    broke = found.broke[PAPER][shop]
    assert (broke < NEVER).all() and (found.broke[PAPER][source] == NEVER).all()
    assert (found.figures[PAPER]["unpaid"][source] > 0).any()
    for r in range(6):
        after = found.cash[PAPER][shop, broke[r] + 4 :, r]
        assert found.cash[PAPER][shop, broke[r], r] < -300.0 and (found.cash[PAPER][shop, : broke[r], r] >= -300.0 - 1e-9).all()
        assert (np.diff(after) > -5.0).all()  # it pays nobody, but for keeping what it has and its debt
    rich = deal([{"company": SHOP, "cash": 1e6}], price=8.9, payment_term=1)
    assert (who_gets_paid(rich, worlds=6).broke[PAPER] == NEVER).all()
    answer = str(question_of("cash").tell(found))
    assert "runs out of money in 100 %" in answer


def test_smart_and_paper_are_paired(mangoes):
    found = who_gets_paid(mangoes, worlds=4)
    assert (found.disputes[PAPER] > 0).all() and (found.disputes[SMART] == 0).all()
    pairs = found.difference().set_index("company")
    assert pairs.loc["Vela Growers", "dso"] == pytest.approx((found.figures[SMART]["dso"] - found.figures[PAPER]["dso"])[found.companies.index("Vela Growers")].mean())
    same = who_gets_paid(mangoes.replace(clauses=mangoes["clauses"].assign(fee=1.0, warmest=None)), invoice_days=0, dispute_rate=0.0, worlds=3)
    fees = same.figures[PAPER]["fees"] - same.figures[SMART]["fees"]
    late = np.abs(same.cash[PAPER][:, -1] - same.cash[SMART][:, -1])
    assert np.abs(fees).max() < 1e-9 and late.max() < 0.02 * same.cash[PAPER].max()  # only penalties are settled later
    longer = who_gets_paid(mangoes, worlds=3, longer_terms=30)
    i = found.companies.index("Vela Growers")
    assert (longer.figures[PAPER]["dso"][i] > found.figures[PAPER]["dso"][i][:3] + 15).all()  # 30 for deliveries of the run, none for those before it


def test_tables_and_questions_say_what_is_wrong(mangoes):
    wrong = mangoes.replace(clauses=[{"seller": "Vela Grower", "buyer": "customers", "product": "mango", "rebate_from": 5}], companies=[{"company": "Nobody"}])
    told = "\n".join(p.sentence for p in check_case(wrong))
    assert "Did you mean 'Vela Growers'" in told and "runs no site" in told
    odd = mangoes.replace(clauses=[{"seller": "Vela Growers", "buyer": "Piura Fresh", "product": "mango", "rebate_from": 5, "warm_deduction": 0.1}])
    assert [n.column for n in notes_of(odd) if n.table == "clauses"] == ["rebate_from", "warm_deduction"]
    question = question_of("cash")
    assert question(Plain(tiny_case())).problems()
    with pytest.raises(CaseError, match="has no rows"):
        who_gets_paid(tiny_case())
    answer = str(question.tell(question(Plain(mangoes), worlds=3).run()))
    assert "No company runs out of money" in answer and MARKET not in answer


def test_a_clause_counts_all_that_goes_by_it():
    """Take-or-pay and rebate of a clause for several lanes or products count their sum once, not each lane apart."""
    case = deal(take_or_pay=1200.0, settlement=40, rebate=0.1, rebate_from=500.0)
    lane = case["lanes"].iloc[0].to_dict()
    two = case.replace(lanes=[{**lane, "share": 0.5, "mode": mode} for mode in ("road", "rail")])
    for each in (case, two, two.replace(clauses=[{**two["clauses"].iloc[0].to_dict(), "product": ""}])):
        own, _ = books(each, True, dispute_rate=0.0)
        came = own.came[: len(each["lanes"])].sum(axis=(0, 1))
        paid = {kind: money for kind, _, _, money in own.done}["rebate and take-or-pay"]
        owed = sum(o.money.sum(axis=0) for o in own.owed if o.kind == "rebate and take-or-pay")
        assert (came > 500).all() and (came < 1200).all()
        assert owed == pytest.approx(6.0 * (1200.0 - came) - 0.6 * (came - 500.0)) and (paid == 0).all()


def test_terms_cost_cash_once():
    """Longer terms hold back what is delivered in so many periods; contracts that act by themselves let go what waits for invoices."""
    ends = {}
    for name, smart, longer in (("paper", False, 0), ("longer", False, 6), ("smart", True, 0)):
        own, cash = books(deal(fee=0.0), smart, longer, dispute_rate=0.0, smart_fee=0.0)
        ends[name], last = cash[own.companies.index(SOURCE), -1], own.came[0, ::-1]
    assert ends["paper"] - ends["longer"] == pytest.approx(6.0 * last[14:20].sum(axis=0))
    assert ends["smart"] - ends["paper"] == pytest.approx(6.0 * last[10:14].sum(axis=0))


def test_without_a_clause_nothing_is_billed():
    """Two companies of which one pair has no clause: the value on arrival, no invoice, dispute or fee, in both ways."""
    case = deal().replace(clauses=[{"seller": SHOP, "buyer": "customers", "payment_term": 10}])
    paper, smart = (books(case, way, dispute_rate=1.0, smart_fee=5.0)[0] for way in (False, True))
    for own in (paper, smart):
        goods = next(o for o in own.owed if (o.kind, o.buyer) == ("goods", own.companies.index(SHOP)))
        assert goods.money == pytest.approx(5.0 * own.came[0]) and (goods.due == own.day).all()
        assert own.fees[: own.customers].max() == 0.0
    seller = paper.companies.index(SHOP)
    sale = next(o for o in smart.owed if o.kind == "goods" and o.seller == seller)
    assert sale.money == pytest.approx(9.0 * smart.came[1]) and (sale.due == smart.day + 10).all()
    before = sum(o.money.sum(axis=0) for o in paper.owed if o.kind == "before the run")
    assert before == pytest.approx(9.0 * paper.usual[1] * (10 + 4 + 9))  # all is disputed


def test_customers_are_paid_for_waiting_and_give_goods_back_for_their_price():
    market = deal()["markets"].iloc[0].to_dict()
    case = deal().replace(
        markets=[market | {"lost_share": 0.0, "returned_share": 0.1, "resold_share": 0.5}], stocks=deal()["stocks"].assign(order_up_to=[30.0, None]),
        clauses=[{"seller": SHOP, "buyer": "customers", "price": 8.0, "payment_term": 0, "late_penalty": 0.5}, {**DEAL, "revenue_share": 0.25}],
    )  # fmt: skip
    own, _ = books(case, True)
    shop, k = own.companies.index(SHOP), own.flows.kept
    waits, back = k["claims.backlog"][1].sum(axis=0), k["markets.returned"][0].sum(axis=0)
    got = {}
    for kind, seller, _, money in own.done:
        got[kind, seller == shop] = got.get((kind, seller == shop), 0.0) + money
    assert waits.min() > 0 and back.min() > 0
    assert got["late", True] == pytest.approx(-0.5 * waits)
    assert got["goods", True] == pytest.approx(8.0 * (own.came[1].sum(axis=0) - back))
    assert got["share of revenue", False] == pytest.approx(0.25 * got["goods", True])


def test_a_share_of_revenue_reaches_through_a_warehouse_of_the_buyer():
    """The buyer sells in another of its sites than the goods come to, and makes or buys half elsewhere; a market without a price brings nothing."""
    base = deal(revenue_share=0.2, buy_back=1.0, buyer="Chain", product="")
    lane = base["lanes"].iloc[0].to_dict()
    case = base.replace(
        sites=[{"site": SHOP, "kind": "retailer", "company": "Chain"}, {"site": "DC", "kind": "warehouse", "company": "Chain"}, {"site": SOURCE, "kind": "supplier"}],
        stocks=[*base["stocks"].to_dict("records"), {"site": "DC", "product": PRODUCT, "policy": "base_stock", "order_up_to": 120.0, "shelf_life": 3.0}],
        lanes=[{**lane, "destination": "DC"}, {**lane, "origin": "DC", "capacity": None}],
        markets=[*base["markets"].to_dict("records"), {"market": "gifts", "site": SHOP, "product": PRODUCT, "mean": 1.0, "price": 0.0}],
    )  # fmt: skip
    own, cash = books(case, True)
    got = {kind: money for kind, seller, buyer, money in own.done if own.customers not in (seller, buyer)}
    sales = 9.0 * own.flows.sent[2].sum(axis=0)
    assert np.isfinite(cash).all() and got["share of revenue"] == pytest.approx(0.2 * sales)
    old = own.flows.kept["stocks.expired"].sum(axis=(0, 1))
    assert old.min() > 0 and got["bought back"] == pytest.approx(-old)


def test_events_of_others_fire_clauses_as_a_run_does(mangoes):
    """The events of a run, read as a document of others: goods, their due days, rebates and take-or-pay are those of the books."""
    case = mangoes.replace(companies=mangoes["companies"].assign(early=1.0), clauses=mangoes["clauses"].assign(escrow=0.0, take_or_pay=9e3), settings={"warm_up": 0})
    own, _ = books(case, True, worlds=1)
    ledger = ledger_of(own.flows)
    ids, net = Identifiers(ledger), own.plan.net
    parties = dict(zip(ids.glns, [own.companies[own.site[s]] for s in net.stocks["site"]], strict=True))
    found = owed_by_events(events_as_data(ledger), case, parties, dict(zip(ids.gtins, net.stocks["product"], strict=True)))
    begin = date.fromisoformat(str(case.settings["start_date"])[:10])
    got, want = Counter(), Counter()
    for r in found.table[found.table["kind"] != "fee"].to_dict("records"):
        got[r["seller"], r["buyer"], (r["due"] - begin).days] += r["money"]
    for one in own.owed:
        if one.kind in ("goods", "rebate and take-or-pay") and one.buyer < own.customers:
            for due, money in zip(one.due[:, 0].tolist(), one.money[:, 0].tolist(), strict=True):
                want[own.companies[one.seller], own.companies[one.buyer], due] += money
    want = {k: v for k, v in want.items() if abs(v) > 1e-9}
    assert not found.notes and "goods, too warm" in set(found.table["kind"]) and found.table["money"].min() < 0
    assert {k: round(v, 4) for k, v in got.items()} == {k: round(v, 4) for k, v in want.items()}
    assert "fired no clause" in owed_by_events(events_as_data(ledger), case, {}, {}).notes[0]


def test_what_is_declared_in_error_is_not_owed_and_what_is_repeated_once(mangoes):
    """Two receipts of 10 and 20 units at 5, too warm above 12 degrees (a tenth less): 54 degrees Fahrenheit are 12.2, 285 kelvin 11.85."""
    case = mangoes.replace(clauses=mangoes["clauses"].head(1).assign(price=5.0, warmest=12.0, warm_deduction=0.1, rebate=0.0, take_or_pay=0.0, fee=0.0, early_discount=0.0))
    seller, buyer, product = (case["clauses"][c].iloc[0] for c in ("seller", "buyer", "product"))
    farm, shop, goods = "urn:epc:id:pgln:0614141.00001", "urn:epc:id:pgln:0614141.00002", "urn:epc:idpat:sgtin:0614141.107346.*"

    def event(name, units, degrees, unit, **more):
        warm = [{"sensorReport": [{"type": "Temperature", "maxValue": degrees, "uom": unit}]}]
        ends = {"sourceList": [{"type": "owning_party", "source": farm}], "destinationList": [{"type": "owning_party", "destination": shop}]}
        return {"type": "ObjectEvent", "eventID": name, "eventTime": "2026-05-01T10:00:00Z", "bizStep": "receiving", **ends, "sensorElementList": warm,
                "quantityList": [{"epcClass": goods, "quantity": units}], **more}  # fmt: skip

    first, second = event("urn:uuid:1", 10, 54.0, "FAH"), event("urn:uuid:2", 20, 285.0, "KEL")
    error = {"errorDeclaration": {"declarationTime": "2026-05-02T10:00:00Z", "reason": "incorrect_data"}}
    for events, money in (([first, second], [45, 100]), ([first, second, first], [45, 100]), ([first, second, second | error, event("urn:uuid:3", 2, 5, "CEL")], [45, 10])):
        table = owed_by_events(events, case, {farm: seller, shop: buyer}, {goods: product or "mango"}).table
        assert table["money"].tolist() == pytest.approx(money), table
