"""Pictures of an explanation build without a warning, say in words what they show, and take any name."""

from __future__ import annotations

import io

import pytest
from matplotlib.figure import Figure
from study.dips import event, two_steps

import twinkit
from twinkit.show import Picture, describe
from twinkit.show.explain import boxes_of, explanation_map, explanation_tree
from twinkit.study.explain import explain

HOSTILE = "$10^9 <script>alert('x')</script> & \\frac{1}$ _{"
LOOKS = [(None, "light"), (None, "dark"), ((5.0, 3.4), "light"), ((16.0, 9.0), "light")]


@pytest.fixture(scope="module")
def case():
    return twinkit.example("automotive")


@pytest.fixture(
    scope="module", params=[("Naka fab 90 days",), ("US demand surge 2021 East",), ("Suez blockage 2021",), ()]
)
def found(case, request):
    return explain(case, twinkit.Scenario("x", request.param), world=3)


@pytest.mark.parametrize(("size", "theme"), LOOKS, ids=str)
def test_they_build_in_every_size_and_say_what_they_show(found, size, theme):
    for figure in (explanation_tree(found, size=size, theme=theme), explanation_map(found, size=size, theme=theme)):
        assert isinstance(figure, Picture)
        assert found.sentence() in describe(figure)
        file = io.BytesIO()
        figure.savefig(file, format="png", dpi=50)
        assert file.getbuffer().nbytes > 1000


def test_shares_of_the_boxes_are_those_of_the_tree(found):
    boxes = boxes_of(found, 0.0)
    ends = [
        b for b in boxes.values() if not any(k in o.into for o in boxes.values() for k, v in boxes.items() if v is b)
    ]
    assert sum(b.share for b in ends) == pytest.approx(1.0)
    for box in boxes.values():
        if box.column:
            assert sum(box.into.values()) == pytest.approx(box.share)


def test_labels_stay_in_their_boxes_and_boxes_apart(case):
    found = explain(case, twinkit.Scenario("x", ("Naka fab 90 days",)), world=3)
    figure = explanation_tree(found)
    ax = figure.axes[0]
    inside = [p.get_window_extent() for p in ax.patches if type(p).__name__ == "Rectangle" and p.get_height() > 0.5]
    for text in ax.texts:
        box = text.get_window_extent()
        home = next(b for b in inside if b.x0 <= box.x0 <= b.x1 and b.y0 <= box.y1 <= b.y1)
        assert box.x1 <= home.x1 + 3 and box.y0 >= home.y0 - 3, text.get_text()
    for i, a in enumerate(inside):
        assert not any(a.overlaps(b) for b in inside[:i])


def test_names_are_shown_as_they_are():
    fire = {**event("x", "outage", 20, 10, site="source"), "event": HOSTILE}
    found = explain(two_steps(events=[fire]), twinkit.Scenario("x", (HOSTILE,)), world=0)
    figure = explanation_tree(found)
    assert "<script>" not in figure._repr_mimebundle_()["text/html"]
    assert HOSTILE in describe(figure)


def test_it_goes_on_axes_of_ones_own(found):
    figure = Figure()
    assert explanation_tree(found, ax=figure.add_subplot()) is figure


def test_no_dip_is_a_picture_too():
    found = explain(two_steps(), day=10)
    assert "no dip" in describe(explanation_tree(found))


def test_an_unknown_theme_is_told(found):
    with pytest.raises(ValueError, match="there is no theme 'pink'"):
        explanation_tree(found, theme="pink")
    with pytest.raises(ValueError, match="there is no theme 'pink'"):
        explanation_map(found, theme="pink")


def test_a_map_needs_places():
    found = explain(
        two_steps(events=[event("fire", "outage", 20, 10, site="source")]), twinkit.Scenario("x", ("fire",)), world=0
    )
    with pytest.raises(ValueError, match="no site of the case has a latitude"):
        explanation_map(found)
