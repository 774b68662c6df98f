"""A result that nobody has written a view for: tables, figures and texts as they are."""

from __future__ import annotations

from html import escape
from typing import Any

import pandas as pd
from ipywidgets import HTML, Image, Widget

from twinkit.apps.kit.picture import saved


def shown(result: Any, title: str) -> list[Widget]:
    """Widgets for a table, a figure, a text, or a list or dict of them.

    Parameters
    ----------
    result
        What a study gave; something else is shown by its ``table()`` if it has one, else
        as text.
    title
        What it is called for screen readers.
    """
    if isinstance(result, dict):
        return [
            widget for name, one in result.items() for widget in [_heading(str(name)), *shown(one, f"{title}: {name}")]
        ]
    if isinstance(result, (list, tuple)):
        return [widget for one in result for widget in shown(one, title)]
    if isinstance(result, Widget):
        return [result]
    if callable(getattr(result, "savefig", None)):
        return [_picture(result, title)]
    if isinstance(result, pd.Series):
        result = result.to_frame()
    if not isinstance(result, pd.DataFrame) and callable(getattr(result, "table", None)):
        result = result.table()
    if isinstance(result, pd.DataFrame):
        return [_table(result, title)]
    return [HTML(f'<p class="twb-text">{escape(str(result))}</p>')]


def _heading(name: str) -> HTML:
    return HTML(f"<h3>{escape(name)}</h3>")


def _table(frame: pd.DataFrame, title: str) -> HTML:
    words = frame.head(500).to_html(index=not isinstance(frame.index, pd.RangeIndex), border=0, na_rep="", escape=True)
    more = f"<p>The first 500 of {len(frame):,} rows.</p>" if len(frame) > 500 else ""
    return HTML(f'<div class="twb-table" role="region" aria-label="{escape(title)}" tabindex="0">{words}</div>{more}')


def _picture(figure: Any, title: str) -> Image:
    return Image(value=saved(figure, "png"), format="png", alt=getattr(figure, "description", title))
