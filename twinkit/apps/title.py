"""What a page is called: on the list of pages, in the tab, in its address."""

from __future__ import annotations

import inspect
import json
from pathlib import Path
from typing import Any

from twinkit.question import GROUPS, in_groups

QUESTIONS = "questions.ipynb"
"""Notebook that is the page of every registered question."""
TITLE = "@twinkit-title@"
"""What stands in a notebook for the title of the page, where that is known when the page is asked for."""
LAST = 1000
"""Place of an app that says none."""


def slug(path: str | Path) -> str:
    """Address of an app: ``app_canvas.ipynb`` is served at ``/canvas``."""
    return Path(path).stem.removeprefix("app_").lower().replace(" ", "-")


def title_of(path: str | Path) -> dict[str, Any]:
    """What is said about an app on the list of apps.

    Returns
    -------
    dict
        ``title``: the notebook's metadata, else its heading; ``question``: its heading;
        ``about``: the first sentence of its first text cell; ``order``, ``audience`` and ``group``
        (heading that it is listed under) from ``twinkit`` in the metadata.
    """
    notebook = json.loads(Path(path).read_text(encoding="utf-8"))
    texts = ["".join(c["source"]) for c in notebook["cells"] if c["cell_type"] == "markdown"]
    lines = [line.strip() for line in (texts[0] if texts else "").splitlines() if line.strip()]
    heading = lines[0].lstrip("# ") if lines and lines[0].startswith("#") else ""
    metadata = notebook["metadata"]
    title = metadata.get("title") or heading or slug(path).replace("_", " ").capitalize()
    about = next((line for line in lines if not line.startswith("#")), "")
    ours = metadata.get("twinkit") or {}
    return {
        "title": title, "question": heading or title, "about": about, "order": ours.get("order", LAST),
        "audience": ours.get("audience", ""), "group": ours.get("group", ""),
    }  # fmt: skip


def pages_of(notebooks: list[Path]) -> dict[str, dict[str, Any]]:
    """Address → page: what :func:`title_of` says, and the ``file`` that shows it.

    Parameters
    ----------
    notebooks
        Notebooks that are served.  ``questions.ipynb`` is a page for every registered question; a
        question takes the place of a notebook with its address.
    """
    found = {slug(p): {**title_of(p), "file": p.name} for p in notebooks if p.name != QUESTIONS}
    if any(p.name == QUESTIONS for p in notebooks):
        for group, questions in in_groups().items():
            found |= {q.key: {
                "title": q.title, "question": q.asks, "about": (inspect.getdoc(q) or "").split("\n")[0], "order": q.order,
                "audience": q.audience, "group": group, "file": QUESTIONS, "tables": tuple(q.filled),
            } for q in questions}  # fmt: skip
    place = {name: i for i, name in enumerate(GROUPS)}
    by = sorted(found.items(), key=lambda item: (place.get(item[1]["group"], len(place)), item[1]["order"], item[1]["title"]))
    return {address: {**page, "address": address} for address, page in by}


def in_order(notebooks: list[Path]) -> list[Path]:
    """Notebooks in the order that their metadata asks for, else by name."""
    return sorted(notebooks, key=lambda path: (title_of(path)["order"], path.name))
