"""What the plain chain knows of trouble: of sources that are out, and of stocks that are short."""

from __future__ import annotations

DUST = 1e-9


def is_lane(source):
    """Whether a source is a lane; else it is a recipe."""
    return hasattr(source, "origin")


def works(source):
    """Share of a source that works, as far as it is known."""
    now = source.open if is_lane(source) else source.up
    return now if source.out_for > source.late_to_know else 1.0


def watch_shortage(chain):
    """Count the periods at the ends of which stocks were short."""
    for stock in chain.stocks.values():
        short = stock.on_hand < stock.backlog + stock.required - DUST
        stock.short_for = stock.short_for + 1 if short else 0


def notice(chain):
    """Count the periods for which sources have been out, and others called in their place."""
    for stock in chain.stocks.values():
        for source in stock.sources:
            source.late_to_know = chain.detection_delay
            out = (source.open if is_lane(source) else source.up) < 1
            source.out_for = source.out_for + 1 if out else 0
        called = any(works(source) < 1 for source in stock.sources)
        stock.called_for = stock.called_for + 1 if called else 0
