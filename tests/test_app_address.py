"""What a click writes into the address."""

from __future__ import annotations

from types import SimpleNamespace

from app import urls


def test_a_click_that_says_two_things_is_one_step_of_back(monkeypatch):
    """Each write is a step of its own: between two the page would show what nobody asked for."""
    written = []
    address = {"lang": "ru", "whose": "west"}
    params = SimpleNamespace(to_dict=lambda: dict(address), from_dict=written.append)
    monkeypatch.setattr(urls.st, "query_params", params)
    urls.turn(rows="2026-10-01", whose="")
    urls.turn(whose="west")
    assert written == [{"lang": "ru", "rows": "2026-10-01"}]
