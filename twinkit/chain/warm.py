"""Compile the day before somebody waits for it."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from zlib import crc32

from twinkit.chain.actors import base_stock
from twinkit.chain.chain import Chain
from twinkit.chain.compiled import cache_folder
from twinkit.tables.case import Case


def _mark() -> Path:
    """Empty file that says that all steps are compiled; their code is found by where the sources lie, and how old they are."""
    here = Path(__file__).parent
    newest = max(source.stat().st_mtime_ns for source in here.glob("*.py"))
    return Path(cache_folder()) / f"compiled-{crc32(f'{here} {newest}'.encode()):08x}"


def warm_up(say: Callable[[str], None] | None = None, rules: bool = False) -> None:
    """Compile the steps of the day, or load them if they are compiled already.

    Parameters
    ----------
    say
        Told in a sentence what is going on.
    rules
        Also compile what a chain with rules in Python needs: the steps one by one.
    """
    if say is not None:
        say("Compiling the steps of the day; this takes about a minute the first time and is kept.")
    Chain(smallest(), replications=2, record=["stocks.on_hand"]).run()
    if rules:
        Chain(smallest(), replications=2, policies={"shop": base_stock}).run()
    _mark().touch()


def smallest() -> Case:
    """A source, a shop and a market: the types of all arrays are those of any case."""
    return Case("warm", {
        "sites": [{"site": "source", "kind": "supplier"}, {"site": "shop", "kind": "retailer"}],
        "products": [{"product": "item"}],
        "stocks": [
            {"site": "source", "product": "item", "policy": "unlimited"},
            {"site": "shop", "product": "item", "policy": "base_stock", "order_up_to": 10},
        ],
        "lanes": [{"origin": "source", "destination": "shop", "product": "item", "lead_time": 1}],
        "markets": [{"market": "town", "site": "shop", "product": "item", "mean": 2, "spread": 1}],
    }, {"periods": 3})  # fmt: skip


def is_warm() -> bool:
    """Whether the day of this version is compiled already on this computer."""
    return _mark().exists()
