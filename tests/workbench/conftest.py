"""A case on the disk, and the panel of its tables."""

import pytest

import twinkit
from twinkit.tables import read_case, write_case
from twinkit.workbench.shell import Shell


@pytest.fixture
def folder(tmp_path):
    """A case of one's own, as a folder."""
    return write_case(twinkit.example("camera"), tmp_path / "mine")


@pytest.fixture
def panel(folder, tmp_path):
    """The data panel of the case, with a file that keeps its moves."""
    shell = Shell(read_case(folder), str(folder), store=tmp_path / "x.sqlite", author="Ann")
    made = shell.panel("data")
    made.shell = shell
    yield made
    shell.journal.store.close()
