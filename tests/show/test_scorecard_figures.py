"""Figures of a scorecard build in every size, say in words what they show, and take any name."""

from __future__ import annotations

import io

import numpy as np
import pytest
from matplotlib.figure import Figure
from matplotlib.patches import Rectangle
from matplotlib.text import Text
from study.dips import FIRE, event, two_steps

from twinkit.show import cost_waterfall, ripple_heatmap
from twinkit.show.picture import Picture, describe
from twinkit.study.scorecard import resilience

HOSTILE = "$10^9 <script> \\frac{1}$ _{"
LOOKS = [(None, "light"), (None, "dark"), ((3.6, 3.4), "light"), ((14.0, 9.0), "dark")]


@pytest.fixture(scope="module")
def card():
    return resilience(two_steps(events=[FIRE]), "fire", replications=4, window=1)


@pytest.mark.parametrize(("size", "theme"), LOOKS, ids=str)
def test_figures_build_in_every_size_and_say_what_they_show(card, size, theme):
    more = {"theme": theme} | ({"size": size} if size else {})
    for figure in (ripple_heatmap(card, **more), ripple_heatmap(card, "site", **more), cost_waterfall(card, **more)):
        assert isinstance(figure, Picture) and len(describe(figure)) > 60
        file = io.BytesIO()
        figure.savefig(file, format="png", dpi=50)
        assert file.getbuffer().nbytes > 1000


def test_the_words_and_the_picture_say_the_same(card):
    figure = ripple_heatmap(card, "site")
    assert "source 0 % on day 20, depot 0 % on day 24 and shop 0 % on day 27" in describe(figure)
    axes = figure.axes[0]
    assert [t.get_text() for t in axes.get_yticklabels()] == ["source", "depot", "shop"]
    assert [t.get_text() for t in axes.texts if "%" in t.get_text()] == ["0 %"] * 3
    low = {
        r.get_y() + 0.46: (r.get_x() + 0.5, r.get_width()) for r in axes.findobj(Rectangle) if r.get_hatch() == "////"
    }
    assert {round(y): span for y, span in low.items()} == {
        0: (20, 10),
        1: (24, 8),
        2: (27, 6),
    }  # by pencil: test_ripple
    image = axes.images[0].get_array()
    assert image.shape[0] == 3 and np.isclose(image.min(), 0) and image.max() > 9


def test_tiers_stand_as_goods_flow(card):
    figure = ripple_heatmap(card, days=(15, 40))
    assert [t.get_text() for t in figure.axes[0].get_yticklabels()] == ["2 steps before the customer", "1 step before the customer", "where customers buy"]
    assert figure.axes[0].get_xlim() == (14.5, 40.5)


def test_on_axes_of_ones_own_and_only_what_there_is(card):
    figure = Figure()
    assert ripple_heatmap(card, ax=figure.add_subplot()) is figure
    with pytest.raises(ValueError, match="'tier' or 'site'"):
        ripple_heatmap(card, "market")


def test_no_ripple_is_drawn_too():
    mild = event("fire", "outage", 20, 1, site="source", severity=0.05)
    calm = resilience(two_steps(events=[mild]), "fire", replications=2)
    assert describe(ripple_heatmap(calm, "site")).endswith("No site is hit.")
    assert "Nothing changes" in describe(ripple_heatmap(calm))
    assert describe(cost_waterfall(calm))


def test_hostile_names_are_text():
    case = two_steps(events=[{**FIRE, "event": HOSTILE}])
    case = case.replace(**{t: case[t].replace("depot", HOSTILE) for t in ("sites", "stocks", "lanes")})
    card = resilience(case, HOSTILE, replications=1)
    for figure in (ripple_heatmap(card, "site"), cost_waterfall(card)):
        figure.savefig(io.BytesIO(), format="png", dpi=50)  # mathtext would raise here
        texts = figure.findobj(lambda artist: isinstance(artist, Text) and "$" in artist.get_text())
        assert texts and not [text for text in texts if text.get_parse_math()]
