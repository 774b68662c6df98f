"""The bar at the top of the workbench and its tabs, as widgets."""

from __future__ import annotations

import traitlets as t

from twinkit.workbench.panel_view import DeskPart, script


class Bar(DeskPart):
    """The case, the chosen scenario, undo, redo, the history, and whether all is saved.

    Messages: ``{choose: name}``, ``{replications: n}``, ``{seed: n}``, ``{opened: true}``, ``{undo: true}``,
    ``{redo: true}``, ``{history: open}``, ``{restore: move}``, ``{keep: name}``, ``{line: name}``.
    """

    _esm = script("bar.js")

    title = t.Unicode(help="title of the case").tag(sync=True)
    place = t.Unicode(help="where it was read from").tag(sync=True)
    scenarios = t.List(t.Unicode(), help="names of the scenarios").tag(sync=True)
    chosen = t.Unicode(help="the one that is looked at").tag(sync=True)
    replications = t.Int(256, help="worlds").tag(sync=True)
    seed = t.Int(1, help="seed of all chance").tag(sync=True)
    undo = t.Bool(False, help="whether there is a move to take back").tag(sync=True)
    redo = t.Bool(False, help="whether there is a move to make again").tag(sync=True)
    kept = t.Unicode(help="whether all is saved").tag(sync=True)
    failed = t.Bool(False, help="whether something is not").tag(sync=True)
    notices = t.List(t.Unicode(), help="sentences to read first").tag(sync=True)
    failure = t.Unicode(help="sentence about an error of the program").tag(sync=True)
    history = t.Dict(help="open, now, line, lines, moves, versions").tag(sync=True)


class Tabs(DeskPart):
    """The tabs; the browser changes `selected`."""

    _esm = script("tabs.js")

    tabs = t.List(help="pairs of key and title").tag(sync=True)
    selected = t.Unicode(help="key of the open panel").tag(sync=True)
