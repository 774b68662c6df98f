"""Any small chain, any recorded event: a sound case that runs, or a sentence why it hits nothing there."""

from __future__ import annotations

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from strategies import cases

from twinkit.chain.chain import Chain
from twinkit.events.recorded import library, members
from twinkit.events.replay import replay
from twinkit.tables import check_case

COUNTRIES = ("JP", "Germany", "CHN", "United States", "Thailand", "", "Atlantis")
MODES = ("sea", "air", "road", "inland_water")
OPTIONS = {"deadline": None, "suppress_health_check": list(HealthCheck)}


@st.composite
def placed_cases(draw, of_year=False):
    """A recorded event, and a random chain some of whose sites, lanes and ports are of the kind that it hits."""
    event = draw(st.sampled_from(library()))
    case = draw(cases(events=False, settings={"period_days": draw(st.sampled_from((1.0, 7.0, 30.0)))}))
    port = draw(st.sampled_from((*event.words, "Nowhere"))) + " quay"
    lanes = _lanes(draw, case, event, port)
    others = {table: _of_lanes(case, table, lanes) for table in ("price_breaks", "open_orders")}
    changed = case.replace(sites=_sites(draw, case, event, port), lanes=lanes, **others)
    assert not check_case(changed)
    return str(event.date.year) if of_year else event.event, changed


def _sites(draw, case, event, port):
    """Sites where it happened, or elsewhere, or nobody knows where."""
    countries = (*sorted(members(event.countries)), *sorted(members(event.other_countries)), *COUNTRIES)
    known, placed = draw(st.booleans()), draw(st.booleans()) and event.circle
    rows = [row for row in case["sites"].to_dict("records") if row["kind"] != "port"] + [{"site": port, "kind": "port"}]
    for row in rows:
        row["country"] = draw(st.sampled_from(countries)) if known else ""
        place = draw(st.sampled_from(((event.latitude, event.longitude), (0.0, 0.0)))) if placed else (None, None)
        row["latitude"], row["longitude"] = place
    return rows


def _lanes(draw, case, event, port):
    """Lanes of other modes, as long as each keeps a name of its own; some pass the port, or none does."""
    lanes, passed = case["lanes"], draw(st.booleans())
    modes = (event.mode, *MODES) if event.mode else MODES
    drawn = lanes.assign(
        mode=[draw(st.sampled_from(modes)) for _ in lanes.index],
        via=[port if passed and draw(st.booleans()) else "" for _ in lanes.index],
    )
    twice = drawn.duplicated(["origin", "destination", "product", "mode"]).any()
    return lanes.assign(via=drawn["via"]) if twice else drawn


def _of_lanes(case, table, lanes):
    """Rows of a table that name a lane by its mode, which now has another one."""
    key = ["origin", "destination", "product", "mode"]
    modes = dict(zip(zip(*(case["lanes"][c] for c in key), strict=True), lanes["mode"], strict=True))
    rows = case[table]
    return rows.assign(mode=[modes.get(k, k[3]) for k in zip(*(rows[c] for c in key), strict=True)])


@given(placed_cases(), st.data())
@settings(max_examples=25, **OPTIONS)
def test_a_sound_case_or_a_sentence(given, data):
    name, case = given
    start = data.draw(st.none() | st.integers(0, int(case.settings["periods"]) - 1))
    again = replay(case, name, start=start)
    part = again.parts[0]
    assert part.sentence.endswith(".")
    assert len(again.table()) == len(again.parts) == 1
    if not part.rows:
        assert " hits nothing here: " in part.sentence
        assert again.case is case
        return
    assert not check_case(again.case)
    assert part.placement.hits
    chain = Chain(again.scenario.apply(again.case), 2).run()
    assert float(chain.balance().abs().max().max()) < 1e-6


@given(placed_cases(of_year=True))
@settings(max_examples=10, **OPTIONS)
def test_a_whole_year(given):
    year, case = given
    again = replay(case, year, start=0)
    assert not check_case(again.case)
    applied = again.scenario.apply(again.case)
    assert set(again.events) == set(applied["events"]["event"][applied["events"]["scheduled"]])
    assert len(again.events) == len(set(again.events))
