"""Figures of decisions build in every size, say in words what they show, and take any name."""

from __future__ import annotations

import io
from dataclasses import replace

import numpy as np
import pytest
from matplotlib.figure import Figure
from matplotlib.text import Text
from study.strikes import busy_shop

from twinkit.levers.levers import levers_of
from twinkit.run.scenario import Scenario
from twinkit.show.decide import pareto_front, tornado
from twinkit.show.picture import Picture, describe
from twinkit.study.appraisal import Appraisal
from twinkit.study.recommendation import Recommendation, Tuned
from twinkit.study.risks import Risk
from twinkit.study.search import values_of
from twinkit.study.sensitivity import Sensitivity
from twinkit.study.sensitivity_model import Varying

HOSTILE = "$10^9 <script>alert('x')</script> & \\frac{1}$ _{"
LOOKS = [(None, "light"), (None, "dark"), ((3.6, 3.4), "light"), ((14.0, 9.0), "light")]
THREE = ("cost", "expected loss", "worst 5 %")


def made(budget: float = 6e6, name: str = "strike") -> Recommendation:
    rng = np.random.default_rng(1)
    levers = {lever.name: lever for lever in levers_of(busy_shop())}

    def set_of(days: float) -> Appraisal:
        losses = 1e8 / (1 + days) * rng.uniform(0.8, 1.2, (1, 16))
        moved = {"safety_days_tier_0": days} if days else {}
        return Appraisal(
            moved, 0.0, 1e6 * days + 1e5 * rng.normal(size=16) * bool(days), losses, np.array([0.1]), np.zeros(1)
        )

    sets = [set_of(d) for d in (0.0, 1.0, 2.0, 4.0)]
    return Recommendation(
        busy_shop(), [Risk("strike", 0.1, name)], levers, {n: lever.price for n, lever in levers.items()}, budget, THREE, 0, 1, 16,
        16, [Tuned(a, values_of(a, THREE)) for a in sets], [(a, set_of(a.levers.get("safety_days_tier_0", 0.0))) for a in sets],
        sets, sets[0], sets[2], {"safety_days_tier_0": sets[2]}, {"safety_days_tier_0": sets[0]}, [], [],
    )  # fmt: skip


def studied(label: str = "Demand", count: int = 3) -> Sensitivity:
    rng = np.random.default_rng(2)
    inputs = {f"i{k}": Varying(f"i{k}", f"{label} {k}", "factor", 0.5, 2.0, 1.0) for k in range(count)}
    lines = {n: rng.normal(1e6 * np.linspace(-k, k + 1, 5)[:, None], 2e5, (5, 8)) for k, n in enumerate(inputs)}
    space = rng.uniform(0.5, 2.0, (16, count)), rng.normal(1e6, 2e6, (16, 8))
    pair = [Scenario("one"), Scenario("other")]
    return Sensitivity(busy_shop(), pair, "total", inputs, np.full(8, 1e6), lines, None, None, space)


def given(size, theme):
    return {"theme": theme} | ({"size": size} if size else {})


@pytest.mark.parametrize(("size", "theme"), LOOKS, ids=str)
def test_figures_build_in_every_size_and_say_what_they_show(size, theme):
    for draw, thing in ((pareto_front, made()), (tornado, studied())):
        figure = draw(thing, **given(size, theme))
        assert isinstance(figure, Picture) and len(describe(figure)) > 60
        file = io.BytesIO()
        figure.savefig(file, format="png", dpi=50)
        assert file.getbuffer().nbytes > 1000


def test_the_words_hold_the_figures_with_their_intervals():
    few = describe(pareto_front(made(), "worst 5 %"))
    assert few.count("too few worlds for an interval") == 4  # the worst of 16 worlds is less than one
    text = describe(pareto_front(made(), "expected loss"))
    assert "Scatter chart of 4 sets" in text and "chosen: 2 days of extra stock where customers buy" in text and "95 %" in text
    text = describe(tornado(studied()))
    assert "advantage of 'one' over 'other'" in text and text.count(" at its lowest (") == 3


def test_a_far_budget_is_told_and_a_near_one_drawn():
    near, far, none = (pareto_front(made(b)) for b in (6e6, 9e9, float("inf")))
    assert [any(line.get_linestyle() == "--" and len(line.get_xdata()) == 2 for line in f.axes[0].lines) for f in (near, far, none)] == [
        True, False, False,
    ]  # fmt: skip
    words = [" ".join(t.get_text() for t in f.findobj(Text)) for f in (far, none)]
    assert "budget 9 bn EUR" in words[0] and "budget" not in words[1]


def test_only_the_widest_are_shown_and_names_are_shown_as_they_are():
    figure = tornado(studied(HOSTILE, 30), most=5)
    assert len(figure.axes[0].get_yticks()) == 5
    assert "25 narrower ones not shown" in " ".join(t.get_text().replace("\n", " ") for t in figure.findobj(Text))
    assert "<script>" not in figure._repr_mimebundle_()["text/html"]
    assert describe(pareto_front(made(name=HOSTILE)))


def test_nothing_chosen_and_axes_of_ones_own():
    found = made()
    assert "chosen: leave things as they are" in describe(pareto_front(replace(found, best=found.base)))
    ax = Figure().add_subplot()
    pareto_front(found, ax=ax)
    tornado(studied(), ax=Figure().add_subplot())
    assert ax.get_title(loc="left") == "What safety costs"
    with pytest.raises(ValueError, match="there is no loss"):
        pareto_front(found, "profit")
    with pytest.raises(ValueError, match="there is no theme"):
        tornado(studied(), theme="pink")
