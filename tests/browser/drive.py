"""What a person does with the page What if?."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

COMPILING = 240_000
"""Patience with the first picture [ms]: the day may have to be compiled."""

PIXELS = """canvas => {
  const data = canvas.getContext("2d").getImageData(0, 0, canvas.width, canvas.height).data;
  let sum = 0;
  for (let i = 0; i < data.length; i += 4) sum = (sum * 31 + data[i] + 256 * data[i + 1] + 65536 * data[i + 2]) % 2147483647;
  return sum;
}"""

FOCUSED = """() => {
  const e = document.activeElement, field = e.closest("[data-field]");
  return e.dataset.testid || (field ? field.dataset.field : e.className);
}"""


class App:
    """The page, as a person sees it."""

    def __init__(self, page: Any) -> None:
        self.page = page
        self.head = page.get_by_test_id("head")
        self.curves = page.get_by_test_id("twin-curves").first
        self.map = page.get_by_test_id("twin-map")
        self.blockers = page.get_by_test_id("blockers")

    def open(self, address: str) -> App:
        """Go there and wait for the whole picture."""
        self.page.goto(address)
        self.head.wait_for(timeout=60_000)
        self.settle()
        if "#s=" in address:  # what a link asks for comes after the page, and waits a moment for more
            self.page.wait_for_timeout(1500)
            self.settle()
        return self

    def settle(self) -> None:
        """Wait until nothing is being run."""
        self.page.wait_for_function(
            "() => { const h = document.querySelector('[data-testid=head]');"
            " return h && h.dataset.version > 0 && h.dataset.running === 'false'; }",
            timeout=COMPILING,
        )

    def after(self, act: Callable[[], Any], blocked: bool = False) -> None:
        """Do something and wait until the page shows all of what comes of it, or why nothing does."""
        before = int(self.head.get_attribute("data-version"))
        act()
        if blocked:
            self.blockers.locator("li").first.wait_for(timeout=60_000)
            return
        self.page.wait_for_function(
            "n => Number(document.querySelector('[data-testid=head]').dataset.version) > n", arg=before, timeout=60_000
        )
        self.settle()

    def said(self) -> str:
        """The sentences."""
        return self.page.get_by_test_id("headline").inner_text()

    def fact(self, name: str) -> str:
        """One of the big numbers, with its interval."""
        return self.page.locator(f"[data-fact={name}]").inner_text()

    def facts(self, name: str = "facts") -> str:
        """All of the big numbers."""
        return self.page.get_by_test_id(name).first.inner_text()

    def pixels(self) -> int:
        """A number that differs if the chart does."""
        return self.curves.locator("canvas.twin-canvas").evaluate(PIXELS)

    def focused(self) -> str:
        """What has the focus: its test id, the name of its field, or its class."""
        return self.page.evaluate(FOCUSED)

    def input(self, field: str, kind: str) -> Any:
        """The input of a field."""
        return self.page.locator(f"[data-field='{field}'] input[type={kind}]")

    def choice(self, field: str) -> Any:
        """The list of a field."""
        return self.page.locator(f"[data-field='{field}'] select")
