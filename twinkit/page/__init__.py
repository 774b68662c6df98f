"""Pages for people who decide: one page for every question, made of its declaration.

``twinkit app`` serves a page for every registered question; in a notebook
``twinkit.page.show("confidence")`` is one.
"""

from __future__ import annotations

from twinkit.page.page import show as show

__all__ = ["show"]
