"""The answer to a question that was asked of a number: sentences, and what they rest on."""

from __future__ import annotations

import traitlets as t

from twinkit.apps.kit.parts import Part, script, style


class Answer(Part):
    """A box that opens with an answer, and that a person closes again.

    A press of its button arrives as the message {press: "close"}, that of the button
    while it waits as {press: "stop"}.
    """

    _esm = script("answer.js")
    _css = style("form.css", "answer.css")

    title = t.Unicode(help="the question; empty: nothing is shown").tag(sync=True)
    sentences = t.List(t.Unicode(), help="the answer").tag(sync=True)
    rows = t.List(help="[text, share] of what it rests on; the share is drawn as a bar").tag(sync=True)
    lead = t.Unicode(help="words before the rows").tag(sync=True)
    busy = t.Unicode(help="what it says while the answer is worked out").tag(sync=True)
    problem = t.Unicode(help="sentence about why there is no answer").tag(sync=True)
    testid = t.Unicode("answer", help="data-testid").tag(sync=True)
