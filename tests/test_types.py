"""The type hints of the public face: a checker reads a program that uses it."""

from __future__ import annotations

import inspect
import subprocess
import sys
from pathlib import Path

import pytest

import twinkit

ROOT = Path(__file__).resolve().parent.parent


def test_a_program_with_the_public_face_is_checked(tmp_path):
    """Right uses have the types that are said, wrong ones are found, and no public name is of any type at all."""
    names = [n for n in twinkit.__all__ if n != "__version__"]
    every = tmp_path / "every.py"
    every.write_text("import twinkit\n" + "".join(f"reveal_type(twinkit.{n})\n" for n in names))
    command = [sys.executable, "-m", "mypy", "--follow-imports=silent", "--ignore-missing-imports", "--warn-unused-ignores",
               f"--cache-dir={tmp_path}", "--no-error-summary", str(ROOT / "tests/face.py"), str(every)]  # fmt: skip
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    assert not [line for line in done.stdout.splitlines() if ": error: " in line], done.stdout
    revealed = [line.split('"', 1)[1] for line in done.stdout.splitlines() if "Revealed type" in line]
    assert len(revealed) == len(names), done.stdout + done.stderr
    assert [n for n, said in zip(names, revealed, strict=True) if said.startswith("Any")] == []


@pytest.mark.parametrize("name", [n for n in twinkit.__all__ if hasattr(getattr(twinkit, n), "__wrapped__")])
def test_every_study_says_that_a_name_will_do_for_a_case(name):
    first = next(iter(inspect.signature(getattr(twinkit, name)).parameters.values()))
    assert "CaseLike" in first.annotation, first
