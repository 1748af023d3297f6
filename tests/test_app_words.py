"""The metric catalogue and what metrics are cut by, in Russian."""

from __future__ import annotations

import csv
import re

import pytest

from app import i18n
from app.views.explore import VOCABULARIES
from app.words import CATALOGUE
from app.words.contracts import RUSSIAN
from cx.catalogue import metrics
from cx.settings import REPO

SEEDS = REPO / "dbt_project" / "seeds"


@pytest.fixture
def in_russian():
    token = i18n._LANGUAGE.set("ru")
    yield
    i18n._LANGUAGE.reset(token)


def numbers(text: str) -> list[str]:
    """Return the numbers and metrics a text names, written alike."""
    plain = re.sub(r"(?<=\d),(?=\d{3}\b)", "", text)
    return sorted(re.findall(r"M\d+\w*|\d+(?:\.\d+)?", re.sub(r"(?<=\d),(?=\d)", ".", plain)))


def test_every_contract_is_in_russian_and_anew_when_its_english_changes():
    """The English text is the key: a changed one is lacking here until it is translated."""
    said = {
        text
        for metric in metrics().values()
        for text in (metric.definition, metric.formula, metric.awaits)
        if text
    }
    assert len(said) > 200
    assert said - set(RUSSIAN) == set(), "translate these in app/words/contracts"
    assert set(RUSSIAN) - said == set(), "no contract says these any more"
    for english, russian in RUSSIAN.items():
        assert numbers(english) == numbers(russian), english
        assert re.search("[а-яё]", russian) or not re.search(r"[a-z]{3}", english), english


def test_every_unit_slice_and_link_of_the_catalogue_has_a_word():
    for metric_id, metric in metrics().items():
        assert f"metric.{metric_id}" in CATALOGUE
        assert f"metric_unit.{metric.unit}" in CATALOGUE
        assert {f"dimension.{each}" for each in metric.slices} <= set(CATALOGUE)
        assert {f"edge.{each}" for each in metric.edges} <= set(CATALOGUE)


def test_every_code_of_the_vocabularies_metrics_are_cut_by_has_a_word():
    for name, column in (("channels", "channel"), ("channels", "channel_kind"),
                         ("reasons", "reason"), ("causes", "cause"), ("exit_causes", "exit_cause"),
                         ("unit_costs", "activity")):  # fmt: skip
        with (SEEDS / f"{name}.csv").open(encoding="utf-8") as rows:
            codes = {row[column] for row in csv.DictReader(rows)} - {"unknown"}
        vocabulary = VOCABULARIES.get(column, column)
        assert {f"{vocabulary}.{code}" for code in codes} <= set(CATALOGUE), column


def test_a_contract_that_was_never_translated_is_shown_in_its_own_words(in_russian):
    assert i18n.contract("sum(score) / answers 1 to 7") == "сумма(оценки) / ответы от 1 до 7"
    assert i18n.contract("of an older release") == "of an older release"
    assert i18n.word("region", "unknown") == "Неизвестно"
