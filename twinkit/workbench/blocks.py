"""The blocks of an answer as widgets."""

from __future__ import annotations

from collections.abc import Sequence

from ipywidgets import Widget

from twinkit.apps.kit.facts import Facts as FactsPart
from twinkit.result import Block, Code, Facts, Heading, Picture, Points, Table, Text
from twinkit.workbench.answers import fill_block, part, told
from twinkit.workbench.drawing import Drawer


def widgets_of(blocks: Sequence[Block], drawer: Drawer, key: str) -> list[Widget]:
    """Widgets that show the blocks of an answer, section by section.

    Parameters
    ----------
    blocks
        What it is made of.
    drawer
        Draws its pictures beside the page.
    key
        Name of the question, for what tests look for.
    """
    sections: list[tuple[str, list[Block]]] = [("", [])]
    for block in blocks:
        if isinstance(block, Heading):
            sections.append((block.text, []))
        else:
            sections[-1][1].append(block)
    return [part(title, *_section(inside, drawer, key)) for title, inside in sections if inside]


def _section(blocks: Sequence[Block], drawer: Drawer, key: str) -> list[Widget]:
    found: list[Widget] = []
    said: list[str] = []

    def speak() -> None:
        if said:
            found.append(told(said, testid=f"{key}-words"))
            said.clear()

    for block in blocks:
        if isinstance(block, Text):
            said.append(block.text)
            continue
        if isinstance(block, Points):
            found.append(told([], "", list(block.items), testid=f"{key}-points"))
            continue
        speak()
        if isinstance(block, Facts):
            items = [{"name": f.label, "label": f.label[:1].upper() + f.label[1:], "value": f.value, "interval": f.interval,
                      "definition": f.definition} for f in block.items]  # fmt: skip
            found.append(FactsPart(facts=items, label="Main figures", testid=f"{key}-facts"))
        elif isinstance(block, Table):
            found.append(fill_block(block))
        elif isinstance(block, Picture):
            make = block.figure if callable(block.figure) else lambda theme, figure=block.figure: figure
            found.append(drawer.picture(make, block.name, block.caption))
        elif isinstance(block, Code):
            found.append(told([block.text], block.caption, testid=f"{key}-code"))
    speak()
    return found
