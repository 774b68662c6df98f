"""Shared by all tests."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

import pytest
from hypothesis import Phase, settings

from twinkit import rooms
from twinkit.apps import nbpatch

os.environ.setdefault("JUPYTER_PLATFORM_DIRS", "1")
# an example that fails is told as it is: making a chain smaller can take longer than all tests together
settings.register_profile("as found", phases=[Phase.explicit, Phase.generate], deadline=None)  # nothing is timed
settings.load_profile("as found")
rooms.load()  # so that the tables of the capabilities are tested like those of the core, whichever test comes first
nbpatch.apply()  # notebooks run in tests must not wait for ever


HERE = Path(__file__).parent
LONG = ("browser", "report", "test_notebooks.py", "test_oracle.py", "tables/test_fuzz.py", "tables/test_check_case.py", "chain/test_branch.py",
        "tables/test_every_value_acts.py", "study/test_engines.py", "live")  # fmt: skip
"""Folders and files that take longest, or share most; with several workers they begin, so that none waits for another at the end."""
ONE_BY_ONE = ("test_notebooks.py", "test_oracle.py", "tables/test_fuzz.py")
"""Long files whose tests share nothing."""


def place(nodeid: str) -> str:
    """What a test belongs to: its file, or its folder if that is one of :data:`LONG`."""
    path = nodeid.split("::")[0].removeprefix(f"{HERE.name}/")
    folder = path.split("/")[0]
    return folder if folder in LONG else path


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """With several workers, what takes long comes first."""
    if hasattr(config, "workerinput"):
        order = {name: i for i, name in enumerate(LONG)}
        items.sort(key=lambda item: order.get(place(item.nodeid), len(order)))


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_make_scheduler(config: pytest.Config, log: Any) -> Any:
    """What a file has run once is not run again by another worker, and there is one browser: two at once are slower.

    Marks of groups would do, were they not passed over without a word by xdist 3.8 with pytest 9.2.
    """
    if config.getvalue("dist") != "loadgroup":
        return None
    from xdist.scheduler import LoadScopeScheduling

    class ByPlace(LoadScopeScheduling):
        def _split_scope(self, nodeid: str) -> str:
            where = place(nodeid)
            return nodeid if where in ONE_BY_ONE else where

    config.option.loadscopereorder = False
    return ByPlace(config, log)


def pytest_addoption(parser) -> None:
    parser.addoption("--truth", metavar="DIR", help="run the published cases of this folder, not the project's own")
