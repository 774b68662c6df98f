"""The list of scenarios as a widget."""

from __future__ import annotations

import traitlets as t

from twinkit.apps.kit.parts import script as kit_script
from twinkit.apps.kit.parts import style
from twinkit.workbench.panel_view import HERE, DeskPart

STYLE = style("form.css", "tip.css") + "".join(
    (HERE / name).read_text(encoding="utf-8") for name in ("workbench.css", "scenarios.css")
)


def _own(name: str) -> str:
    return kit_script("tip.js", "deliver.js") + "\n" + (HERE / name).read_text(encoding="utf-8")


class ScenarioList(DeskPart):
    """The scenarios: which one is looked at, which are compared, and with which.

    Messages: ``{choose: name}``, ``{tick: [name, on]}``, ``{base: name}``, ``{press: …}`` with
    new, duplicate, delete, save, and ``{load: text of a file}``.
    """

    _esm = _own("scenario_list.js")
    _css = STYLE

    rows = t.List(help="dicts of name, about, note, ticked, fixed").tag(sync=True)
    chosen = t.Unicode(help="the one that is looked at").tag(sync=True)
    base = t.Unicode(help="the baseline").tag(sync=True)
    full = t.Bool(False, help="whether no more can be compared").tag(sync=True)
    said = t.List(t.Unicode(), help="sentences about what was just done").tag(sync=True)
