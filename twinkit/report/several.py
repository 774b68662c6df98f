"""Results of several studies in one report."""

from __future__ import annotations

from typing import Any


class Findings(dict[str, Any]):
    """Results by name, in the order in which a report shows them.

    Parameters
    ----------
    *args, **more
        As of a dict: name → whatever :func:`twinkit.report_of` takes.
    """
