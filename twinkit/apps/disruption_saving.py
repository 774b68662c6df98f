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


def document_of(model: DisruptionModel) -> Document:
    """The report of what the page shows.

    Raises
    ------
    ValueError
        If nothing has been run yet.
    """
    from twinkit.report.builders import report_of

    results = model.results
    if results is None:
        raise ValueError("There is nothing to report yet: wait for the first picture.")
    pair = results.pair()
    outcomes = {o.scenario: o for o in pair} if pair else {results.as_is.scenario: results.as_is}
    what = ", ".join(h.short() for h in model.happenings)
    return report_of(outcomes, title=f"What if? {what}"[:120])


def make(model: DisruptionModel, name: str) -> bytes:
    """The bytes of an offer."""
    document = document_of(model)
    makers: dict[str, Any] = {
        "html": lambda: document.to_html().encode(), "pdf": document.to_pdf, "xlsx": document.to_excel, "zip": document.to_zip,
    }  # fmt: skip
    return makers[name]()
