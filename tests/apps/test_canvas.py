"""The two canvases, the palette and the outline, as far as Python sees them."""

import json
import re
import time
from itertools import combinations
from pathlib import Path

import anywidget
import numpy as np
import pytest
import traitlets

import twinkit.apps.canvas as canvas
from twinkit.apps.canvas import CurvesCanvas, MapCanvas
from twinkit.show import palette
from twinkit.show.outline import FILE, outline, packed

FOLDER = Path(canvas.__file__).parent
SITES = [
    {"name": "Naka", "label": "Naka <b>", "kind": "supplier", "where": "2 steps before the customer", "lat": 36.5, "lon": 140.5},
    {"name": "Győr", "label": "Győr", "kind": "plant", "where": "1 step before the customer", "lat": 47.7, "lon": 17.6},
]
LANES = [{"from": 0, "to": 1, "mode": "sea", "label": "by Suez"}]
PAIR = [{"name": "as usual", "role": "baseline"}, {"name": "fire", "role": "scenario"}]


@pytest.fixture
def world():
    return MapCanvas(sites=SITES, lanes=LANES)


@pytest.fixture
def sent(monkeypatch):
    """Collect what widgets send to the browser."""
    messages = []
    monkeypatch.setattr(MapCanvas, "_send", lambda self, msg, buffers=None: messages.append((msg, buffers)))
    monkeypatch.setattr(CurvesCanvas, "_send", lambda self, msg, buffers=None: messages.append((msg, buffers)))
    return messages


# --- the map


def test_frames_arrive_as_bytes_row_by_row(world):
    fill = np.arange(6).reshape(3, 2) / 4
    world.set_frames(fill, np.array([[0, 3], [1, 2], [0, 0]]), [[1], [0], [2]])
    assert world.shape == [3, 2, 1]
    np.testing.assert_array_equal(np.frombuffer(world.fill, np.float32).reshape(3, 2), fill)
    assert list(world.state) == [0, 3, 1, 2, 0, 0]
    assert list(np.frombuffer(world.flow, np.float32)) == [1, 0, 2]


def test_each_data_set_has_a_number(world):
    for number in (1, 2, 3):
        world.set_frames(np.ones((2, 2)), np.zeros((2, 2)))
        assert world.version == number


def test_the_order_in_memory_does_not_matter(world):
    fill = np.asfortranarray(np.random.default_rng(1).random((5, 2)))
    world.set_frames(fill, np.zeros((5, 2)))
    np.testing.assert_allclose(np.frombuffer(world.fill, np.float32).reshape(5, 2), fill, rtol=1e-6)


def test_one_data_set_is_one_message(world, sent):
    world.set_frames(np.ones((4, 2)), np.zeros((4, 2)), np.ones((4, 1)))
    assert len(sent) == 1
    message, buffers = sent[0]
    assert {"shape", "version"} <= set(message["state"])
    assert message["buffer_paths"] and len(buffers) == 3


def test_the_day_stays_within_a_shorter_run(world):
    world.set_frames(np.ones((10, 2)), np.zeros((10, 2)))
    world.day = 9
    world.set_frames(np.ones((4, 2)), np.zeros((4, 2)))
    assert world.day == 3


@pytest.mark.parametrize(
    ("fill", "state", "flow", "says"),
    [
        (np.ones((3, 1)), np.zeros((3, 2)), None, r"fill .* has the shape \(3, 1\); it must be \(3, 2\)"),
        (np.ones((3, 2)), np.zeros((2, 2)), None, "state .* has the shape"),
        (np.ones((3, 2)), np.zeros((3, 2)), np.ones((3, 2)), "flow .* has the shape"),
        (np.ones((3, 2)), np.full((3, 2), 4), None, "state goes up to 4"),
    ],
)
def test_wrong_frames_are_refused_and_change_nothing(world, fill, state, flow, says):
    with pytest.raises(ValueError, match=says):
        world.set_frames(fill, state, flow)
    assert world.version == 0 and world.fill == b""


def test_a_lane_must_join_two_sites():
    with pytest.raises(traitlets.TraitError, match="lane 0: 'to' is 7; it must be the position of a site, 0 to 1"):
        MapCanvas(sites=SITES, lanes=[{"from": 0, "to": 7}])


def test_another_chain_starts_afresh(world):
    world.set_frames(np.ones((4, 2)), np.zeros((4, 2)))
    world.selected = "Naka"
    world.set_chain(SITES[:1], [])
    assert (world.shape, world.fill, world.selected, world.lanes) == ([1, 1, 0], b"", "", [])


def test_text_is_sent_as_it_is(world):
    assert world.sites[0]["label"] == "Naka <b>"  # the page shows it as text, see below


# --- the curves


def test_curves_arrive_as_bytes():
    chart = CurvesCanvas(title="Service level", unit="share")
    values = np.random.default_rng(2).random((2, 3, 30))
    chart.set(PAIR, [tuple(values[0]), tuple(values[1])])
    assert (chart.days, chart.version) == (30, 1)
    np.testing.assert_allclose(np.frombuffer(chart.data, np.float32).reshape(2, 3, 30), values, rtol=1e-6)


@pytest.mark.parametrize("shape", [(1, 3, 30), (2, 2, 30), (2, 30)])
def test_wrong_curves_are_refused(shape):
    with pytest.raises(ValueError, match=r"arrays \(series, 3, days\) has the shape"):
        CurvesCanvas().set(PAIR, np.zeros(shape))


def test_the_same_series_are_not_sent_again(sent):
    chart = CurvesCanvas()
    chart.set(PAIR, np.zeros((2, 3, 9)))
    sent.clear()
    chart.set(PAIR, np.ones((2, 3, 9)))
    assert len(sent) == 1 and set(sent[0][0]["state"]) == {"version"}  # and the data, as a buffer
    assert sent[0][0]["buffer_paths"] == [["data"]]


# --- both


def test_an_update_costs_the_kernel_little():
    """Goal: 3 ms, for 40 sites, 120 lanes and a year; here with room for a busy machine."""
    sites = [{"name": str(i), "lat": 0, "lon": i} for i in range(40)]
    world = MapCanvas(sites=sites, lanes=[{"from": i % 40, "to": (i + 1) % 40, "mode": "road"} for i in range(120)])
    rng, chart, spent = np.random.default_rng(3), CurvesCanvas(), []
    for _ in range(20):
        fill, flow, curves = rng.random((365, 40)), rng.random((365, 120)), rng.random((2, 3, 365))
        start = time.perf_counter()
        world.set_frames(fill, fill > 1, flow)
        chart.set(PAIR, curves)
        spent.append(time.perf_counter() - start)
    assert np.median(spent) < 0.010


@pytest.mark.parametrize("widget", [MapCanvas, CurvesCanvas])
def test_every_trait_is_documented_and_reaches_the_page(widget):
    inherited = anywidget.AnyWidget.class_traits()
    own = {name: trait for name, trait in widget.class_traits(sync=True).items() if name not in inherited}
    script = widget._esm
    for name, trait in own.items():
        assert trait.help, name
        assert re.search(rf'model\s*\.get\("{name}"\)', script), f"{name} is never read in the page"


def test_the_palette_goes_with_the_widget(world):
    assert world.colours == json.loads(json.dumps(palette.for_browser()))


def test_themes_are_checked(world):
    with pytest.raises(traitlets.TraitError):
        world.theme = "pink"


# --- what is sent to the browser


@pytest.mark.parametrize("file", sorted(FOLDER.glob("*.[jc]s*")), ids=lambda f: f.name)
def test_scripts_are_small_and_keep_to_themselves(file):
    text = file.read_text(encoding="utf-8")
    assert len(text.encode()) < 25_000
    assert len(text.splitlines()) < 300
    assert not re.search(r"https?:|//cdn|@import|url\(|\bfetch\(|XMLHttpRequest|\bimport\b", text)
    assert not re.search(r"innerHTML|outerHTML|insertAdjacentHTML|document\.write|\beval\(|new Function", text)


@pytest.mark.parametrize("widget", [MapCanvas, CurvesCanvas])
def test_a_widget_is_one_small_module(widget):
    assert len(widget._esm.encode()) < 50_000
    assert widget._esm.count("export default") == 1
    names = re.findall(r"^(?:async )?(?:function|class|const|let) (\w+)", widget._esm, re.MULTILINE)
    assert len(names) == len(set(names)), "two files define the same name"


# --- outline and palette


def test_outline_is_small_closed_and_on_the_globe():
    rings = outline()
    assert FILE.stat().st_size < 150_000
    assert FILE.with_name("OUTLINE.md").read_text().count("public domain") == 1
    for ring in rings:
        assert ring.dtype == np.float32 and ring.shape[1] == 2 and len(ring) >= 4
        np.testing.assert_array_equal(ring[0], ring[-1])
    points = np.concatenate(rings)
    assert (points.min(axis=0) >= [-181.5, -60]).all() and (points.max(axis=0) <= [190.5, 84]).all()


@pytest.mark.parametrize(
    ("place", "lon", "lat", "land"),
    [
        ("Leipzig", 12.4, 51.3, True),
        ("São Paulo", -46.7, -23.6, True),
        ("Alice Springs", 133.9, -23.7, True),
        ("the Atlantic", -40, 30, False),
        ("the North Sea", 3, 56, False),
    ],
)
def test_outline_is_where_the_land_is(place, lon, lat, land):
    def holds(ring):
        (x, y), (u, v) = ring[:-1].T, ring[1:].T
        crosses = (y > lat) != (v > lat)
        return np.sum(crosses & (lon < x + (lat - y) * (u - x) / np.where(crosses, v - y, 1))) % 2

    assert any(holds(ring) for ring in outline()) == land, place


def test_packed_outline_has_a_gap_after_each_ring():
    values = np.frombuffer(packed(outline()), np.float32).reshape(-1, 2)
    assert np.isnan(values).all(axis=1).sum() == len(outline())
    assert np.isnan(values[-1]).all()


def linear(colour):
    srgb = np.array([int(colour[i : i + 2], 16) for i in (1, 3, 5)]) / 255
    return np.where(srgb <= 0.04045, srgb / 12.92, ((srgb + 0.055) / 1.055) ** 2.4)


def contrast(a, b):
    low, high = sorted(linear(c) @ [0.2126, 0.7152, 0.0722] + 0.05 for c in (a, b))
    return high / low


@pytest.mark.parametrize("theme", palette.THEMES)
def test_words_and_edges_can_be_read(theme):
    c = palette.THEMES[theme]
    for ground in ("page", "sea", "land"):
        assert contrast(c["ink"], c[ground]) >= 7
        assert contrast(c["quiet"], c[ground]) >= 4.5
        assert contrast(c["edge"], c[ground]) >= 3
    for role in palette.ROLES:
        assert contrast(c[role], c["page"]) >= 3


# Machado, Oliveira & Fernandes (2009), severity 1
BLINDNESS = {
    "none": np.eye(3),
    "protanopia": [[0.152286, 1.052583, -0.204868], [0.114503, 0.786281, 0.099216], [-0.003882, -0.048116, 1.051998]],
    "deuteranopia": [[0.367322, 0.860646, -0.227968], [0.280085, 0.672501, 0.047413], [-0.011820, 0.042940, 0.968881]],
    "tritanopia": [[1.255528, -0.076749, -0.178779], [-0.078411, 0.930809, 0.147602], [0.004733, 0.691367, 0.303900]],
}


def lab(rgb):
    xyz = np.array([[0.4124, 0.3576, 0.1805], [0.2126, 0.7152, 0.0722], [0.0193, 0.1192, 0.9505]]) @ np.clip(rgb, 0, 1)
    f = np.cbrt(np.maximum(xyz / [0.9505, 1, 1.089], 0.008856))
    return np.array([116 * f[1] - 16, 500 * (f[0] - f[1]), 200 * (f[1] - f[2])])


@pytest.mark.parametrize("theme", palette.THEMES)
@pytest.mark.parametrize("kind", BLINDNESS)
def test_states_can_be_told_apart(theme, kind):
    seen = [lab(BLINDNESS[kind] @ linear(palette.THEMES[theme][s.name])) for s in palette.STATES]
    assert min(np.linalg.norm(a - b) for a, b in combinations(seen, 2)) > 15


def test_nothing_is_said_by_colour_alone():
    for looks in (
        [s.shape for s in palette.STATES],
        [s.marker for s in palette.STATES],
        [s.hatch for s in palette.STATES],
        list(palette.ROLES.values()),
        list(palette.MODES.values()),
    ):
        assert len(set(looks)) == len(looks)


def test_matplotlib_understands_the_palette():
    from matplotlib import rc_context
    from matplotlib.figure import Figure

    with rc_context(palette.style("dark")):
        axes = Figure().subplots()
        for role in palette.ROLES:
            axes.plot([0, 1], **palette.series(role, "dark"))
        for one in palette.STATES:
            axes.plot([0], [1], color=palette.LIGHT[one.name], marker=one.marker)
    assert axes.get_facecolor()[0] < 0.2
