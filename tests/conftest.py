"""Shared by all tests."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from hypothesis import Phase, settings

from twinkit import rooms
from twinkit.apps import nbpatch

os.environ.setdefault("JUPYTER_PLATFORM_DIRS", "1")
# an example that fails is told as it is: making a chain smaller can take longer than all tests together
settings.register_profile("as found", phases=[Phase.explicit, Phase.generate])
settings.load_profile("as found")
rooms.load()  # so that the tables of the capabilities are tested like those of the core, whichever test comes first
nbpatch.apply()  # notebooks run in tests must not wait for ever


HERE = Path(__file__).parent
LONG = ("browser", "report", "test_notebooks.py", "test_oracle.py", "chain/test_branch.py", "study/test_engines.py", "live")
"""Folders and files that take longest, or share most; with several workers they begin, so that none waits for another at the end."""
ONE_BY_ONE = ("test_notebooks.py", "test_oracle.py")
"""Long files whose tests share nothing."""


@pytest.hookimpl(tryfirst=True)  # before xdist reads the marks
def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """With several workers: what a file has run once is not run again by another worker, and what is long comes first."""
    if not hasattr(config, "workerinput"):
        return

    def place(item: pytest.Item) -> str:
        path = item.path.relative_to(HERE)
        return path.parts[0] if path.parts[0] in LONG else path.as_posix()  # two browsers at once are slower than one

    order = {name: i for i, name in enumerate(LONG)}
    items.sort(key=lambda item: order.get(place(item), len(order)))
    for item in items:
        if place(item) not in ONE_BY_ONE:
            item.add_marker(pytest.mark.xdist_group(place(item)))


def pytest_addoption(parser) -> None:
    parser.addoption("--truth", metavar="DIR", help="run the published cases of this folder, not the project's own")
