"""A certificate for one piece: its way from where it began, which whoever holds it can check alone.

Every move of every piece is a record of its own, signed by the company whose it is, and all are leaves of one tree, whose
head the keeper of the log publishes.  The certificate has the records of one piece, the hashes that lead from each to
the head, and nothing of any other piece.  The page that :func:`certificate_page` writes checks them in a browser,
without a network.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from html import escape
from pathlib import Path
from typing import Any

import numpy as np
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from twinkit.capabilities.trace.ledger import BOUGHT, START, Ledger
from twinkit.capabilities.trace.provenance import certificate, head_of, key_from_seed, public, write_log
from twinkit.capabilities.trace.writing import Identifiers, day_of
from twinkit.tables.problems import CaseError, Problem, did_you_mean

STEPS = {"begun": "began here", "sent": "was sent on", "came": "arrived", "used": "went into", "made": "was made of", "sold": "was sold", "scrapped": "was scrapped"}


@dataclass(frozen=True)
class Log:
    """The log of all pieces of a ledger.

    Attributes
    ----------
    records, head
        As :func:`~twinkit.capabilities.trace.provenance.write_log` and `head_of` give them.
    of_piece
        Code of a piece → numbers of its records.
    parts
        Code of a piece → codes of the pieces that went into it.
    keys, keeper
        Public keys of the companies, and of who keeps the log.
    """

    records: list[dict[str, Any]]
    head: dict[str, Any]
    of_piece: dict[str, list[int]]
    parts: dict[str, list[str]]
    keys: dict[str, str]
    keeper: str


def log_of(ledger: Ledger, keys: Mapping[str, Ed25519PrivateKey] | None = None, keeper: Ed25519PrivateKey | None = None) -> Log:
    """Write every move of every lot of a ledger into a log, each signed by the company whose it is.

    Parameters
    ----------
    ledger
        The lots of one world.
    keys, keeper
        Private keys of the companies and of who keeps the log; by default keys of demonstration, which anybody can work out.
    """
    net, names = ledger.plan.net, Identifiers(ledger)
    firm = {s: c or s for s, c in zip(net.sites["site"], net.sites["company"], strict=True)}
    keys = keys or {c: key_from_seed(f"demonstration {c}".encode()) for c in firm.values()}
    keeper = keeper or key_from_seed(b"demonstration keeper")
    lanes, recipes, markets, scrap = ledger.places
    stock_site = net.stocks["site"].tolist()
    ends = list(zip(net.lanes["origin"], net.lanes["destination"], strict=True))
    codes, products = names.lots, net.stocks["product"].to_numpy(object)[ledger.row]
    rows: list[tuple[int, int, int, str, dict[str, Any]]] = []

    def put(day: float, order: int, lot: int, site: str, step: str, units: float, **more: Any) -> None:
        event = {"piece": codes[lot], "product": str(products[lot]), "step": step, "date": day_of(ledger, int(day)), "place": site, "units": round(float(units), 9), **more}
        rows.append((int(day), order, lot, firm[site], event))

    for day, lot, a, b, units in ledger.moved.tolist():
        lot, a, b = int(lot), int(a), int(b)
        if a < 0:
            if ledger.origin[lot] in (BOUGHT, START):
                put(day, 0, lot, stock_site[b] if b < lanes else ends[b - lanes][1] if b < recipes else net.recipes["site"][b - recipes], "begun", units)
        elif a < lanes and lanes <= b < recipes:
            put(day, 4, lot, stock_site[a], "sent", units, to=ends[b - lanes][1])
        elif lanes <= a < recipes and b < lanes:
            put(day, 1, lot, stock_site[b], "came", units)
        elif recipes <= a < markets and b < lanes:
            put(day, 3, lot, stock_site[b], "made", units)
        elif markets <= b < scrap:
            put(day, 5, lot, stock_site[a], "sold", units)
        elif b == scrap:
            put(day, 6, lot, stock_site[a] if a < lanes else ends[a - lanes][1] if a < recipes else net.recipes["site"][a - recipes], "scrapped", units)
    parts: dict[str, list[str]] = {}
    for day, lot, _, into, units in ledger.used.tolist():
        put(day, 2, int(lot), stock_site[ledger.row[int(into)]], "used", units, into=codes[int(into)])
        parts.setdefault(codes[int(into)], []).append(codes[int(lot)])
    rows.sort(key=lambda r: r[:3])
    records = write_log([(by, event) for _, _, _, by, event in rows], keys)
    of_piece: dict[str, list[int]] = {}
    for i, record in enumerate(records):
        of_piece.setdefault(record["event"]["piece"], []).append(i)
    return Log(records, head_of(records, keeper), of_piece, parts, {c: public(k) for c, k in keys.items()}, public(keeper))


def certificate_of(log: Log, piece: str) -> dict[str, Any]:
    """The certificate of a piece and of all that went into it.

    Raises
    ------
    CaseError
        If there is no such piece.
    """
    if piece not in log.of_piece:
        raise CaseError([Problem("certificate", None, "piece", piece, "is no piece of this log", did_you_mean(piece, list(log.of_piece)[:5000]))])
    family, front = {piece}, [piece]
    while front:
        front = [p for code in front for p in log.parts.get(code, []) if p not in family]
        family.update(front)
    chosen = sorted(i for code in family for i in log.of_piece.get(code, []) if log.records[i]["event"].get("into", piece) in family)
    return certificate(piece, log.records, chosen, log.head)


def certificate_page(found: Mapping[str, Any], keys: Mapping[str, str], keeper: str, title: str = "") -> str:
    """A page that shows a certificate and checks it in the browser, with nothing from outside.

    Parameters
    ----------
    found, keys, keeper
        As for :func:`~twinkit.capabilities.trace.provenance.check_certificate`.
    title
        What stands at the top.
    """
    data = json.dumps({"certificate": found, "keys": dict(keys), "keeper": keeper, "steps": STEPS}, ensure_ascii=True).replace("<", "\\u003c")
    script = (Path(__file__).parent / "certificate.js").read_text(encoding="utf-8")
    heading = escape(title or "Certificate")
    return f"""<!doctype html>
<html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1"><title>{heading}</title>
<style>body{{font:1rem/1.5 system-ui,sans-serif;max-width:40rem;margin:1rem auto;padding:0 1rem}}li{{margin:.4rem 0}}code{{overflow-wrap:anywhere}}
#verdict{{font-weight:bold;border:2px solid;padding:.6rem;border-radius:.4rem}}@media(prefers-color-scheme:dark){{body{{background:#111;color:#eee}}}}</style></head>
<body><h1>{heading}</h1><p>Piece <code id="piece"></code></p><p id="verdict" role="status">Not checked yet.</p><ol id="steps"></ol>
<p>What this shows: the records are those that the companies signed, none was changed, and all are in the published log. It does not show that what
they wrote was true, nor that this is the piece in your hand.</p>
<script type="application/json" id="data">{data}</script><script>{script}</script></body></html>
"""


def pieces_sold(ledger: Ledger) -> np.ndarray:
    """Numbers of the lots that customers have, the latest last."""
    _, _, markets, scrap = ledger.places
    to = ledger.moved[:, 3]
    return ledger.moved[(to >= markets) & (to < scrap), 1].astype(int)
