"""Figures of a stress test build in every size, say in words what they show, and take any name."""

from __future__ import annotations

import io
import math
from dataclasses import replace

import numpy as np
import pytest
from matplotlib.figure import Figure
from matplotlib.text import Text

import twinkit
from twinkit.inventory.time_to_survive import Impact
from twinkit.questions.stress.figures import exposure_scatter, risk_matrix, survival_chart
from twinkit.questions.stress.result import Floor, Knock, StressTest
from twinkit.run.kpis import BY_MARKET
from twinkit.show.picture import Picture, describe
from twinkit.study.targets import Target

HOSTILE = "$10^9 <script>alert('x')</script> & \\frac{1}$ _{"
LOOKS = [(None, "light"), (None, "dark"), ((3.6, 3.4), "light"), ((14.0, 9.0), "light")]
FIGURES = (exposure_scatter, survival_chart, risk_matrix)


def knock(name: str, lost: float, spend: float, survives: float, periods: float = 30.0) -> Knock:
    worlds = np.linspace(0.9, 1.1, 8)
    still = np.zeros(8)
    return Knock(
        Target(name, "site", (name,), periods=periods, tier=1, country="DE"),
        Floor(2 * survives, Impact(0.1 * lost, {}, {}, {}), survives, Impact(0.4 * lost, {}, {}, {})), spend, lost * worlds, 10 + still, 5 * worlds, 0.5 + still, 40 * worlds, still == 0, still > 0,
        still, dict.fromkeys(BY_MARKET, np.zeros((18, 8))),
    )  # fmt: skip


def made(names: list[str], likelihood: dict[str, float]) -> StressTest:
    case = twinkit.example("automotive")
    knocks = [
        knock(name, 3e8 / (i + 1) ** 2, 1e6 * 1.7**i, [12.0, 0.0, 45.0, math.inf][i % 4])
        for i, name in enumerate(names)
    ]
    return StressTest(twinkit.Chain(case, 1).plan, 60, 8, knocks, math.inf, likelihood)


@pytest.fixture(scope="module")
def tested() -> StressTest:
    return made([f"Site {i}" for i in range(14)], {"Site 0": 0.05, "Site 1": 0.5})


def given(size, theme):
    return {"theme": theme} | ({"size": size} if size else {})


@pytest.mark.parametrize(("size", "theme"), LOOKS, ids=str)
def test_figures_build_in_every_size_and_say_what_they_show(tested, size, theme):
    for draw in FIGURES:
        figure = draw(tested, **given(size, theme))
        assert isinstance(figure, Picture) and len(describe(figure)) > 60
        file = io.BytesIO()
        figure.savefig(file, format="png", dpi=50)
        assert file.getbuffer().nbytes > 1000


def test_they_go_on_axes_of_ones_own(tested):
    for draw in FIGURES:
        figure = Figure()
        assert draw(tested, ax=figure.add_subplot()) is figure


def test_the_words_name_the_worst_and_those_too_late(tested):
    assert "Largest losses: Site 0 (300 M EUR at 1 M EUR a year)" in describe(exposure_scatter(tested))
    told = describe(survival_chart(tested))
    assert "Site 1 (survived 0 of 30 days)" in told and "Site 0 (survived 12 of 30 days)" in told
    assert "Long enough at best, but felt as the chain is run: Site 2, Site 6" in told and "In time: 0" in told
    harmless = [replace(k, lost_margin=np.zeros(8), failed=np.zeros(8, bool)) for k in tested.knocks]
    told = describe(survival_chart(replace(tested, knocks=harmless)))
    assert "of which 3 are survived for as long as the run shows" in told and "chain is run: none" in told


def test_the_matrix_says_when_no_likelihood_was_given(tested):
    assert describe(risk_matrix(tested)).startswith("Matrix of likelihood and consequence.")
    bare = risk_matrix(replace(tested, likelihood={}))
    assert "no likelihood was given" in describe(bare)
    assert any("nobody has said how often" in text.get_text() for text in bare.findobj(Text))


def test_a_target_at_risk_has_a_shape_of_its_own(tested):
    markers = {line.get_marker(): len(line.get_xdata()) for line in exposure_scatter(tested).axes[0].lines}
    assert markers["D"] == int(tested.table()["at_risk"].sum())


def test_names_of_the_worst_do_not_overlap(tested):
    figure = exposure_scatter(tested)
    names = [t for t in figure.axes[0].texts if t.get_text().startswith("Site")]
    boxes = [t.get_window_extent() for t in names]
    assert len(boxes) >= 8
    assert not [(a, b) for i, a in enumerate(boxes) for b in boxes[:i] if a.overlaps(b)]


def test_hostile_names_are_text():
    test = made([HOSTILE, HOSTILE + "2", "Mill"], {HOSTILE: 0.2})
    for draw in FIGURES:
        figure = draw(test)
        figure.savefig(io.BytesIO(), format="png", dpi=50)  # mathtext would raise here
        texts = figure.findobj(lambda artist: isinstance(artist, Text) and "$" in artist.get_text())
        assert texts and not [text for text in texts if text.get_parse_math()]


def test_no_loss_and_no_spend_are_drawn_too():
    test = made(["One"], {})
    quiet = replace(test.knocks[0], lost_margin=np.zeros(8), spend=0.0)
    for draw in FIGURES:
        assert len(describe(draw(replace(test, knocks=[quiet])))) > 40
