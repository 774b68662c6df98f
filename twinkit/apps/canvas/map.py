"""The map of the chain: sites, lanes and what happens to them day by day."""

from __future__ import annotations

from functools import cache
from typing import Any

import numpy as np
import traitlets as t

from twinkit.apps.canvas.base import Canvas, as_bytes, source
from twinkit.show.outline import outline, packed
from twinkit.show.palette import STATES


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
        if highest >= len(STATES):
            raise ValueError(f"state goes up to {highest}; it must be 0 to {len(STATES) - 1}.")
        flow = b"" if flow is None else as_bytes(flow, np.float32, (days, lanes), "flow (days, lanes)")
        with self.hold_sync():
            self.fill, self.state, self.flow = fill, state, flow
            self.shape = [days, sites, lanes]
            if self.day >= days:
                self.day = max(days - 1, 0)
            self.version += 1
