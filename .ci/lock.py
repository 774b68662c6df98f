"""Write .ci/constraints.txt and docs/licences.md from the environment of the tests: ``make lock``.

The constraints are the versions with which all checks passed: `make app` and `make test` install these, so
that next year's installation works like today's.  `TWINKIT_NEWEST=1 make test` tries the newest ones.
"""

from __future__ import annotations

import re
import sys
import tomllib
from importlib.metadata import Distribution, distributions
from pathlib import Path

from packaging.requirements import Requirement

ROOT = Path(__file__).resolve().parents[1]
ENOUGH = 60
"""Characters of a licence that is told as a text instead of a name."""


def named(name: str) -> str:
    """A name of a package as indexes compare it."""
    return re.sub(r"[-_.]+", "-", name).casefold()


def licence(found: Distribution) -> str:
    """Licence of a package, as it says itself."""
    said = found.metadata.get("License-Expression") or ""
    kinds = [c.rsplit("::", 1)[-1].strip() for c in found.metadata.get_all("Classifier") or [] if c.startswith("License ::")]
    kinds = [k for k in kinds if k != "OSI Approved"]
    text = (found.metadata.get("License") or "").strip().splitlines()
    return said or ", ".join(dict.fromkeys(kinds)) or (text[0][:ENOUGH] if text else "see the package")


def closure(wanted: list[str], known: dict[str, Distribution]) -> set[str]:
    """Names of packages that are installed for some requirements."""
    found, todo = set(), [Requirement(text) for text in wanted]
    while todo:
        one = todo.pop()
        name = named(one.name)
        if name in found or name not in known or (one.marker and not one.marker.evaluate({"extra": ""})):
            continue
        found.add(name)
        for text in known[name].requires or []:
            need = Requirement(text)
            if need.marker is None or any(need.marker.evaluate({"extra": extra}) for extra in ("", *one.extras)):
                todo.append(Requirement(f"{need.name}{'[' + ','.join(need.extras) + ']' if need.extras else ''}"))
    return found


def main() -> None:
    """Write both files."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    known = {named(d.metadata["Name"]): d for d in distributions()}
    runtime = closure(project["dependencies"], known)
    extra = {name: closure(needs, known) - runtime for name, needs in project["optional-dependencies"].items()}
    tools = {"pip", "setuptools", "wheel", "twinkit"}
    lines = [f"{known[n].metadata['Name']}=={known[n].version}" for n in sorted(runtime.union(*extra.values()) - tools)]
    (ROOT / ".ci/constraints.txt").write_text("# versions with which all checks passed; written by make lock\n" + "\n".join(lines) + "\n")
    rows = [f"| {known[n].metadata['Name']} | {licence(known[n])} | always |" for n in sorted(runtime)]
    seen = set(runtime)
    for name, packages in extra.items():
        if name in ("test", "bench"):
            continue
        rows += [f"| {known[n].metadata['Name']} | {licence(known[n])} | `twinkit[{name}]` |" for n in sorted(packages - seen)]
        seen |= packages
    page = (
        "# Licences of what twinkit stands on\n\ntwinkit itself is MIT. It installs the packages below, each under its own licence; none of them is copied into it.\n"
        "What is shipped with it says where it comes from and under which licence beside it: data/README.md for cases and recorded events,\n"
        "`twinkit/capabilities/trace/gs1` for the schema of GS1.\n\nWritten by `make lock` from what the packages say of themselves.\n\n"
        "| package | licence | installed |\n|---|---|---|\n" + "\n".join(rows) + "\n"
    )
    (ROOT / "docs/licences.md").write_text(page)
    print(f"{len(lines)} versions in .ci/constraints.txt, {len(rows)} licences in docs/licences.md")


if __name__ == "__main__":
    sys.exit(main())
