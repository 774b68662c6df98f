"""Curves over days, with their uncertainty."""

from __future__ import annotations

from typing import Any

import numpy as np
import traitlets as t

from twinkit.apps.canvas.base import Canvas, as_bytes, source


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
