"""Two canvases that are drawn in the browser: a map of the chain, and curves over days.

They are fed with arrays and redraw in a few milliseconds, so they may follow a
lever.  Figures that are printed or exported are matplotlib's.

    chart = CurvesCanvas(title="Service level", unit="share")
    world = MapCanvas(sites=sites, lanes=lanes)
    jslink((world, "day"), (chart, "day"))

Each has the trait ``version``, which counts the data sets that Python has sent; the
element in the page says in ``data-version`` which one it shows, and in
``data-painted`` how often it has been painted.
"""

from __future__ import annotations

from functools import cache
from pathlib import Path
from typing import Any

import anywidget
import numpy as np
import traitlets as t

from twinkit.show import palette
from twinkit.show.outline import outline, packed

HERE = Path(__file__).parent


def source(*names: str) -> str:
    """Return files of this folder one after another: that is all the bundling there is."""
    return "\n".join((HERE / name).read_text(encoding="utf-8") for name in names)


def as_bytes(values: Any, kind: type, shape: tuple[int, ...], what: str) -> bytes:
    """Return an array as bytes, row by row; complain if it has another shape.

    >>> len(as_bytes([[1, 2]], np.float32, (1, 2), "fill"))
    8
    >>> as_bytes([[1, 2]], np.float32, (2, 2), "fill")
    Traceback (most recent call last):
        ...
    ValueError: fill has the shape (1, 2); it must be (2, 2).
    """
    array = np.asarray(values, dtype=kind)
    if array.shape != shape:
        raise ValueError(f"{what} has the shape {array.shape}; it must be {shape}.")
    return array.tobytes()


class Themed(anywidget.AnyWidget):
    """A widget in the colours of the palette."""

    colours = t.Dict(help="the palette, as palette.for_browser() returns it").tag(sync=True)
    theme = t.Enum(["auto", "light", "dark"], "auto", help="auto follows the page").tag(sync=True)
    version = t.Int(0, help="how many contents Python has sent").tag(sync=True)

    @t.default("colours")
    def _colours(self) -> dict[str, Any]:
        return palette.for_browser()


class Canvas(Themed):
    """A canvas that shows days and has a look."""

    day = t.Int(0, min=0, help="the day that is shown, from 0; a person may change it").tag(sync=True)
    word = t.Unicode("day", help="what a period is called").tag(sync=True)
    marks = t.List(help="events: dicts of day, label and, if it is the end of one, kind='end'").tag(sync=True)
    height = t.Int(460, min=120, help="pixels; less where the page is narrow").tag(sync=True)


class CurvesCanvas(Canvas):
    """A line per series, with a band around it and a cursor on the day.

    Each series is a dict: ``name``, ``role`` (baseline, scenario or other: see
    ``palette.ROLES``) and, to differ from its role, ``dash`` (points on, points off).
    A unit of ``share`` is shown as per cent.

    >>> chart = CurvesCanvas(title="Service level", unit="share")
    >>> mean = np.array([1.0, 0.9, 1.0])
    >>> chart.set([{"name": "as usual", "role": "baseline"}], [(mean, mean - 0.02, mean)])
    >>> chart.days, chart.version
    (3, 1)
    """

    _esm = source("common.js", "curves_draw.js", "curves.js")
    _css = source("canvas.css")

    series = t.List(t.Dict(), help="see above").tag(sync=True)
    data = t.Bytes(help="float32 (series, 3, days): mean, low, high").tag(sync=True)
    days = t.Int(1, min=1, help="number of days").tag(sync=True)
    title = t.Unicode(help="what is measured").tag(sync=True)
    unit = t.Unicode(help="unit of the values; share is shown as per cent").tag(sync=True)
    ymin = t.Float(None, allow_none=True, help="start of the axis; None follows the data").tag(sync=True)
    ymax = t.Float(None, allow_none=True, help="end of the axis; None follows the data").tag(sync=True)
    shade = t.List(t.Int(), help="[a, b]: shade where series b is below series a").tag(sync=True)
    legend = t.Bool(False, help="a legend as well; a narrow page has it anyway").tag(sync=True)
    note = t.Unicode(help="a sentence below the chart").tag(sync=True)
    height = t.Int(280, min=120, help="pixels; less where the page is narrow").tag(sync=True)

    def set(self, series: list[dict[str, Any]], arrays: Any) -> None:
        """Show other curves.

        Parameters
        ----------
        series
            One dict per series, see above.
        arrays
            Array ``(series, 3, days)`` of mean, low and high, or a list of such triples.
        """
        arrays = np.asarray(arrays, dtype=np.float32)
        days = arrays.shape[-1] if arrays.ndim == 3 else 0
        data = as_bytes(arrays, np.float32, (len(series), 3, days), "arrays (series, 3, days)")
        with self.hold_sync():
            self.series, self.data, self.days = list(series), data, max(days, 1)
            if self.day >= days:
                self.day = max(days - 1, 0)
            self.version += 1


@cache
def _world() -> bytes:
    return packed(outline())


class MapCanvas(Canvas):
    """Sites on a world map; each fills up like a gauge with its stock.

    Parameters
    ----------
    sites
        One dict per site: ``name`` (unique), ``label`` (shown; else the name),
        ``kind``, ``where`` (in the chain, in words), ``lat`` and ``lon`` (degrees north and east), ``text``
        (a sentence for the tip).  All text is shown as text, whatever it contains.
    lanes
        One dict per lane: ``from`` and ``to`` (positions in `sites`), ``mode``
        (road, rail, sea, air, pipeline or another word), ``label``.

    Other traits are keywords too; a person changes ``day``, ``playing`` and
    ``selected``, and Python may do so as well.

    >>> world = MapCanvas(sites=[{"name": "Naka", "lat": 36.5, "lon": 140.5}])
    >>> world.set_frames(fill=[[1.0], [0.4]], state=[[0], [2]])
    >>> world.shape, world.version
    ([2, 1, 0], 1)
    """

    _esm = source("common.js", "map_view.js", "map_draw.js", "map_page.js", "map_path.js", "map_lanes.js", "map.js")
    _css = source("canvas.css")

    sites = t.List(t.Dict(), help="see above").tag(sync=True)
    lanes = t.List(t.Dict(), help="see above").tag(sync=True)
    outline = t.Bytes(help="float32 longitude and latitude, NaN between rings").tag(sync=True)

    shape = t.List([1, 0, 0], help="days, sites, lanes").tag(sync=True)
    fill = t.Bytes(help="float32 (days, sites): stock relative to usual, 1 = usual").tag(sync=True)
    state = t.Bytes(help="uint8 (days, sites): position in palette.STATES").tag(sync=True)
    flow = t.Bytes(help="float32 (days, lanes): flow relative to usual, 1 = usual").tag(sync=True)
    dates = t.List(t.Unicode(), help="a date, or other words, per day; may be empty").tag(sync=True)

    playing = t.Bool(False, help="whether the days run by").tag(sync=True)
    speed = t.Float(12.0, min=0.5, max=60.0, help="days per second while playing").tag(sync=True)
    selected = t.Unicode("", help="name of the selected site, or nothing").tag(sync=True)
    lanes_too = t.Bool(False, help="whether a click on a lane arrives as {press: lane, lane: its position}").tag(
        sync=True
    )
    path = t.Dict(help="sites and lanes to stand out: pairs of position and share each; or nothing").tag(sync=True)

    @t.default("outline")
    def _outline(self) -> bytes:
        return _world()

    @t.validate("lanes")
    def _check_lanes(self, proposal: Any) -> list[dict[str, Any]]:
        for number, lane in enumerate(proposal.value):
            for end in ("from", "to"):
                if lane.get(end) not in range(len(self.sites)):
                    raise t.TraitError(
                        f"lane {number}: {end!r} is {lane.get(end)!r}; it must be the position "
                        f"of a site, 0 to {len(self.sites) - 1}. Set the sites first."
                    )
        return proposal.value

    def set_chain(self, sites: list[dict[str, Any]], lanes: list[dict[str, Any]]) -> None:
        """Show another chain; its frames are sent next, with :meth:`set_frames`."""
        with self.hold_sync():
            self.lanes = []
            self.sites = sites
            self.lanes = lanes
            self.shape = [1, len(sites), len(lanes)]
            self.fill = self.state = self.flow = b""
            self.selected, self.path = "", {}

    def set_frames(self, fill: Any, state: Any, flow: Any = None) -> None:
        """Show other days.

        Parameters
        ----------
        fill
            Stock of each site relative to usual, array ``(days, sites)`` (share).
        state
            State of each site, array ``(days, sites)`` (position in ``palette.STATES``).
        flow
            Flow on each lane relative to usual, array ``(days, lanes)`` (share);
            without it all lanes look as usual.
        """
        days, sites, lanes = len(fill), len(self.sites), len(self.lanes)
        fill = as_bytes(fill, np.float32, (days, sites), "fill (days, sites)")
        state = as_bytes(state, np.uint8, (days, sites), "state (days, sites)")
        highest = np.frombuffer(state, np.uint8).max(initial=0)
        if highest >= len(palette.STATES):
            raise ValueError(f"state goes up to {highest}; it must be 0 to {len(palette.STATES) - 1}.")
        flow = b"" if flow is None else as_bytes(flow, np.float32, (days, lanes), "flow (days, lanes)")
        with self.hold_sync():
            self.fill, self.state, self.flow = fill, state, flow
            self.shape = [days, sites, lanes]
            if self.day >= days:
                self.day = max(days - 1, 0)
            self.version += 1
