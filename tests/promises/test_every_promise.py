"""Each promise of PROMISES.md has a test that is named after it."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

TESTS = Path(__file__).parents[1]
NAMED = re.compile(r"^def test_promise_(\d\d)_\w+\(", re.MULTILINE)
PROMISES = range(1, 45)


@pytest.fixture(scope="module")
def named() -> set[int]:
    """The numbers of all promises that some test function is named after."""
    sources = (path.read_text(encoding="utf-8") for path in TESTS.rglob("test_*.py"))
    return {int(number) for source in sources for number in NAMED.findall(source)}


@pytest.mark.parametrize("number", PROMISES)
def test_a_promise_has_a_test_named_after_it(number: int, named: set[int]) -> None:
    assert number in named, f"no test_promise_{number:02}_… under tests/"


def test_no_test_is_named_after_a_promise_nobody_gave(named: set[int]) -> None:
    assert named <= set(PROMISES)
