"""Reports: the answer, the numbers and how to get them again, as one file to hand on.

In reading order: `pictures`, `document`, `page` (HTML), `pdf`, `book` (Excel), `deck` (slides), `bundle` (zip), `kept` (what is
needed to run it again), `found` (reading it back), `again` (running it) and `builders` (what makes the report of a result).
"""

from twinkit.lazy import lazy_names

_PLACES = {
    "Code": "twinkit.result",
    "Document": "twinkit.report.document",
    "Fact": "twinkit.result",
    "Facts": "twinkit.result",
    "Findings": "twinkit.report.kept",
    "Heading": "twinkit.result",
    "Picture": "twinkit.result",
    "Points": "twinkit.result",
    "Table": "twinkit.result",
    "Text": "twinkit.result",
    "Branch": "twinkit.result",
    "Tree": "twinkit.result",
    "report_of": "twinkit.report.builders",
    "rerun": "twinkit.report.again",
}
"""Public name → module that holds it."""

__all__ = list(_PLACES)
__getattr__, __dir__ = lazy_names(__name__, _PLACES)
