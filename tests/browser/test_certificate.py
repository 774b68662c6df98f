"""The page of a certificate checks it by itself: what holds, and everything that does not."""

from __future__ import annotations

import pytest

from twinkit.capabilities.trace import provenance
from twinkit.capabilities.trace.certificate import certificate_page

KEYS = {name: provenance.key_from_seed(name.encode()) for name in ("mine", "workshop", "keeper")}
PUBLIC = {name: provenance.public(key) for name, key in KEYS.items()}
SAID = {"product": "stone", "date": "2025-01-01", "place": "here", "units": 1}
EVENTS = [("mine", {"piece": "rough 1", "step": "used", "into": "ring 1", **SAID}), ("workshop", {"piece": "ring 1", "step": "made", **SAID}),
          ("workshop", {"piece": "ring 2", "step": "made", **SAID})]  # fmt: skip


@pytest.fixture
def page(chromium):
    """A page of a file, which asks nobody for anything."""
    asked: list[str] = []
    page = chromium.new_page()
    page.on("request", lambda r: None if r.url.startswith("file:") else asked.append(r.url))
    yield page
    page.close()
    assert asked == []


def altered(certificate: dict, name: str) -> dict:
    """The certificate with one thing changed."""
    first, *rest = certificate["records"]
    return {
        "nothing": certificate, "piece": certificate | {"piece": "ring 2"}, "size": certificate | {"head": certificate["head"] | {"size": 2}},
        "event": certificate | {"records": [first | {"event": first["event"] | {"place": "there"}}, *rest]},
        "index": certificate | {"records": [first | {"index": 9}, *rest]}, "by": certificate | {"records": [first | {"by": "workshop"}, *rest]},
        "signature": certificate | {"records": [first | {"signature": first["signature"].upper()}, *rest]},
        "path": certificate | {"records": [first | {"path": first["path"][:-1]}, *rest]},
    }[name]  # fmt: skip


def test_a_certificate_is_checked_in_the_browser(page, tmp_path, axe):
    records = provenance.write_log(EVENTS, KEYS)
    whole = provenance.certificate("ring 1", records, [0, 1], provenance.head_of(records, KEYS["keeper"]))
    file = tmp_path / "certificate.html"
    for name in ("nothing", "piece", "size", "event", "index", "by", "signature", "path"):
        found = altered(whole, name)
        file.write_text(certificate_page(found, PUBLIC, PUBLIC["keeper"], "<b>Ring</b>"), encoding="utf-8")
        page.goto(file.as_uri())
        verdict = page.locator("#verdict")
        page.wait_for_function("() => document.getElementById('verdict').textContent !== 'Not checked yet.'")
        held = verdict.inner_text().startswith("Holds")
        assert held == (name == "nothing") == (provenance.check_certificate(found, PUBLIC, PUBLIC["keeper"]) == []), (name, verdict.inner_text())
    assert page.locator("h1").inner_text() == "<b>Ring</b>"
    axe(page)


def test_names_stay_text(page, tmp_path):
    name = "<script>alert(1)</script>"
    records = provenance.write_log([("mine", {"piece": name, "step": "made", **SAID, "place": name})], KEYS)
    found = provenance.certificate(name, records, [0], provenance.head_of(records, KEYS["keeper"]))
    (tmp_path / "c.html").write_text(certificate_page(found, PUBLIC, PUBLIC["keeper"], name), encoding="utf-8")
    page.goto((tmp_path / "c.html").as_uri())
    assert page.locator("h1").inner_text() == name and name in page.locator("#steps").inner_text()
