"""The step replenish, one stock after the other or all at once.  Compiled."""

from __future__ import annotations

from twinkit.chain.compiled import compiled
from twinkit.chain.deciding import decide, foresee
from twinkit.chain.placing import place


@compiled
def replenish(w, t, a, b):
    """Stocks order, customers before suppliers, each seeing today's orders of its customers."""
    for i in range(a, b):
        foresee(w, t, w.down_up[i])
        decide(w, t, w.down_up[i])
        place(w, t, w.down_up[i])


@compiled
def replenish_together(w, t, a, b):
    """Stocks order, all on the state at the start of the period."""
    for i in range(a, b):
        foresee(w, t, w.down_up[i])
    for i in range(a, b):
        decide(w, t, w.down_up[i])
    for i in range(a, b):
        place(w, t, w.down_up[i])
