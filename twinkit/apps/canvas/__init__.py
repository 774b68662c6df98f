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

from twinkit.apps.canvas.curves import CurvesCanvas
from twinkit.apps.canvas.map import MapCanvas

__all__ = ["CurvesCanvas", "MapCanvas"]
