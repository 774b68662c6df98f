"""Proofs, hashes, documents and genealogies against what stands outside the code, and against an attacker."""

from __future__ import annotations

import copy
import json
from hashlib import sha256
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats

from twinkit.capabilities.contracts.coordination import Market, demand_of
from twinkit.capabilities.trace import provenance
from twinkit.capabilities.trace.epcis import log_of_events, read_epcis
from twinkit.capabilities.trace.event_hash import digital_link, event_hash, namespaces
from twinkit.capabilities.trace.genealogy import coarse_recall, genealogy_of_log, least_mixing

FILES = Path(__file__).parents[1] / "data_epcis"


def plain_root(leaves: list[bytes]) -> bytes:
    """RFC 6962, section 2.1, as it is written."""
    if len(leaves) < 2:
        return sha256(b"\x00" + leaves[0]).digest() if leaves else sha256(b"").digest()
    k = 1
    while 2 * k < len(leaves):
        k *= 2
    return sha256(b"\x01" + plain_root(leaves[:k]) + plain_root(leaves[k:])).digest()


@settings(max_examples=40, deadline=None)
@given(st.lists(st.binary(max_size=4), min_size=1, max_size=40), st.data())
def test_a_tree_proves_what_is_in_it_and_nothing_else(leaves, data):
    tree = provenance.MerkleTree(leaves)
    n = data.draw(st.integers(1, len(leaves)))
    assert tree.root == plain_root(leaves) and tree.root_of(n) == plain_root(leaves[:n])
    i, m = data.draw(st.integers(0, n - 1)), data.draw(st.integers(1, n))
    path, proof = tree.inclusion(i, n), tree.consistency(m, n)
    assert provenance.included(leaves[i], i, n, path, tree.root_of(n))
    assert provenance.consistent(m, n, proof, tree.root_of(m), tree.root_of(n))
    assert not provenance.included(leaves[i] + b"!", i, n, path, tree.root_of(n))
    other = sha256(b"other").digest()
    for k in range(len(path)):
        assert not provenance.included(leaves[i], i, n, [*path[:k], other, *path[k + 1 :]], tree.root_of(n))
        assert not provenance.included(leaves[i], i, n, path[:k], tree.root_of(n))
    assert not provenance.included(leaves[i], i, n, [*path, other], tree.root_of(n))
    for k in range(len(proof)):
        assert not provenance.consistent(m, n, [*proof[:k], other, *proof[k + 1 :]], tree.root_of(m), tree.root_of(n))
    if m < n:
        assert not provenance.consistent(m, n, proof, other, tree.root_of(n)) and not provenance.consistent(m, n, [], tree.root_of(m), tree.root_of(n))


def test_numbers_are_written_as_ecmascript_does():
    """RFC 8785, appendix B."""
    table = {"4340000000000001": "9007199254740994", "4340000000000002": "9007199254740996", "444b1ae4d6e2ef50": "1e+21", "3eb0c6f7a0b5ed8d": "0.000001",
             "3eb0c6f7a0b5ed8c": "9.999999999999997e-7", "8000000000000001": "-5e-324", "7fefffffffffffff": "1.7976931348623157e+308",
             "41b3de4355555557": "333333333.33333343", "becbf647612f3696": "-0.0000033333333333333333", "43143ff3c1cb0959": "1424953923781206.2",
             "0000000000000000": "0", "8000000000000000": "0", "444b1ae4d6e2ef4e": "999999999999999700000", "4430000000000000": "295147905179352830000"}  # fmt: skip
    for bits, text in table.items():
        value = np.frombuffer(bytes.fromhex(bits), ">f8")[0].item()
        assert provenance.canonical(value).decode() == text
        assert provenance.canonical(provenance.read_json(text)).decode() == text
    assert list(json.loads(provenance.canonical({"\u20ac": 1, "\r": 2, "\ufb33": 3, "1": 4, "\U0001f600": 5, "\x80": 6, "\xf6": 7}))) == [
        "\r", "1", "\x80", "\xf6", "\u20ac", "\U0001f600", "\ufb33"]  # fmt: skip
    for bad in (float("nan"), 2**53, "\ud800", {1: 2}, {"a": object()}):
        with pytest.raises(ValueError, match="canonical"):
            provenance.canonical(bad)
    for text, says in {'{"a":1,"a":2}': "twice", "[1e999]": "more than JSON", "[NaN]": "no JSON number", "\ufeff <?xml version=\"1.0\"?><a/>": "is XML", "[" * 100_000: "levels deep", '{"a"': "line 1",
                       "[" * 65 + "]" * 65: "levels deep"}.items():  # fmt: skip
        with pytest.raises(ValueError, match=says):
            provenance.read_json(text)


def a_log(n: int = 24) -> tuple[list[dict], dict, dict, str]:
    keys = {name: provenance.key_from_seed(name.encode()) for name in ("mine", "cutter", "shop")}
    keeper = provenance.key_from_seed(b"keeper")
    records = provenance.write_log([(list(keys)[i % 3], {"lot": f"d{i % 5}", "carat": i / 8}) for i in range(n)], keys)
    return records, {k: provenance.public(v) for k, v in keys.items()}, provenance.head_of(records, keeper), provenance.public(keeper)


def test_every_alteration_is_found_and_named():
    """1,000 random alterations: of a value, a name, a hash, a signature, the order, a record more, a record less."""
    records, keys, head, keeper = a_log()
    assert provenance.audit(records, keys, head, keeper) == []
    luck, own = np.random.default_rng(1), provenance.key_from_seed(b"mine")
    for _ in range(1000):
        bad = copy.deepcopy(records)
        i, what = int(luck.integers(len(bad))), int(luck.integers(8))
        one = bad[i]
        kinds = {"altered", "not signed", "not the published log", "inserted"}
        if what == 0:
            one["event"]["carat"] += 1.0
        elif what == 1:
            one["event"]["lot"] += "x"
        elif what == 2:  # with all hashes worked out anew, and signed by whom he can
            one["event"]["carat"] += 0.5
            previous = bad[i - 1]["hash"] if i else provenance.FIRST
            for r in bad[i:]:
                r["previous"], r["hash"] = previous, provenance.link(r["event"], r["index"], previous)
                r["signature"] = own.sign(bytes.fromhex(r["hash"])).hex() if r["by"] == "mine" else r["signature"]
                previous = r["hash"]
        elif what == 3:
            del bad[i]
            kinds = {"dropped"}
        elif what == 4:
            bad.insert(i, copy.deepcopy(bad[int(luck.integers(len(bad)))]))
            kinds = {"inserted", "reordered"}
        elif what == 5:
            j = int((i + 1 + luck.integers(len(bad) - 1)) % len(bad))
            bad[i], bad[j] = bad[j], bad[i]
            kinds = {"reordered"}
        elif what == 6:
            one["by"] = "shop" if one["by"] != "shop" else "mine"
            kinds = {"not signed"}
        else:
            one["signature"] = bad[i - 1]["signature"]
            kinds = {"not signed"}
        found = provenance.audit(bad, keys, head, keeper)
        assert {f.kind for f in found} & kinds, (what, i, found)
        if what in (0, 1, 3, 6, 7):
            assert any(f.index == i for f in found), (what, i, found)
        assert all(f.sentence for f in found)
    whole = copy.deepcopy(records)
    for r in whole:
        r["event"]["carat"] += 1.0
    mine = {name: provenance.key_from_seed(name.encode()) for name in keys}
    again = provenance.write_log([(r["by"], r["event"]) for r in whole], mine)
    assert provenance.audit(again, keys) == [] and [f.kind for f in provenance.audit(again, keys, head, keeper)] == ["not the published log"]
    forged = provenance.head_of(again, provenance.key_from_seed(b"thief"))
    assert [f.kind for f in provenance.audit(again, keys, forged, keeper)] == ["not signed"]
    for junk in ([None], ["x"], [{}], [{**records[0], "index": "0"}], [{**records[0], "hash": "zz"}]):
        assert provenance.audit(junk, keys)[0].kind == "unreadable"


def test_a_certificate_proves_one_piece_and_shows_no_other():
    records, keys, head, keeper = a_log()
    chosen = [i for i, r in enumerate(records) if r["event"]["lot"] == "d2"]
    found = json.loads(json.dumps(provenance.certificate("d2", records, chosen, head)))
    assert provenance.check_certificate(found, keys, keeper) == []
    assert all(f'"d{k}"' not in json.dumps(found) for k in (0, 1, 3, 4))
    for change in ("event", "path", "signature", "hash", "by", "index"):
        bad = copy.deepcopy(found)
        one = bad["records"][1]
        one[change] = {"event": {"lot": "d2", "carat": 9.0}, "path": one["path"][:-1], "signature": one["signature"][:-2] + "00", "hash": "0" * 64,
                       "by": "shop" if one["by"] != "shop" else "mine", "index": one["index"] + 1}[change]  # fmt: skip
        assert provenance.check_certificate(bad, keys, keeper), change
    bad = copy.deepcopy(found)
    bad["head"]["root"] = "0" * 64
    assert len(provenance.check_certificate(bad, keys, keeper)) > 1
    assert any("does not name the piece d3" in told for told in provenance.check_certificate(found | {"piece": "d3"}, keys, keeper))
    assert provenance.check_certificate([], keys, keeper) and provenance.check_certificate({"head": {}, "records": []}, keys, keeper)


# --- EPCIS

OURS = json.loads((FILES / "hashes.json").read_text(encoding="utf-8"))
PUBLISHED = sorted(p for p in FILES.glob("*/*.jsonld"))


@pytest.mark.parametrize("path", PUBLISHED, ids=lambda p: p.name)
def test_published_documents_are_read(path):
    found = read_epcis(path)
    assert found.events and all(p.sentence for p in [*found.problems, *found.notes])
    if path.parent.name == "gs1":
        assert found.valid, found.problems
        if path.name in OURS:
            assert found.hashes() == OURS[path.name]
    else:  # examples of passports keep comments under names that the standard does not have
        assert all("is no name" in p.says or "EPCIS 1" in p.says or "must be a number" in p.says for p in found.problems), found.problems


def test_an_event_has_one_name_however_it_is_written():
    document = read_epcis(FILES / "gs1" / "JSON__AssociationEvent__AssociationEvent-f.jsonld")
    event = document.events[0]
    other = copy.deepcopy(event)
    other |= {"eventTime": "2019-11-06T13:00:00.0004Z", "bizStep": "https://ref.gs1.org/cbv/BizStep-installing", "childEPCs": event["childEPCs"][::-1],
              "parentID": digital_link(event["parentID"]), "recordTime": "2020-01-01T00:00:00Z"}  # fmt: skip
    assert event_hash(dict(reversed(other.items()))) == event_hash(event)
    assert event_hash(event | {"bizStep": "removing"}) != event_hash(event)
    assert namespaces(["https://ref.gs1.org/x", {"ex": "https://example.com/"}]) == {"ex": "https://example.com/"}


def test_every_key_becomes_a_link_with_its_check_digit():
    """Examples of the EPC Tag Data Standard and the GS1 General Specifications."""
    for urn, link in {"urn:epc:id:sgtin:0614141.112345.400": "01/10614141123459/21/400", "urn:epc:id:sscc:0614141.1234567890": "00/106141412345678908",
                      "urn:epc:id:sgln:0614141.12345.0": "414/0614141123452", "urn:epc:id:grai:0614141.12345.400": "8003/00614141123452400",
                      "urn:epc:id:giai:0614141.12345400": "8004/061414112345400", "urn:epc:class:lgtin:4012345.012345.998877": "01/04012345123456/10/998877",
                      "urn:epc:idpat:sgtin:0614141.112345.*": "01/10614141123459"}.items():  # fmt: skip
        assert digital_link(urn) == f"https://id.gs1.org/{link}"
    for same in ("urn:epc:id:sgtin:0614141.11234.400", "urn:epc:id:sscc:x.1", "https://example.com/01/12", "text", "urn:epc:id:sgtin:"):
        assert digital_link(same) == same


def test_what_a_schema_lets_pass_is_said():
    source = json.loads((FILES / "gs1" / "JSON__WithSensorData__SensorDataExample2.jsonld").read_text(encoding="utf-8"))
    event = source["epcisBody"]["eventList"][0]
    for change, says in [
        ({"bizStep": "https://ref.gs1.org/cbv/BizStep-shiping"}, "Did you mean 'shipping'"), ({"bizStep": "shiping"}, "Did you mean 'shipping'"),
        ({"disposition": "https://ref.gs1.org/cbv/BizStep-shipping"}, "another list"), ({"eventTime": "2019-02-30T10:00:00Z"}, "no time of a calendar"),
        ({"eventTime": "2019-04-02T15:00:00"}, "no time of a calendar"), ({"eventTimeZoneOffset": "+15:00"}, "offset from UTC"), ({"action": "observe"}, "not allowed"),
        ({"epcList": ["urn:epc:id:sgtin:061414.1.7"]}, "no valid EPC"), ({"mine": 1}, "needs a prefix"), ({"quantityList": [{"quantity": 3}]}, "epcClass: is missing"),
        ({"ilmd": {"cbvmda:itemExpirationDate": "2026-13-01"}}, "no day of a calendar"), ({"quantityList": [{"epcClass": "urn:x:y", "quantity": "3"}]}, "must be a number"),
        ({"bizTransactionList": [{"type": "urn:epcglobal:cbv:btt:po", "bizTransaction": "urn:x:1"}]}, "In EPCIS 2.0 it is 'po'"),
    ]:  # fmt: skip
        bad = copy.deepcopy(source)
        bad["epcisBody"]["eventList"][0] = event | change
        found = read_epcis(json.dumps(bad))
        assert not found.valid and any(says in p.sentence for p in found.problems), (change, found.problems)
    bad["epcisBody"]["eventList"][0]["sensorElementList"][0]["sensorMetadata"]["endTime"] = "2019-01-01T00:00:00Z"
    bad["epcisBody"]["eventList"].append(bad["epcisBody"]["eventList"][0] | {"action": "ADD"})
    told = "\n".join(map(str, read_epcis(bad).problems))
    assert "is before the start" in told and "says something else" in told
    for junk in ("", "[]", "{}", "nonsense", b"\xff\xfe", "[" * 10_000, '{"type": "EPCISDocument", "epcisBody": []}', '{"type": "EPCISDocument", "epcisBody": {"eventList": [1, null]}}'):
        found = read_epcis(junk)
        assert found.problems and not found.events


# --- genealogies


def amounts(kind, day, unit="KGM", **units):
    """An event on amounts of lots: quantityList of an observation, inputs (i_) and outputs (o_) of a transformation."""
    said = {"type": kind, "eventTime": f"2024-03-{day:02d}T08:00:00Z", "eventTimeZoneOffset": "+00:00", "bizLocation": {"id": "urn:epc:id:sgln:0614141.00001.0"}}
    for name, amount in units.items():
        way, lot = name.split("_")
        one = {"epcClass": f"urn:epc:class:lgtin:0614141.012345.{lot}", "quantity": amount} | ({"uom": unit} if unit else {})
        said.setdefault({"q": "quantityList", "i": "inputQuantityList", "o": "outputQuantityList"}[way], []).append(one)
    return said | ({"transformationID": "urn:uuid:1"} if kind.startswith("T") else {"action": "ADD", "bizStep": "commissioning"})


def test_amounts_in_grams_and_kilograms_add_up_and_parts_of_a_transformation_too():
    """100 kg of a and 50,000 g of b; 60 kg and 20,000 g make 30 + 45 kg of c, told in two parts."""
    events = [amounts("ObjectEvent", 1, q_a=100), amounts("ObjectEvent", 2, "GRM", q_b=50_000), amounts("TransformationEvent", 3, i_a=60, o_c=30),
              amounts("TransformationEvent", 3, "GRM", i_b=20_000, o_c=45_000)]  # fmt: skip
    found = genealogy_of_log(log_of_events(events))
    a, b, c = found.names
    assert found.balance.tolist() == pytest.approx([40, 30, 75]) and found.shares(c) == pytest.approx({a: 0.75, b: 0.25})
    with pytest.raises(ValueError, match="counted in KGM and in EA"):
        log_of_events([events[0], amounts("ObjectEvent", 2, "EA", q_a=3)])


@settings(max_examples=40, deadline=None)
@given(st.integers(0, 10_000))
def test_a_genealogy_is_that_of_a_plain_walk(seed):
    """Closures by recursion, shares by unrolling every path, in random logs of three stages."""
    luck = np.random.default_rng(seed)
    events, left = [], {}

    def add(kind, inputs, outputs, place):
        events.append({"id": f"e{len(events)}", "day": len(events) + 1, "type": kind, "inputs": inputs, "outputs": outputs, "place": place})
        for lot, units in inputs.items():
            left[lot] -= units
        left.update(outputs)

    for i in range(4):
        add("commission", {}, {f"raw-{i}": int(luck.integers(1, 9)) * 10}, f"farm {i}")
    for stage in range(2):
        for i in range(3):
            some = [lot for lot in left if left[lot] >= 2 and lot.startswith(("raw", "mid")[stage])]
            taken = {lot: int(luck.integers(1, left[lot] + 1)) for lot in luck.permutation(some)[:2].tolist()}
            if taken:
                add("transform", taken, {f"{('mid', 'end')[stage]}-{i}": sum(taken.values())}, "plant")
    for lot in [lot for lot in left if lot.startswith("end") and left[lot] > 0]:
        units = int(luck.integers(1, left[lot] + 1))
        add("ship", {lot: units}, {f"{lot}@s": units}, "shop")
        add("sell", {f"{lot}@s": int(luck.integers(0, units + 1))}, {}, "shop")
    found = genealogy_of_log(events)
    assert {n: float(b) for n, b in zip(found.names, found.balance, strict=True)} == {k: float(v) for k, v in left.items()}
    into: dict[str, set[str]] = {}
    for e in events:
        for a in e["inputs"]:
            into.setdefault(a, set()).update(e["outputs"])

    def walk(lot):
        return {x for b in into.get(lot, ()) for x in (b, *walk(b))}

    for lot in found.names:
        assert {found.names[i] for i in found.descendants([found.at(lot)])} == walk(lot)
        assert {found.names[i] for i in found.ancestors([found.at(lot)])} == {a for a in found.names if lot in walk(a)}
        shares = found.shares(lot)
        assert sum(shares.values()) == pytest.approx(1.0) and all(lot in {*walk(raw), raw} for raw in shares)
    one = found.recall([lot := found.names[-1]])
    assert (one.own, one.own_sold) == (left[lot], sum(e["inputs"].get(lot, 0) for e in events if e["type"] == "sell"))
    one = found.recall(["raw-0"])
    assert one.units == one.sold + one.left and one.units <= coarse_recall(found, ["raw-0"], 100).units


def test_labels_that_say_product_and_week_call_back_what_is_alike():
    """Two lots of cheese of the first week and one of the second; the names of lots say nothing of the product."""
    log = [{"type": "commission", "day": 1, "outputs": {"m1": 30, "m2": 30}, "product": "milk"}]
    log += [{"type": "transform", "day": d, "inputs": {m: 10}, "outputs": {c: 9}, "product": "cheese"} for d, m, c in ((2, "m1", "x"), (7, "m2", "y"), (8, "m2", "z"))]
    found = genealogy_of_log([*log, {"type": "ship", "day": 9, "inputs": {"x": 9}, "outputs": {"shelf": 9}}])
    assert list(found.product) == ["milk", "milk", "cheese", "cheese", "cheese", "cheese"]
    assert found.recall(["m1"]).units == 9 and coarse_recall(found, ["m1"]).units == 18 and coarse_recall(found, ["m1"], 14).units == 27


def test_a_log_that_cannot_be_is_said_whole():
    with pytest.raises(ValueError, match=r"no event before it made.*go out than came in|type 'burn'") as error:
        genealogy_of_log([{"id": "e1", "type": "burn"}, {"id": "e2", "type": "sell", "inputs": {"x": 3}}])
    assert "burn" in str(error.value) and "3 units more" in str(error.value)
    with pytest.raises(KeyError, match=r"Did you mean"):
        genealogy_of_log([{"id": "e1", "type": "commission", "outputs": {"milk-A": 3}}]).recall(["milk-B"])


@settings(max_examples=10, deadline=None)
@given(st.integers(0, 10_000))
def test_no_plan_has_fewer_links(seed):
    """Against every set of links of a small instance, and each plan is one that can be done."""
    luck = np.random.default_rng(seed)
    raw = {f"r{i}": {"a": float(luck.integers(2, 8))} for i in range(3)}
    total = sum(v["a"] for v in raw.values())
    finished = {"x": {"a": float(luck.integers(1, total // 2))}, "y": {"a": float(luck.integers(1, total // 2))}}
    found = least_mixing(raw, finished)
    assert found.proven
    assert (found.flows.groupby("raw")["units"].sum() <= [raw[r]["a"] + 1e-6 for r in sorted(found.flows["raw"].unique())]).all()
    assert found.flows.groupby("finished")["units"].sum().to_dict() == pytest.approx({k: v["a"] for k, v in finished.items()})
    pairs = [(r, f) for r in raw for f in finished]

    def enough(links):  # Hall: whatever lots are asked for, their raw lots hold it
        return all(sum(raw[r]["a"] for r in raw if any((r, f) in links for f in some)) >= sum(finished[f]["a"] for f in some) for some in (["x"], ["y"], ["x", "y"]))

    best = min(bin(m).count("1") for m in range(1 << len(pairs)) if enough({p for j, p in enumerate(pairs) if m >> j & 1}))
    assert found.links == best
    with pytest.raises(ValueError, match=r"units of a are needed"):
        least_mixing(raw, {"x": {"a": total + 1}})


# --- contracts


@pytest.mark.parametrize("demand", ["Normal(1000, 300)", "Uniform(500, 1500)", "Gamma(1000, 300)", "Lognormal(1000, 300)", "Exponential(800)"])
def test_contracts_share_what_one_company_would_earn(demand):
    market = Market(demand_of(demand), 10.0, 4.0, 1.0)
    best = market.profit(market.best)
    for deal in (market.buyback(7.0), market.revenue_sharing(0.6)):
        assert deal.efficiency == pytest.approx(1.0) and deal.retailer + deal.supplier == pytest.approx(best)
    assert market.best_wholesale().supplier >= max(market.wholesale(w).supplier for w in np.linspace(4.0, 9.9, 60)) - 1e-6
    worlds = market.demand.rvs(200_000, random_state=np.random.default_rng(1))
    deal = market.wholesale(7.0)
    sold = np.minimum(worlds, deal.quantity)
    profit = 9.0 * sold + deal.quantity * 1.0 - 7.0 * deal.quantity
    low, high = stats.norm.interval(0.9999, profit.mean(), profit.std() / np.sqrt(len(profit)))
    assert low <= deal.retailer <= high
    for wrong in ("Normal(1)", "Cauchy(1, 2)", "x", "", "Normal(100, -5)", "Normal(nan, 3)", "Uniform(100, 50)", "Gamma(0, 1)", "Poisson(-2)"):
        with pytest.raises(ValueError, match="is no demand"):
            demand_of(wrong)
    with pytest.raises(ValueError, match="worth less left over"):
        Market(demand_of(demand), 10.0, 11.0)


def test_a_record_has_one_form_and_a_head_costs_nothing_to_refuse():
    """Every field in every other form is found: another case of the digits, a space, a further name; and heads of any kind are a sentence."""
    keys = {"a": provenance.key_from_seed(b"a")}
    known, keeper = {"a": provenance.public(keys["a"])}, provenance.key_from_seed(b"k")
    records = provenance.write_log([("a", {"lot": f"L{i}"}) for i in range(6)], keys)
    head, by = provenance.head_of(records, keeper), provenance.public(keeper)
    assert provenance.audit(records, known, head, by) == []
    for name in ("hash", "previous", "signature"):
        for change in (str.upper, lambda text: text[:2] + " " + text[2:], lambda text: text + "00"):
            bad = [*records[:3], records[3] | {name: change(records[3][name])}, *records[4:]]
            assert any(f.index == 3 for f in provenance.audit(bad, known, head, by)), name
    assert provenance.audit([*records[:3], records[3] | {"note": "paid"}, *records[4:]], known, head, by)
    certificate = provenance.certificate("L2", records, [2], head)
    assert provenance.check_certificate(certificate, known, by) == []
    for size, root in ((2**70, head["root"]), (True, head["root"]), (10**15, head["root"]), (6, float("nan")), (6, head["root"].upper()), (-1, head["root"])):
        odd = {"size": size, "root": root, "signature": head["signature"]}
        assert provenance.audit(records, known, odd, by) and provenance.audit(records, known, odd)
        assert provenance.check_certificate(certificate | {"head": odd}, known, by)
    for path in (None, "ab", [1], ["AB"], [["00" * 32]]):
        assert provenance.check_certificate(certificate | {"records": [certificate["records"][0] | {"path": path}]}, known, by)
    odd = certificate["records"][0] | {"event": {"piece": ["L2"], "into": ["x"]}}
    assert provenance.check_certificate(certificate | {"records": [odd]}, known, by)
    gaps = [r | {"index": 2 * r["index"]} for r in provenance.write_log([("a", i) for i in range(600)], keys)]
    assert len(provenance.audit(gaps, known)) > 600  # in a moment, not in a minute


@pytest.mark.parametrize("demand", ["Poisson(12)", "Poisson(40)"])
def test_the_best_wholesale_price_of_whole_units_is_the_best_of_all(demand):
    market = Market(demand_of(demand), 10.0, 3.0, 1.0)
    best = market.best_wholesale()
    others = [market.wholesale(float(w)).supplier for w in np.linspace(3.001, 9.999, 900)]
    assert best.supplier >= max(others) and best.supplier == pytest.approx(max(others), rel=2e-3)
    assert market.wholesale(9.999).quantity >= 0 and Market(demand_of("Normal(100, 60)"), 10.0, 3.0).order(9.9) == 0.0
