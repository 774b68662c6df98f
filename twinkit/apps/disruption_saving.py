"""What can be taken away from the disruption app: the report, its tables and its pictures."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from twinkit.apps.disruption_model import DisruptionModel

if TYPE_CHECKING:
    from twinkit.report.document import Document

OFFERS = [
    ["html", "Report", "what-if.html"],
    ["pdf", "PDF", "what-if.pdf"],
    ["xlsx", "Excel", "what-if.xlsx"],
    ["zip", "Pictures and all", "what-if.zip"],
]
"""Name, button and file of what can be saved."""


class Report:
    """The report of what the page shows; made once, however many files are saved of it."""

    def __init__(self, model: DisruptionModel) -> None:
        self.model = model
        self._of: Any = None
        self._document: Document | None = None

    def document(self) -> Document:
        """The report of the newest results.

        Raises
        ------
        ValueError
            If nothing has been run yet.
        """
        from twinkit.report.builders import report_of

        results = self.model.results
        if results is None:
            raise ValueError("There is nothing to report yet: wait for the first picture.")
        if self._document is None or self._of is not results:
            pair = results.pair() or (results.as_is,)
            what = ", ".join(h.short() for h in self.model.happenings)
            self._document = report_of({o.scenario: o for o in pair}, title=f"What if? {what}"[:120])
            self._of = results
        return self._document

    def make(self, name: str) -> bytes:
        """The bytes of an offer."""
        document = self.document()
        makers: dict[str, Any] = {
            "html": lambda: document.to_html().encode(), "pdf": document.to_pdf, "xlsx": document.to_excel,
            "zip": document.to_zip,
        }  # fmt: skip
        return makers[name]()
