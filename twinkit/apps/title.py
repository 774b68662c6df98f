"""What an app notebook is called: on the list of apps, in the tab, in its address."""

from __future__ import annotations

import json
from pathlib import Path


def slug(path: str | Path) -> str:
    """Address of an app: ``app_canvas.ipynb`` is served at ``/canvas``."""
    return Path(path).stem.removeprefix("app_").lower().replace(" ", "-")


def title_of(path: str | Path) -> dict[str, str]:
    """Title and one sentence about an app, from its first text cell."""
    notebook = json.loads(Path(path).read_text(encoding="utf-8"))
    texts = ["".join(c["source"]) for c in notebook["cells"] if c["cell_type"] == "markdown"]
    lines = [line.strip() for line in (texts[0] if texts else "").splitlines() if line.strip()]
    heading = lines[0].lstrip("# ") if lines and lines[0].startswith("#") else ""
    title = notebook["metadata"].get("title") or heading or slug(path).replace("_", " ").capitalize()
    about = next((line for line in lines if not line.startswith("#")), "")
    return {"title": title, "about": about}
