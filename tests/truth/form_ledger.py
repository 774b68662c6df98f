"""Published figures of traces, proofs and contracts: every quantity that a file may state of them, ours beside it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from tests.truth.compared import Compared, Unreadable, same
from twinkit.capabilities.contracts.coordination import Deal, Market, demand_of
from twinkit.capabilities.trace import genealogy, provenance

Rows = list[Compared]


def traced(given: Mapping, expected: Mapping, about: Mapping) -> Rows:
    """Closures, recalls, shares, dispersion and balances of a log."""
    found = genealogy.genealogy_of_log(given["events"])
    spread = found.dispersion().set_index("lot")["finished_lots"].astype(int)
    raw = [str(found.names[i]) for i in found.raw]

    def recall(lot: str) -> dict[str, Any]:
        one = found.recall([lot])
        return {"descendants": list(one.lots), "places": list(one.places), "units_to_recall": one.units, "of_which_sold": one.sold, "still_in_store": one.left}

    ours = {
        "recall": {lot: recall(lot) for lot in expected.get("recall", {})},
        "backward": {lot: sorted(str(found.names[i]) for i in found.ancestors([found.at(lot)])) for lot in expected.get("backward", {})},
        "source_share": {lot: found.shares(lot) for lot in expected.get("source_share", {})},
        "downward_dispersion": spread.to_dict(), "total_dispersion": int(spread.sum()),
        "upward_dispersion": {str(found.names[i]): sum(str(found.names[j]) in raw for j in found.ancestors([i])) for i in found.finished},
        "mass_balance": dict(zip(found.names, found.balance.tolist(), strict=True)),
        "recall_if_only_product_and_week_known": max((genealogy.coarse_recall(found, [lot]).units for lot in raw), default=0.0),
    }  # fmt: skip
    return same(expected, ours, about)


def mixed_less(given: Mapping, expected: Mapping, about: Mapping) -> Rows:
    """The fewest links between raw and finished lots."""
    found = genealogy.least_mixing(given["raw"], given["finished"])
    return same(expected, {"total_dispersion": found.links, "least_dispersion": found.links, "links": found.links}, about)


def merkle(given: Mapping, expected: Mapping, about: Mapping) -> Rows:
    """Roots, audit paths and proofs of consistency; each proof is checked, too."""
    leaves = [bytes.fromhex(leaf) for leaf in given["leaves_hex"]]
    tree = provenance.MerkleTree(leaves)

    def path(name: str) -> list[str]:
        i, n = (int(x) for x in name.split(" of "))
        hashes = tree.inclusion(i, n)
        if not provenance.included(leaves[i], i, n, hashes, tree.root_of(n)):
            raise Unreadable(f"the audit path of {name} does not prove it")
        return [h.hex() for h in hashes]

    def proof(name: str) -> list[str]:
        m, n = (int(x) for x in name.replace(" in ", " of ").replace(" to ", " of ").split(" of "))
        hashes = tree.consistency(m, n)
        if not provenance.consistent(m, n, hashes, tree.root_of(m), tree.root_of(n)):
            raise Unreadable(f"the proof of {name} proves nothing")
        return [h.hex() for h in hashes]

    ours = {
        "empty_root": provenance.MerkleTree().root.hex(), "root": tree.root.hex(), "leaf_hashes": [h.hex() for h in tree.levels[0]],
        "roots_of_first_n": [tree.root_of(n).hex() for n in range(1, len(leaves) + 1)],
        "audit_path": {name: path(name) for name in expected.get("audit_path", {})},
        "consistency": {name: proof(name) for name in expected.get("consistency", {})},
        "consistency_proof": {name: proof(name) for name in expected.get("consistency_proof", {})},
    }  # fmt: skip
    return same(expected, ours, about)


def canonical(given: Mapping, expected: Mapping, about: Mapping) -> Rows:
    """Canonical JSON, and a hash chain over it."""
    ours: dict[str, Any] = {}
    if "rfc_object" in given:
        ours["canonical"] = provenance.canonical(provenance.read_json(given["rfc_object"])).decode()
    if "events" in given:
        ours["hash_chain"] = provenance.hash_chain(given["events"])
    return same(expected, ours, about)


def contracts(given: Mapping, expected: Mapping, about: Mapping) -> Rows:
    """What every contract leads to."""
    market = Market(demand_of(given["demand"]), given["price"], given["unit_cost"], given.get("salvage", 0.0))
    wholesale = given.get("wholesale")
    whole = market.profit(market.best)

    def told(deal: Deal) -> dict[str, float]:
        return {"w": deal.wholesale, "q": deal.quantity, "retailer": deal.retailer, "supplier": deal.supplier, "efficiency": deal.efficiency, **deal.terms}

    ours: dict[str, Any] = {"integrated": {"q": market.best, "profit": whole}, "supplier_best_wholesale": told(market.best_wholesale())}
    for name in expected:
        if name.startswith("wholesale"):
            ours[name] = told(market.wholesale(float(name.removeprefix("wholesale_") or wholesale)))
    if wholesale is not None:
        ours["buyback"] = told(market.buyback(wholesale, given.get("buyback")))
    if "revenue_share_retailer" in given:
        ours["revenue_sharing"] = told(market.revenue_sharing(given["revenue_share_retailer"], given.get("revenue_wholesale")))
    return same(expected, ours, about)


FORMS = (
    ({"leaves_hex"}, {"": merkle}),
    ({"rfc_object"}, {"": canonical}),
    ({"events", "rule"}, {"": canonical}),
    ({"raw", "finished"}, {"": mixed_less}),
    ({"demand", "price", "unit_cost"}, {"": contracts}),
    ({"events"}, {"": traced}),
)
