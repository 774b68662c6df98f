"""Two repairs for Jupyter: a wait that cannot last for ever, and grammars that nobody asked for.

A notebook that runs under Voila, nbconvert or nbclient sometimes stops for good
("Executing 1 of 2"): while the client waits for a message on a socket without a
time limit, a send on the same socket can swallow the wake-up call.  Here such a
wait is made of short ones, so a lost wake-up costs half a second, not the page.
Reported as jupyter_client pull request 1010 and nbclient issue 312; to be
dropped when a release carries a repair.

And every server of Jupyter imports jsonschema, which imports rfc3987_syntax where that is installed,
and that builds 39 parsers of internationalised addresses: half of the time that a server takes to start.
Here they are built when the first such address is checked.
"""

from __future__ import annotations

import sys
from importlib import import_module
from queue import Empty
from types import ModuleType

LOOK_EVERY = 0.5
"""Longest single wait [s]."""


GRAMMARS = "rfc3987_syntax"


def apply() -> None:
    """Repair this process; a second call does nothing. Call it before anything else of Jupyter is imported."""
    if GRAMMARS not in sys.modules:
        sys.modules[GRAMMARS] = later = ModuleType(GRAMMARS)
        later.is_valid_syntax = is_valid_syntax
    from jupyter_client.channels import AsyncZMQSocketChannel

    original = AsyncZMQSocketChannel.get_msg
    if getattr(original, "patient", False):
        return

    async def get_msg(self, timeout=None):
        if timeout is not None:
            return await original(self, timeout)
        while True:
            try:
                return await original(self, LOOK_EVERY)
            except Empty:
                continue

    get_msg.patient = True
    AsyncZMQSocketChannel.get_msg = get_msg


def is_valid_syntax(term: str, value: str) -> bool:
    """Whether a text is an address of a kind ("iri", "iri_reference"), as the module says whose place this takes."""
    if getattr(sys.modules[GRAMMARS], "is_valid_syntax", None) is is_valid_syntax:
        del sys.modules[GRAMMARS]
        import_module(GRAMMARS)
    return sys.modules[GRAMMARS].is_valid_syntax(term, value)
