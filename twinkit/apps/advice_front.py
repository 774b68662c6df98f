"""The front of the advice app: what safety costs, as points of which one may be chosen."""

from __future__ import annotations

from pathlib import Path

import traitlets as t

from twinkit.apps.kit.parts import Part, script, style

HERE = Path(__file__).parent


class Front(Part):
    """Points with intervals: cost to the right, loss upwards; the chosen one is marked.

    A dot is a dict of ``x``, ``x_low``, ``x_high``, ``y``, ``y_low``, ``y_high`` [money], ``name``, ``text`` (what is
    told of it), ``chosen``, ``as_is`` (no measure) and ``allowed``.  A click, or Enter, sends the
    message {choose: number of the dot}.
    """

    _esm = script("tip.js") + "\n" + (HERE / "advice_front.js").read_text(encoding="utf-8")
    _css = style("tip.css") + "\n" + (HERE / "advice_front.css").read_text(encoding="utf-8")

    dots = t.List(t.Dict(), help="see above").tag(sync=True)
    title = t.Unicode(help="heading").tag(sync=True)
    x_label = t.Unicode(help="what is to the right").tag(sync=True)
    y_label = t.Unicode(help="what is upwards").tag(sync=True)
    testid = t.Unicode("front", help="data-testid").tag(sync=True)
