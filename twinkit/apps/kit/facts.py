"""A few big numbers, each with its interval, its meaning and a way to ask why."""

from __future__ import annotations

import traitlets as t

from twinkit.apps.kit.parts import Part, script, style


class Facts(Part):
    """The numbers that are read first.

    Facts are dicts of ``name``, ``label``, ``value`` (as text), ``unit`` (set smaller; may be left out), ``interval``
    (in words),
    ``definition`` (behind the button "?"), ``why`` (whether there is a button that sends the
    message {press: "why", name}) and ``tone`` (better, worse or none).
    """

    _esm = script("tip.js", "facts.js")
    _css = style("tip.css", "form.css", "facts.css")

    facts = t.List(t.Dict(), help="see above").tag(sync=True)
    label = t.Unicode(help="name for screen readers").tag(sync=True)
    testid = t.Unicode("facts", help="data-testid").tag(sync=True)
