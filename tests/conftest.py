"""Shared by all tests."""

from __future__ import annotations

import os

from twinkit.apps import nbpatch

os.environ.setdefault("JUPYTER_PLATFORM_DIRS", "1")
nbpatch.apply()  # notebooks run in tests must not wait for ever


def pytest_addoption(parser) -> None:
    parser.addoption("--truth", metavar="DIR", help="run the published cases of this folder, not the project's own")
