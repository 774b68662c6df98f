"""What an app notebook is called: on the list of apps, in the tab, in its address."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

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
        ``about``: the first sentence of its first text cell; ``order`` and ``audience``
        from ``twinkit`` in the metadata.
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
        "audience": ours.get("audience", ""),
    }  # fmt: skip


def in_order(notebooks: list[Path]) -> list[Path]:
    """Notebooks in the order that their metadata asks for, else by name."""
    return sorted(notebooks, key=lambda path: (title_of(path)["order"], path.name))
