"""Results that several tests look at, made once."""

from __future__ import annotations

from typing import Any

import pytest
from report.results import DAY, STUDIES

from twinkit import report_of


@pytest.fixture(scope="session")
def result_of():
    """Result by name; made once."""
    made: dict[str, Any] = {}

    def result(name: str) -> Any:
        if name not in made:
            made[name] = STUDIES[name]()
        return made[name]

    return result


@pytest.fixture(scope="session")
def document_of(result_of):
    """Report by the name of its result; made once."""
    made: dict[str, Any] = {}

    def document(name: str) -> Any:
        if name not in made:
            made[name] = report_of(result_of(name), date=DAY, note="A remark.")
        return made[name]

    return document
