"""Cash by clauses: money adds up, small deals by hand, and companies that run out of money."""

from __future__ import annotations

import numpy as np
import pytest
from tiny_case import MARKET, PRODUCT, SHOP, SOURCE, tiny_case

import twinkit
from twinkit.capabilities.contracts.cash import NEVER, PAPER, SMART, Terms, _Books, who_gets_paid
from twinkit.capabilities.trace.flows import flows_of
from twinkit.chain.plan import plan_of
from twinkit.question import Plain, question_of
from twinkit.tables import CaseError, check_case, notes_of

DEAL = {"seller": SOURCE, "buyer": SHOP, "product": PRODUCT, "price": 6.0, "payment_term": 10, "fee": 2.0}


def deal(companies=(), **clause):
    return tiny_case(periods=40).replace(clauses=[DEAL | clause], companies=list(companies))


def books(case, smart, longer=0, worlds=3, **terms):
    given = {"invoice": 4, "dispute_rate": 0.2, "dispute": 9, "smart_fee": 1.0, "false_alarms": 0.0} | terms
    found = _Books(flows_of(plan_of(case), worlds), Terms(smart, **given), longer)
    return found, found.keep(np.full((len(found.companies), worlds), NEVER))


@pytest.fixture(scope="module")
def mangoes():
    return twinkit.example("mangoes")


@pytest.mark.parametrize("smart", [False, True])
def test_money_adds_up(mangoes, smart):
    """What all hold at the end: what they had, what customers paid, less what went outside, interest, and what is in escrow."""
    own, cash = books(mangoes, smart, worlds=4)
    paid_by_customers = sum(money[: own.periods - delay].sum(axis=0) for _, money, delay in own.from_customers)
    escrow = own.escrow.sum(axis=(0, 1))
    for _, money, delay in own.released:
        for t in range(own.periods):
            escrow -= np.where(t + delay[t] < own.periods, money[t], 0.0)
    rest = own.start.sum() + paid_by_customers + own.outside.sum(axis=(0, 1)) - own.interest_paid.sum(axis=0) - escrow
    assert cash[:, -1].sum(axis=0) == pytest.approx(rest, rel=1e-9)
    open_items = own.receivable[:, : own.periods].sum(axis=(1,))
    for kind, seller, buyer, money, delay in own.entries:  # what was owed and not paid is what is open
        assert (delay >= 0).all() and seller != buyer and money.shape == (own.periods, own.worlds) and kind
    assert (open_items >= -1e-6).all()


def test_a_deal_by_hand():
    """Every payment of a plain deal, worked out in a loop over days."""
    case = deal()
    for smart in (True, False):
        own, cash = books(case, smart, dispute_rate=0.0, smart_fee=2.0)
        f, shop = own.flows, own.companies.index(SHOP)
        wait = 10 + (0 if smart else 4)
        for r in range(own.worlds):
            now, flow = 0.0, f.plan.flows.lane[0] * 6.0
            for t in range(own.periods):
                came = f.kept["lanes.arrived"][0, :, r]
                now += 9.0 * f.sent[1, t, r] - 0.01 * f.kept["stocks.on_hand"][list(f.plan.net.stocks["site"]).index(SHOP), t, r] - 2.0 * (came[t] > 1e-9)
                now -= 6.0 * came[t - wait] if t >= wait else 0.0
                now -= flow if t < wait else 0.0
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
    assert (longer.figures[PAPER]["dso"][i] > found.figures[PAPER]["dso"][i][:3] + 20).all()


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
