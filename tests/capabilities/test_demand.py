"""What will be asked for: series of a case, their forecasts, what planners know and change, and what is said of it."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from tiny_case import MARKET, PRODUCT, tiny_case

import twinkit
from twinkit.capabilities.demand import backtest, measures
from twinkit.capabilities.demand.ask import kept
from twinkit.capabilities.demand.panel import known_of, names_of, panel_of
from twinkit.capabilities.demand.shaping import elasticities, promotions
from twinkit.question import Plain, question_of
from twinkit.tables import Case, CaseError, check_case, notes_of

WEEKS = 120


def shop(**more) -> Case:
    """Two markets, two products that sell by the week, one that is rarely asked for; leaflets that double the tea of the north."""
    luck, rows = np.random.default_rng(8), []
    leaflets = [{"market": "north", "product": "tea", "promotion": "leaflet", "begin": b} for b in range(4, WEEKS + 10, 11)]
    begins = {row["begin"] for row in leaflets}
    for market in ("north", "south"):
        for product, level in (("tea", 100), ("mate", 40), ("spare", 0)):
            for t in range(WEEKS):
                units = level * (1 + 0.1 * luck.normal()) * (2 if (market, product) == ("north", "tea") and t in begins else 1)
                rows.append({"market": market, "product": product, "period": t, "units": round(units) if level else 4 * (luck.random() < 0.15)})
    products = ("tea", "mate", "spare", "chai")
    tables = {
        "sites": [{"site": "shop", "kind": "retailer"}, {"site": "farm", "kind": "supplier"}],
        "products": [{"product": p, "value": 1} for p in products],
        "stocks": [{"site": "shop", "product": p, "policy": "base_stock", "order_up_to": 400} for p in products]
        + [{"site": "farm", "product": p, "policy": "unlimited"} for p in products],
        "lanes": [{"origin": "farm", "destination": "shop", "product": p, "lead_time": 2} for p in products],
        "markets": [{"market": m, "site": "shop", "product": p, "mean": 30} for m in ("north", "south") for p in products],
        "history": rows, "promotions": leaflets,
    }  # fmt: skip
    return Case("shop", {**tables, **more}, {"periods": 60, "period_days": 7})


@pytest.fixture(scope="module")
def found():
    past = [{"market": "south", "product": "tea", "period": 100 + k, "made": 99 + k, "units": u, "reason": "fair", "person": "Ana"} for k, u in ((0, 100), (5, 300))]
    return twinkit.forecast(shop(overrides=past), horizon=6, reconciled="mint_shrink")


def test_sums_and_parts_add_up(found):
    s, leaves = found.panel.summing, found.panel.leaves
    np.testing.assert_allclose(found.final.mean, s @ found.final.mean[leaves])
    assert found.names[:6] == ["everything", "north", "south", "mate", "spare", "tea"]
    assert names_of(found.case) == (found.names, found.names[leaves])
    for name in found.reconciled, "none", "top_down":
        again = twinkit.forecast(found.case, horizon=6, methods=["naive", "mean"], reconciled=name)
        assert np.allclose(again.final.mean, s @ again.final.mean[leaves]) == (name != "none") or name == "none"


def test_each_kind_of_demand_has_its_methods_and_the_effect_of_a_promotion_is_found(found):
    frame = found.series().set_index("series")
    assert frame.loc["spare in north", "class"] in ("intermittent", "lumpy")
    assert frame.loc["tea in north", "method"] == "regression"
    assert frame.loc["tea in north", "wape"] < 0.6 * frame.loc["tea in north", "naive"]
    effect = found.effects().set_index("series").loc["tea in north"]
    half = (effect["high"] - effect["low"]) / 2
    assert abs(effect["effect"] - 1.0) < 2 * half < 0.3  # + 100 %, within four standard errors
    ahead = found.table().query("market == 'north' and product == 'tea'").set_index("period")["units"]
    coming = [b for b in range(4, WEEKS + 6, 11) if b >= WEEKS]
    assert ahead[coming].min() > 1.6 * ahead.drop(coming).mean()
    assert set(found.methods()["asked"]) == {"often", "rarely"}


def test_nothing_that_came_later_is_known_at_an_origin():
    """Neither the kind of demand, nor the choice of a method, nor the weights with which forecasts are made to add up."""
    before = shop(promotions=[])
    one = twinkit.forecast(before, horizon=4, origins=4, reconciled="wls_variance")
    first = one.tested.origins[0]
    rows = before["history"]
    later = rows["period"] >= first
    other = before.replace(history=rows.assign(units=np.where(later, np.where(rows["period"] % 5 == 0, 40.0 * rows["units"], 0.0), rows["units"])))
    two = twinkit.forecast(other, horizon=4, origins=4, reconciled="wls_variance")
    assert [k[0] for k in one.kinds] != [k[0] for k in two.kinds]
    np.testing.assert_array_equal(one.tested.said[:, 0], two.tested.said[:, 0])
    np.testing.assert_array_equal(one.said[0], two.said[0])


def test_value_added_is_told_by_step_and_for_planners(found):
    added = found.value_added()
    assert added["step"].tolist() == ["naive", backtest.CHOSEN, "reconciled"]
    assert added.loc[1, "added"] == pytest.approx(added.loc[0, "wape"] - added.loc[1, "wape"])
    past = found.overridden()
    assert past["planner"].tolist() == [100, 300]
    assert past["helped"].tolist()[1] is np.False_ or not past["helped"].iloc[1]
    assert (past["came"] == found.panel.y[found.panel.row("tea in south"), past["period"].astype(int)]).all()


def test_a_promotion_is_seen_from_the_period_in_which_it_was_announced():
    late = [{"market": "north", "product": "tea", "promotion": "leaflet", "begin": 50, "end": 51, "announced": 45}]
    panel = panel_of(shop(promotions=late))
    known = known_of(panel, 4)
    row = panel.row("tea in north")
    assert known.at(44)[row, 50:52, 0].tolist() == [0, 0]
    assert known.at(45)[row, 49:53, 0].tolist() == [0, 1, 1, 0]
    assert 0 < known.at(60)[panel.row("tea"), 50, 0] < 1  # of a sum, the mean of its parts by volume


def test_a_changed_forecast_needs_a_reason_and_is_kept_as_rows(found):
    changes = {"tea in south": {"units": 250, "first": 2, "last": 3, "reason": "fair", "person": "Ana"}}
    changed = twinkit.forecast(shop(), horizon=6, methods=["mean"], overrides=changes)
    plain = twinkit.forecast(shop(), horizon=6, methods=["mean"])
    row = changed.panel.row("tea in south")
    assert changed.final.mean[row, 1:3].tolist() == [250, 250]
    more = changed.final.mean[0] - plain.final.mean[0]
    np.testing.assert_allclose(more, changed.final.mean[row] - plain.final.mean[row])
    case = kept(changed.case, changed)
    assert not check_case(case)
    assert case["overrides"][["period", "made", "units"]].to_numpy().tolist() == [[WEEKS + 1, WEEKS, 250], [WEEKS + 2, WEEKS, 250]]
    with pytest.raises(CaseError) as refused:
        twinkit.forecast(shop(), horizon=6, overrides={"tea in souht": {"units": 1, "reason": "x"}, "tea in north": {"units": -1, "reason": "x"},
                                                       "mate in north": {"units": 1}, "mate in south": {"units": 1, "first": 9, "reason": "x"}})  # fmt: skip
    said = str(refused.value)
    for part in ("Did you mean 'tea in south'", "0 or more", "without a reason", "within the 6 periods"):
        assert part in said


def test_new_and_replaced_products_are_forecast_by_others():
    links = [{"product": "chai", "like": "mate", "relation": "similar", "share": 0.5}]
    new = twinkit.forecast(shop(product_links=links), horizon=4, methods=["mean"])
    row, like = new.panel.row("chai in north"), new.panel.row("mate in north")
    np.testing.assert_allclose(new.final.mean[row], 0.5 * new.final.mean[like])
    assert (new.final.quantiles[row, 0] < new.final.mean[row]).all() and new.method(row) == "like"
    assert "assumed" in new.series().set_index("series").loc["chai in north", "notes"]
    old = twinkit.forecast(shop(product_links=[{**links[0], "relation": "replaces"}]), horizon=4, methods=["mean"])
    np.testing.assert_allclose(old.final.mean[old.panel.row("chai in north")], 0.5 * old.final.mean[old.panel.row("mate in north")])


def test_a_price_is_a_lever_where_the_history_tells_its_elasticity():
    luck = np.random.default_rng(3)
    price = np.where(np.arange(WEEKS) % 40 < 20, 2.0, 2.6)
    rows = [{"market": "north", "product": "tea", "period": t, "units": float(u)} for t, u in enumerate(300 * price**-1.5 * luck.lognormal(0, 0.05, WEEKS))]
    changes = [{"market": "north", "product": "tea", "period": t, "price": 2.0 if t % 40 == 0 else 2.6} for t in range(0, WEEKS, 20)]
    case = shop(history=rows, prices=changes, promotions=[])
    (elasticity, half), = elasticities(case).values()
    assert abs(elasticity + 1.5) < 2 * half < 0.5
    moved = twinkit.Scenario("dearer", levers={"price": 0.1}).apply(case)
    old, new = (c["markets"].set_index(["market", "product"])["mean"] for c in (case, moved))
    assert new["north", "tea"] == pytest.approx(old["north", "tea"] * 1.1**elasticity)
    assert (new.drop(("north", "tea")) == old.drop(("north", "tea"))).all()
    assert "price" in [lever.name for lever in twinkit.levers_of(case)]
    assert "price" not in [lever.name for lever in twinkit.levers_of(shop())]


def test_planned_promotions_come_in_the_run_as_far_as_the_lever_says():
    """The leaflets of the north double its tea: with the lever at 1 its demand in these weeks is twice that of the others."""
    moved = [{**row, "begin": row["begin"] - WEEKS} for row in shop()["promotions"].to_dict("records")]
    rows = shop()["history"].assign(period=lambda frame: frame["period"] - WEEKS)
    case = shop(history=rows, promotions=[*moved, {**moved[0], "begin": 20, "end": 22}])
    case = case.replace(markets=case["markets"].assign(demand="constant"))
    ((_, what), (effect, half)), = promotions(case).items()
    assert what == "leaflet" and abs(np.expm1(effect) - 1.0) < 2 * half < 0.3
    assert "promotions" in [lever.name for lever in twinkit.levers_of(case)]
    after = twinkit.Scenario("leaflets", levers={"promotions": 0.5}).apply(case)
    assert not check_case(after)
    outcome = twinkit.ensemble(after, twinkit.Scenario("as is"), 1)["as is"]
    asked, markets = outcome.markets["demand"][:, :, 0], outcome.plan.net.markets
    row = int(np.flatnonzero((markets["market"] == "north") & (markets["product"] == "tea"))[0])
    at = {int(b) for b in [row["begin"] for row in moved] if b >= 0} | {20, 21, 22}
    for t in range(60):
        assert asked[row, t] == pytest.approx(30 * (1 + 0.5 * np.expm1(effect)) if t in at else 30), t
    assert (np.delete(asked, row, axis=0) == 30).all()
    assert twinkit.Scenario("as planned", levers={"promotions": 0.0}).apply(case)["events"].empty


def test_periods_are_added_up_from_the_end():
    panel = panel_of(shop(), bucket=7)
    row = panel.row("tea in south")
    units = shop()["history"].query("market == 'south' and product == 'tea'")["units"].to_numpy()
    assert panel.y.shape[1] == WEEKS // 7
    assert panel.y[row, -1] == units[-7:].sum()
    assert panel.begins(0) == WEEKS % 7 and panel.begins(panel.y.shape[1]) == WEEKS


@pytest.mark.parametrize(
    ("units", "said"),
    [([0.0] * 40, "nothing was ever asked for"), ([5.0, 6, 7, 8, 9, 5], "only as far ahead as two errors"), ([np.nan] * 20 + [4.0] * 19 + [9], ""),
     ([3.0] * 15 + [np.nan] * 2 + [3.0] * 23, "filled in along the line")],
)  # fmt: skip
def test_what_cannot_be_forecast_is_said_and_gets_the_naive_forecast(units, said):
    rows = [{"market": MARKET, "product": PRODUCT, "period": t, "units": u} for t, u in enumerate(units) if u == u]
    found = twinkit.forecast(tiny_case().replace(history=rows), horizon=2)
    assert np.isfinite(found.final.mean).all()
    notes = found.series()["notes"].iloc[0]
    assert said in notes
    if "naive" in notes:
        assert found.final.mean[0].tolist() == [units[-1]] * 2


@pytest.mark.parametrize("shift", [-WEEKS, 20 - WEEKS])
def test_a_past_before_the_run_gives_the_same_forecast_of_other_periods(shift):
    """The first forecast is for the period after the last, and what planners know moves with it."""
    north = {"market": "north", "product": "tea"}
    said = {"promotions": ("begin",), "overrides": ("period", "made"), "prices": ("period",), "history": ("period",)}
    old = shop(overrides=[{**north, "period": 110, "made": 109, "units": 90, "reason": "fair"}], prices=[{**north, "period": 60, "price": 3.0}])
    new = old.replace(**{t: old[t].assign(**{c: old[t][c] + shift for c in columns}) for t, columns in said.items()})
    assert not check_case(new)
    one, two = (twinkit.forecast(c, horizon=4, methods=["naive", "mean", "regression"], origins=3) for c in (old, new))
    pd.testing.assert_frame_equal(one.table().drop(columns="period"), two.table().drop(columns="period"))
    assert (two.table()["period"] - one.table()["period"] == shift).all() and two.panel.last == WEEKS + shift
    pd.testing.assert_frame_equal(one.overridden().drop(columns=["period", "made"]), two.overridden().drop(columns=["period", "made"]))
    assert (two.surprises()["period"] == one.surprises()["period"] + shift).all()


def test_periods_before_a_product_was_sold_are_not_its_demand():
    rows = [{"market": MARKET, "product": PRODUCT, "period": t, "units": u} for t, u in enumerate([0.0] * 30 + [9.0, 11, 10, 0, 12, 8] * 5)]
    found = twinkit.forecast(tiny_case().replace(history=rows), horizon=2)
    assert "nothing was asked for in its first 30 periods" in found.series()["notes"].iloc[0]
    assert found.kinds[0] == measures.demand_class([r["units"] for r in rows[30:]])
    rare = [{**row, "units": 9.0 * (t % 25 == 24)} for t, row in enumerate(rows)]
    assert "nothing was asked for" not in twinkit.forecast(tiny_case().replace(history=rare), horizon=2).series()["notes"].iloc[0]


def test_forecasts_add_up_by_errors_that_every_series_has():
    rows = shop()["history"]
    young = (rows["market"] == "south") & (rows["product"] == "tea") & (rows["period"] < WEEKS - 12)
    found = twinkit.forecast(shop(history=rows[~young].to_dict("records")), horizon=2, methods=["naive", "mean"], origins=8, reconciled="mint_sample")
    assert np.allclose(found.final.mean, found.panel.summing @ found.final.mean[found.panel.leaves])
    assert "too few for mint_sample" in "".join(map(str, found.panel.notes[found.panel.keys[0]]))


def test_a_history_that_ends_early_is_said():
    rows = shop()["history"]
    late = (rows["market"] == "south") & (rows["product"] == "tea") & (rows["period"] >= WEEKS - 10)
    found = twinkit.forecast(shop(history=rows[~late].to_dict("records")), horizon=2, methods=["naive"])
    assert "its last 10 periods are missing" in found.series().set_index("series").loc["tea in south", "notes"]


def test_the_method_that_is_asked_for_is_the_one_that_forecasts():
    """Oil in Saudi Arabia (Hyndman & Athanasopoulos): exponential smoothing says 496.49, though the naive method was less far off."""
    oil = [446.6565, 454.4733, 455.663, 423.6322, 456.2713, 440.5881, 425.3325, 485.1494, 506.0482, 526.792, 514.2689, 494.211]
    case = tiny_case().replace(history=[{"market": MARKET, "product": PRODUCT, "period": t, "units": u} for t, u in enumerate(oil)])
    found = twinkit.forecast(case, horizon=3, methods=["ses"], season=7).series().iloc[0]
    assert found["method"] == "ses" and found["next"] == pytest.approx(496.4935, abs=0.01) and "fewer than two seasons of 7" in found["notes"]
    assert twinkit.forecast(case, horizon=3, methods=["ses", "naive"], season=1).series().iloc[0][["method", "notes"]].tolist() == ["naive", ""]


def test_what_cannot_be_asked_is_said_all_at_once():
    with pytest.raises(CaseError) as refused:
        twinkit.forecast(tiny_case(), horizon=0, bucket=0)
    assert str(refused.value).count("must be a whole number from 1") == 2
    with pytest.raises(CaseError) as refused:
        twinkit.forecast(tiny_case(), reconciled="topdown", methods=["arimaa"])
    said = str(refused.value)
    for part in ("history", "Did you mean 'top_down'", "Did you mean 'arima'"):
        assert part in said
    with pytest.raises(CaseError, match="too far for a history of 40 periods"):
        twinkit.forecast(tiny_case(history=True), horizon=39)


def test_tables_refuse_and_warn_in_sentences():
    north = {"market": "north", "product": "tea"}
    bad = shop(
        promotions=[{**north, "promotion": "leaflet", "begin": 9, "end": 7}, {**north, "product": "chai", "promotion": "x", "begin": None}],
        overrides=[{**north, "period": 5, "made": 9, "units": 3, "reason": "late"}, {"market": "north", "product": "salt", "period": 5, "made": 4, "units": 3, "reason": "x"}],
        product_links=[{"product": "chai", "like": "mate"}, {"product": "mate", "like": "chai"}],
    )
    said = "\n".join(map(str, check_case(bad)))
    for part in ("promotions row 2, end: '7' is before its first period, 9", "promotions row 3, begin", "is after the period that it is for", "salt", "tells of a product that tells of it"):
        assert part in said, said
    assert "has no history in its market" in "\n".join(map(str, notes_of(shop(promotions=[{"market": "north", "product": "chai", "promotion": "x", "begin": 3}]))))


def test_the_question_tells_of_it_in_sentences(found):
    question = question_of("forecast")
    answer = question.tell(found)
    told = str(answer)
    for part in ("In the next 6 weeks", "Tried at", "Methods, tried at the same earlier times", "Largest surprises", "What moves demand", "What planners changed"):
        assert part in told
    drawn = next(b for b in answer.blocks if getattr(b, "name", "") == "forecast" and hasattr(b, "figure"))
    assert "everything: next" in drawn.figure("light").description
    asking = question(Plain(shop()), overrides={"tea in south": {"units": 5.0}})
    assert "without a reason" in asking.problems()[0]
    assert "no history" in question(Plain(tiny_case())).problems()[0]
    assert "Did you mean" in question(Plain(shop()), shown="tea in nort").problems()[0]


def test_a_report_is_run_again_to_the_bit(tmp_path):
    found = twinkit.forecast(shop(), horizon=3, methods=["naive", "ses"], origins=2, overrides={"tea in south": {"units": 5.0, "reason": "fair"}})
    path = tmp_path / "demand.html"
    twinkit.report_of(found).save(path)
    assert twinkit.rerun(path).same


def test_the_example_is_sound_and_its_planners_can_be_told_apart():
    case = twinkit.example("drinks")
    assert not check_case(case) and not notes_of(case)
    found = twinkit.forecast(case, horizon=6, methods=["naive", "seasonal_naive", "regression"], origins=4)
    past = found.overridden().groupby("person")["helped"].mean()
    assert past["Ana"] > past["Ben"]
    effects = found.effects().set_index(["series", "what"])
    for where, true in ((("lemonade in Lyon", "promotion: leaflet"), 0.55), (("cola in Lille", "promotion: display"), 0.35), (("cola in Marseille", "price"), -1.6)):
        row = effects.loc[where]
        wide = row["high"] - row["low"]
        assert row["low"] - 0.3 * wide < true < row["high"] + 0.3 * wide, (where, row)
