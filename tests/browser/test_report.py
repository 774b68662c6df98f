"""A report in a real browser: nothing is asked of any host, nothing runs, and it fits every screen."""

from __future__ import annotations

import pytest
from report.hostile import hostile_outcomes
from report.results import DAY

from twinkit import report_of


@pytest.fixture(scope="module")
def file(tmp_path_factory):
    """The report of a chain with hostile names."""
    path = tmp_path_factory.mktemp("report") / "report.html"
    return report_of(hostile_outcomes(), title="<img src=x onerror=alert(3)> Report", date=DAY).save(path)


@pytest.mark.parametrize(("width", "scheme"), [(1400, "light"), (390, "dark")])
def test_a_report_is_a_quiet_page(chromium, file, width, scheme):
    said: list[str] = []
    context = chromium.new_context(viewport={"width": width, "height": 900}, color_scheme=scheme)
    try:
        page = context.new_page()
        page.on("console", lambda message: said.append(f"console: {message.text}"))
        page.on("pageerror", lambda error: said.append(f"error: {error}"))
        page.on("dialog", lambda dialog: (said.append(f"dialog: {dialog.message}"), dialog.dismiss()))
        page.on(
            "request", lambda r: None if r.url.startswith("data:") or r.url == file.as_uri() else said.append(r.url)
        )
        context.route("http://**", lambda route: route.abort())
        context.route("https://**", lambda route: route.abort())
        page.goto(file.as_uri())
        page.wait_for_function("[...document.images].every(i => i.complete && i.naturalWidth > 300)")
        assert page.evaluate("document.documentElement.scrollWidth") <= width
        assert "<img src=x onerror=alert(3)> Report" in page.inner_text("h1")
        wanted = "rgb(255, 255, 255)" if scheme == "light" else "rgb(21, 25, 30)"
        assert page.evaluate("getComputedStyle(document.documentElement).backgroundColor") == wanted
        page.click("a.term >> nth=0")
        assert page.evaluate("document.querySelector('.glossary > div:target') !== null")
        page.emulate_media(media="print")
        assert page.evaluate("getComputedStyle(document.querySelector('.scroll')).overflowX") == "visible"
        assert page.evaluate("document.querySelector('img').currentSrc === document.querySelector('img').src")
        assert not said
    finally:
        context.close()
