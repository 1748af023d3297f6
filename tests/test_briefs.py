"""Briefs: a view on one page of paper, made in the app, by `cx brief` and after a run."""

from __future__ import annotations

import re
import subprocess
from pathlib import Path

import pytest
from streamlit.testing.v1 import AppTest

from app import brief
from app.access import NotAllowed, Visitor
from cx import aftermath, briefs, notify
from cx.cli import main
from cx.errors import CheckFailed, UserError
from cx.redaction import redactor
from cx.settings import REPO, Settings
from tests.visitors import at_page

PRODUCT_MANAGER = Visitor("in", "actor", frozenset({"product_manager"}))
VIEWER = Visitor("in", "actor", frozenset({"viewer"}))


def noted(settings: Settings, monkeypatch, page: str, **address: str) -> brief.Brief:
    monkeypatch.setenv("CX_HOME", str(settings.home))
    run = AppTest.from_file(str(REPO / "app" / "main.py"), default_timeout=60)
    at_page(run, page, **address)
    assert not run.exception
    return run.session_state["brief"]


def test_a_brief_says_what_the_page_says_and_needs_nothing_else(full, monkeypatch):
    made = noted(full, monkeypatch, "churn", vs="year")
    text = brief.taken(made, PRODUCT_MANAGER).decode()
    assert "<b>4.40%</b>" in text
    assert "Who leaves and why" in text
    assert "/churn?vs=year&amp;m=2026-10&amp;lang=en" in text
    assert "Data to 31 Oct 2026" in text
    assert re.search(r"made \d+ [A-Z][a-z]+ \d{4}, \d\d:\d\d UTC", text)
    assert text.count("<svg") == 4
    assert not re.search(r"<script|src=|href=\"http|url\([^#]", text)


def test_a_brief_holds_no_row_of_a_person(full, monkeypatch):
    for view in ("risk", "target"):
        made = noted(full, monkeypatch, "churn", view=view)
        text = brief.html(made)
        assert not re.search(r"\b[SC]0\d\d\b", text)
        assert "Who may leave next" not in text or "Fibre 500" not in text


def test_the_link_of_a_brief_is_the_address_of_its_page(full, monkeypatch):
    assert brief.link(noted(full, monkeypatch, "overview", vs="year")).startswith("/?")
    made = noted(full, monkeypatch, "work_list", lang="ru")
    assert brief.link(made) == "/work-list?lang=ru"
    # It is taken after the page was drawn, when no session says in which language.
    assert re.search(r"составлено \d+ [а-я]+\.? \d{4}, \d\d:\d\d UTC", brief.html(made))
    assert "Отдельные подписки и клиенты есть только в приложении." in brief.html(made)


def test_a_text_from_outside_is_no_markup_in_a_brief():
    assert brief.said("**a** <script>alert(1)</script> :material/check: `b`") == (
        "<b>a</b> &lt;script&gt;alert(1)&lt;/script&gt;  <code>b</code>"
    )


def test_only_who_may_take_figures_away_gets_a_brief(full, monkeypatch):
    made = noted(full, monkeypatch, "overview")
    with pytest.raises(NotAllowed):
        brief.taken(made, VIEWER)


def test_a_chart_that_cannot_be_drawn_leaves_its_words(full, monkeypatch):
    made = noted(full, monkeypatch, "churn")
    monkeypatch.setattr("app.brief.drawn", lambda specs, *_: [""] * len(specs))
    text = brief.html(made)
    assert "<svg" not in text
    assert "Churn by month; last value 4.40%" in text


def test_many_columns_stand_in_small_type_so_that_words_stay_whole_on_paper(full, monkeypatch):
    monkeypatch.setattr("app.brief.drawn", lambda specs, *_: [""] * len(specs))
    wide = brief.html(noted(full, monkeypatch, "service_impact", period="all"))
    assert wide.count('<table class="many">') == 1 and "<table>" in wide


def test_cx_brief_writes_a_page_and_names_the_pages_there_are(full, capsys):
    home = ["--home", str(full.home)]
    assert main([*home, "brief", "runs", "--language", "ru", "--address", "view=gates"]) == 0
    text = (briefs.folder(full) / "runs_ru.html").read_text()
    assert "every bill has an account" in text
    assert "Запуски и качество данных" in text
    assert main([*home, "brief", "nowhere"]) == 2
    assert "there is no page 'nowhere'; pages: catalogue, churn" in capsys.readouterr().err
    assert main([*home, "brief"]) == 2
    assert "name a page" in capsys.readouterr().err


def test_briefs_yml_says_which_are_made_each_night(full, monkeypatch):
    path = full.home / "briefs.yml"
    path.write_text("briefs:\n- {page: churn, address: vs=year}\n- {page: runs, language: ru}\n")
    asked = []
    monkeypatch.setattr(briefs, "write_brief", lambda settings, each: asked.append(each.name))
    briefs.write_briefs(full)
    assert asked == ["churn_en", "runs_ru"]
    path.write_text("briefs:\n- {page: churn}\n- {page: churn, address: vs=year}\n")
    with pytest.raises(UserError, match="two briefs are called churn_en"):
        briefs.wanted(full)
    path.write_text(
        "briefs:\n- {page: churn}\n- {page: churn, address: vs=year, name: churn_year}\n"
    )
    assert [each.name for each in briefs.wanted(full)] == ["churn_en", "churn_year"]
    path.write_text("briefs:\n- {page: ../../etc/passwd}\n")
    with pytest.raises(UserError, match=r"briefs\.0\.page"):
        briefs.wanted(full)
    path.unlink()
    assert briefs.wanted(full) == ()


def test_a_brief_that_cannot_be_made_keeps_no_other_from_being_made(full, monkeypatch):
    path = full.home / "briefs.yml"
    path.write_text("briefs:\n- {page: gone}\n- {page: runs}\n")
    monkeypatch.setattr(
        "subprocess.run",
        lambda command, **_: (
            Path(command[4]).write_text("x"),
            subprocess.CompletedProcess(command, 0),
        )[1],
    )
    with pytest.raises(CheckFailed, match="gone_en: there is no page 'gone'"):
        briefs.write_briefs(full)
    assert (briefs.folder(full) / "runs_en.html").read_text() == "x"
    path.unlink()


def test_a_brief_of_a_part_that_is_gone_says_so_above_its_figures(full, monkeypatch):
    text = brief.html(noted(full, monkeypatch, "churn", part="region:atlantis"))
    told = text.index("not here any more: Part of the base region:atlantis")
    assert told < text.index('class="figures"')


def test_a_brief_links_to_the_app_where_its_address_is_known(full, monkeypatch):
    made = noted(full, monkeypatch, "work_list")
    monkeypatch.setattr("app.brief.app_address", lambda settings: "https://cx.example.org")
    assert '<a href="https://cx.example.org/work-list?lang=en">open in the app</a>' in brief.html(
        made
    )


def test_briefs_go_with_the_message_of_a_new_release(full, monkeypatch):
    sent = {}

    class Courier:
        def __init__(self, **_):
            pass

        def add(self, url):
            return True

        def notify(self, **what):
            sent.update(what)
            return True

    monkeypatch.setattr("apprise.Apprise", Courier)
    target = notify.Target(name="me", url="mailto://x")
    briefs.folder(full).mkdir(parents=True, exist_ok=True)
    (briefs.folder(full) / "churn_en.html").write_text("x")
    assert notify.send(target, "a", "b", redactor(full), notify.briefs_of(full))
    assert any(path.endswith("churn_en.html") for path in sent["attach"])
    assert notify.send(target, "a", "b", redactor(full))
    assert sent["attach"] is None


def test_briefs_are_made_after_a_run_that_published_and_never_fail_it(full, monkeypatch):
    class Night:
        run = None
        has_published = True

    said, made = [], []

    class Log:
        def tell(self, line, _):
            said.append(line)

    def broken(settings):
        made.append(settings)
        raise UserError("no page")

    for name in ("write_report", "write_metrics", "tell", "forget_old"):
        monkeypatch.setattr(aftermath, name, lambda *_: None)
    monkeypatch.setattr(aftermath, "night_of", lambda *_: Night())
    monkeypatch.setattr(aftermath, "replace", lambda night, **_: night)
    monkeypatch.setattr(aftermath, "write_briefs", broken)
    aftermath.settle(full, Log(), {"run_id": "r"})
    assert (len(made), said) == (1, ["no briefs: no page"])
