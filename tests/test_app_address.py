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


def test_go_to_leads_to_what_the_reader_may_see_and_to_nothing_else(full, opened):
    def offered(role: str) -> set[str]:
        run = opened(full, role=role)
        run.button(key="goto").click().run()
        return set(run.selectbox(key="goto.place").options)

    assert {"Churn · How far to trust it", "M28 · Churn"} <= offered("analyst")
    care = offered("care")
    assert "Customer" in care
    assert not [each for each in care if each.startswith(("Churn", "Runs"))]
