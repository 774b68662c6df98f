"""A document as one HTML page: no script that runs, nothing loaded, words for every picture.

The template escapes whatever it is given; the policy in the head forbids all that the page
does not need, so a name from a table can never become more than text.
"""

from __future__ import annotations

import base64
import hashlib
import html
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

from twinkit.result import Block, Branch, Code, Facts, Heading, Picture, Points, Table, Text, Tree
from twinkit.words import cut, held_together, one_line, visible

if TYPE_CHECKING:
    from jinja2 import Template

    from twinkit.report.document import Document

HERE = Path(__file__).parent
LONGEST_TEXT = 4_000
"""Characters of a paragraph that a page shows."""
DATA = "twinkit-data"
"""Id of the element that holds the data of the report."""
COLOURS = ("page", "ink", "quiet", "rule", "focus", "baseline", "scenario", "land")


def html_of(document: Document) -> str:
    """The page.

    Parameters
    ----------
    document
        What it holds.
    """
    terms = {term: f"g{n}" for n, term in enumerate(document.glossary, 1)}
    drawings = iter(document.drawings)
    blocks, level, heads = [], 1, []
    for block in document.blocks:
        if isinstance(block, Heading):
            level = min(max(block.level, 2), level + 1, 4)
            heads.append({"id": f"s{len(heads) + 1}", "text": one_line(block.text), "level": level})
            blocks.append({"kind": "heading", **heads[-1]})
        elif not isinstance(block, Table) or block.on_page:
            blocks.append(_shown(block, terms, document.glossary, drawings))
    style = style_sheet()
    return _template().render(
        lang=visible(document.lang), title=one_line(document.title), day=document.day, blocks=blocks,
        contents=[h for h in heads if h["level"] == 2],
        about=[(one_line(k), cut(v, 600)) for k, v in document.about.items()],
        glossary=[(terms[t], cut(t), cut(m, 600)) for t, m in document.glossary.items()],
        style=style, digest=base64.b64encode(hashlib.sha256(style.encode()).digest()).decode(),
        data=inert(document.data), data_id=DATA,
    )  # fmt: skip


def framed(document: Document) -> str:
    """The page in a frame of its own, for a notebook: nothing in it reaches the notebook."""
    page = html.escape(html_of(document), quote=True)
    title = html.escape(one_line(document.title), quote=True)
    return f'<iframe sandbox title="{title}" srcdoc="{page}" width="100%" height="720"></iframe>'


def inert(data: str) -> str:
    r"""JSON that cannot end the element that holds it.

    Examples
    --------
    >>> print(inert('"</script>"'))
    "\u003c/script\u003e"
    """
    for char in "<>&\u2028\u2029":
        data = data.replace(char, f"\\u{ord(char):04x}")
    return data


def _shown(block: Block, terms: dict[str, str], meanings: dict[str, str], drawings: Any) -> dict[str, Any]:
    """A block as the template reads it."""
    if isinstance(block, Text):
        return {"kind": "text", "tone": block.tone, "text": cut(block.text, LONGEST_TEXT)}
    if isinstance(block, Points):
        return {"kind": "points", "items": [cut(i, LONGEST_TEXT) for i in block.items]}
    if isinstance(block, Facts):
        facts = [{"label": _term(f.label, terms, meanings), "value": cut(f.value), "interval": cut(f.interval)}
                 for f in block.items]  # fmt: skip
        return {"kind": "facts", "items": facts}
    if isinstance(block, Table):
        return _table(block, terms, meanings)
    if isinstance(block, Tree):
        return {"kind": "tree", "caption": cut(block.caption), "branches": [_branch(b) for b in block.branches]}
    if isinstance(block, Picture):
        return _picture(next(drawings))
    if isinstance(block, Code):
        return {"kind": "code", "text": visible(block.text), "language": block.language, "caption": cut(block.caption)}
    raise TypeError(f"a document cannot hold {type(block).__name__}")


def _term(term: str, terms: dict[str, str], meanings: dict[str, str], text: str = "") -> dict[str, str]:
    """A name, with the place and the text of its definition if it has one."""
    known = term in terms
    return {
        "text": cut(text or term),
        "id": terms[term] if known else "",
        "meaning": cut(meanings[term], 600) if known else "",
    }


def _table(block: Table, terms: dict[str, str], meanings: dict[str, str]) -> dict[str, Any]:
    names = [str(n) for n in block.shown.columns]
    own = {n: block.definitions.get(n) for n in names}
    heads = [_term(n, terms if own[n] else {}, meanings, text) for n, text in zip(names, block.heads(), strict=True)]
    first = block.shown.iloc[:, 0].astype(str).tolist() if names else []
    rows = []
    for key, cells in zip(first, block.cells(), strict=False):
        head = _term(key, terms if block.rows.get(key) else {}, meanings, cells[0])
        rows.append({"head": head, "cells": [held_together(c) for c in cells[1:]]})
    return {
        "kind": "table", "caption": cut(block.caption), "heads": heads, "rows": rows, "numeric": block.numeric(),
        "left_out": block.left_out,
    }  # fmt: skip


def _branch(branch: Branch) -> dict[str, Any]:
    return {"text": cut(branch.text), "more": cut(branch.more, 600), "children": [_branch(b) for b in branch.children]}


def _picture(drawn: Any) -> dict[str, Any]:
    def address(data: bytes) -> str:
        return "data:image/png;base64," + base64.b64encode(data).decode()

    width, height = drawn.size
    return {
        "kind": "picture", "light": address(drawn.light), "dark": address(drawn.dark) if drawn.dark else "",
        "alt": cut(drawn.alt, LONGEST_TEXT), "caption": cut(drawn.caption, LONGEST_TEXT), "width": width, "height": height,
    }  # fmt: skip


@cache
def style_sheet() -> str:
    """The style sheet of the page with the colours of the palette."""
    from twinkit.show.palette import THEMES

    def colours(theme: str) -> str:
        return "".join(f"--{name}:{THEMES[theme][name]};" for name in COLOURS)

    sheet = (HERE / "page.css").read_text(encoding="utf-8")
    dark = f"@media screen and (prefers-color-scheme:dark){{:root{{{colours('dark')}}}}}"
    return f":root{{{colours('light')}}}\n{dark}\n{sheet}"


@cache
def _template() -> Template:
    from jinja2 import Environment, FileSystemLoader, StrictUndefined

    place = Environment(
        loader=FileSystemLoader(HERE), autoescape=True, undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True
    )
    return place.get_template("page.html.j2")


def data_in(page: str) -> str:
    """The data that a page carries; "" if there is none.

    Parameters
    ----------
    page
        Text of an HTML page.
    """
    start = page.find(f'<script type="application/json" id="{DATA}">')
    if start < 0:
        return ""
    start = page.index(">", start) + 1
    end = page.find("</script>", start)
    return page[start:end] if end > 0 else ""
