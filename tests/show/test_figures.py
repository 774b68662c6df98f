"""Figures build without a warning, say in words what they show, and take any name."""

from __future__ import annotations

import io
import subprocess
import sys
from dataclasses import replace

import numpy as np
import pytest
from matplotlib.figure import Figure
from matplotlib.text import Text

import twinkit
from twinkit.run.states import site_states
from twinkit.show import (
    Picture,
    cost_waterfall,
    describe,
    graph_of,
    kpi_table,
    network_map,
    service_curve,
    stock_by_tier,
    tier_graph,
)

HOSTILE = "$10^9 <script>alert('x')</script> & \\frac{1}$ _{"
LOOKS = [(None, "light"), ((3.6, 2.8), "dark")]
EVENT = ("Naka fab 90 days",)


@pytest.fixture(scope="module")
def case():
    return twinkit.example("automotive").replace(settings={"periods": 260})


@pytest.fixture(scope="module")
def outcomes(case):
    scenarios = [
        twinkit.Scenario("as is"),
        twinkit.Scenario("fab lost", EVENT),
        twinkit.Scenario("prepared", EVENT, {"safety_days_tier_3": 10}),
    ]
    return twinkit.ensemble(case, scenarios, 16)


def named(outcome, name: str):
    return replace(outcome, scenario=name)


def all_figures(case, outcomes, **more):
    calm, lost, ready = outcomes["as is"], outcomes["fab lost"], outcomes["prepared"]
    return [
        network_map(case, **more), network_map(lost, day=130, **more), tier_graph(case, **more),
        service_curve(calm, **_given(more)), service_curve(lost, **_given(more)), service_curve(lost, ready, **_given(more)),
        cost_waterfall(lost, ready, **more), cost_waterfall(lost, **more), stock_by_tier(lost, **more),
        stock_by_tier(calm, **more),
    ]  # fmt: skip


def _given(more):
    return {k: v for k, v in more.items() if v is not None}


@pytest.mark.parametrize(("size", "theme"), LOOKS, ids=str)
def test_figures_build_in_every_size_and_say_what_they_show(case, outcomes, size, theme):
    for figure in all_figures(case, outcomes, size=size, theme=theme):
        assert isinstance(figure, Figure)
        assert len(describe(figure)) > 60
        file = io.BytesIO()
        figure.savefig(file, format="png", dpi=50)
        assert file.getbuffer().nbytes > 1000


def test_nothing_uses_pyplot():
    code = "import sys, twinkit, twinkit.show; twinkit.show.network_map(twinkit.example('automotive')); sys.exit('matplotlib.pyplot' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0  # other tests of this process may have it


def test_an_unknown_theme_is_told(case):
    with pytest.raises(ValueError, match="there is no theme 'pink'"):
        network_map(case, theme="pink")


def test_a_figure_goes_on_axes_of_ones_own(case):
    figure = Figure()
    ax = figure.add_subplot()
    assert network_map(case, ax=ax) is figure
    assert "Map." in describe(figure)


def test_a_notebook_gets_the_text_as_alternative(outcomes):
    bundle = service_curve(named(outcomes["fab lost"], HOSTILE))._repr_mimebundle_()
    assert "<script" not in bundle["text/html"]
    assert "&lt;script&gt;alert(&#x27;x&#x27;)" in bundle["text/html"]
    assert HOSTILE in bundle["text/plain"]


def test_a_file_carries_the_text(outcomes):
    file = io.BytesIO()
    cost_waterfall(outcomes["fab lost"]).savefig(file, format="svg")
    assert b"Waterfall chart." in file.getvalue()


def test_hostile_names_are_text(case, outcomes):
    lost, ready = named(outcomes["fab lost"], HOSTILE), named(outcomes["prepared"], HOSTILE + "2")
    sites = case["sites"].replace("Fab Naka", HOSTILE)
    lanes = case["lanes"].replace("Fab Naka", HOSTILE)
    stocks, recipes = case["stocks"].replace("Fab Naka", HOSTILE), case["recipes"].replace("Fab Naka", HOSTILE)
    events = case["events"][case["events"]["site"] != "Fab Naka"]
    strange = case.replace(sites=sites, lanes=lanes, stocks=stocks, recipes=recipes, events=events,
                           settings={"title": HOSTILE})  # fmt: skip
    figures = [network_map(strange), tier_graph(strange), service_curve(lost, ready), cost_waterfall(lost, ready),
               stock_by_tier(lost)]  # fmt: skip
    for figure in figures:
        figure.savefig(io.BytesIO(), format="png", dpi=50)  # mathtext would raise here
        texts = figure.findobj(lambda artist: isinstance(artist, Text) and "$" in artist.get_text())
        assert texts
        assert not [text for text in texts if text.get_parse_math()]


def test_a_censored_time_is_shown_as_more_than(case, outcomes):
    lost = outcomes["fab lost"]
    never = replace(lost, censored=np.ones_like(lost.censored), service=np.minimum(lost.service, np.where(
        np.arange(len(lost.service)) < 130, 1.0, 0.5)[:, None]))  # fmt: skip
    assert "time to recover > " in describe(service_curve(never))
    assert "median > " in str(kpi_table(never).cells(None))


def test_a_case_without_places_is_told(case):
    bare = case.replace(sites=case["sites"].assign(latitude=np.nan))
    with pytest.raises(ValueError, match="latitude"):
        network_map(bare)


def test_a_day_needs_an_outcome(case, outcomes):
    with pytest.raises(ValueError, match="outcome"):
        network_map(case, day=3)
    with pytest.raises(ValueError, match="from 0 to 259"):
        network_map(outcomes["fab lost"], day=260)


def test_the_lost_fab_is_out_and_all_is_calm_before(outcomes):
    states = site_states(outcomes["fab lost"])
    sites = outcomes["fab lost"].plan.net.sites["site"].tolist()
    assert (states[sites.index("Fab Naka"), 60:150] == 3).all()
    assert not states[:, :60].any()
    assert "Out (more than half of it is down): Fab Naka." in describe(network_map(outcomes["fab lost"], day=130))


def test_the_waterfall_adds_up(outcomes):
    figure = cost_waterfall(outcomes["fab lost"], outcomes["prepared"])
    bars = [p for p in figure.axes[0].patches if p.get_height() == pytest.approx(0.62)]
    *parts, total = [bar.get_width() for bar in bars]
    assert sum(parts) == pytest.approx(total, abs=2e-3 * max(map(abs, parts)))


def test_the_graph_of_a_product_holds_only_what_it_needs(case):
    whole, part = graph_of(case), graph_of(case, "microcontroller")
    assert set(part) < set(whole)
    assert {"Fab Naka", "Silicon Works Shirakawa", "Chip Packaging Kumamoto"} <= set(part)
    assert "Fab Nobeoka" not in part
    with pytest.raises(KeyError, match="no product 'micro'"):
        graph_of(case, "micro")


def test_a_table_is_escaped_and_defines_its_kpis(outcomes):
    table = kpi_table(named(outcomes["fab lost"], HOSTILE), named(outcomes["prepared"], "b"))
    page = table.html()
    assert "<script" not in page
    assert 'title="units served at once from stock / units demanded"' in page
    assert page.count('scope="row"') == len(outcomes["fab lost"].kpis)
    assert "fill rate" in str(kpi_table(twinkit.compare(outcomes["fab lost"], outcomes["prepared"])))


def test_all_is_exported():
    from twinkit import show

    assert all(hasattr(show, name) for name in show.__all__)
    assert show.__all__ == sorted(show.__all__)
    assert issubclass(Picture, Figure)
