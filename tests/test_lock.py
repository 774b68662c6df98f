"""Everything that twinkit names as a dependency has a version that was tested, and a licence that is told."""

from __future__ import annotations

import re
import tomllib
from pathlib import Path

import pytest
from packaging.requirements import Requirement
from packaging.version import Version

ROOT = Path(__file__).resolve().parents[1]
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
EXTRAS = {name: needs for name, needs in PROJECT["optional-dependencies"].items() if name not in ("gpu", "bench")}  # not part of the environment of the tests
NEEDS = {name: Requirement(text) for texts in [PROJECT["dependencies"], *EXTRAS.values()] for text in texts for name in [Requirement(text).name]}


def named(name):
    return re.sub(r"[-_.]+", "-", name).casefold()


@pytest.mark.parametrize("need", NEEDS.values(), ids=str)
def test_a_dependency_has_a_tested_version_within_its_range(need):
    lines = [line.split("==") for line in (ROOT / ".ci/constraints.txt").read_text(encoding="utf-8").splitlines() if "==" in line]
    versions = {named(name): Version(version) for name, version in lines}
    assert named(need.name) in versions, "run make lock"
    assert versions[named(need.name)] in need.specifier


def test_the_licences_of_what_is_always_installed_are_told():
    page = (ROOT / "docs/licences.md").read_text(encoding="utf-8")
    told = {named(line.split("|")[1].strip()): line.split("|")[2].strip() for line in page.splitlines() if line.startswith("| ") and "|" in line[2:]}
    for text in PROJECT["dependencies"]:
        assert told[named(Requirement(text).name)] not in ("", "see the package")
