"""Shared by all tests."""

from __future__ import annotations

import os

from hypothesis import Phase, settings

from twinkit import rooms
from twinkit.apps import nbpatch

os.environ.setdefault("JUPYTER_PLATFORM_DIRS", "1")
# an example that fails is told as it is: making a chain smaller can take longer than all tests together
settings.register_profile("as found", phases=[Phase.explicit, Phase.generate])
settings.load_profile("as found")
rooms.load()  # so that the tables of the capabilities are tested like those of the core, whichever test comes first
nbpatch.apply()  # notebooks run in tests must not wait for ever


def pytest_addoption(parser) -> None:
    parser.addoption("--truth", metavar="DIR", help="run the published cases of this folder, not the project's own")
