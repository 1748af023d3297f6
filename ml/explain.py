"""Contributions → reasons in words: grouped by theme, told beside what is typical."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from functools import cache
from pathlib import Path

import numpy as np
import pandas as pd
import yaml

from ml.churn import ChurnClassifier
from ml.columns import NUMBER, as_number, as_text
from ml.scorecard import Scorecard

CATALOGUE = Path(__file__).with_name("reasons.yml")
RAISING, LOWERING = 3, 1
SMALLEST = 0.02
LEAST_FIDELITY = 0.8
# Where a sentence says what is typical.
_BRACKETS = re.compile(r" \([^()]*\)$")


@dataclass(frozen=True)
class Catalogue:
    """Themes and sentences of one version of reasons.yml."""

    version: int
    themes: dict[str, dict[str, str]]
    words: dict[str, dict[str, str]]
    thousands: dict[str, str]
    default: dict[str, str]
    features: dict[str, dict[str, str]]

    def entry(self, feature: str) -> dict[str, str]:
        """Return the theme and the sentences of a feature, by name, by prefix, or the default."""
        if feature in self.features:
            return self.features[feature]
        for prefix, entry in self.features.items():
            if prefix.endswith("_") and feature.startswith(prefix):
                return entry
        return self.default

    def with_names(self, names: dict[str, str]) -> Catalogue:
        """Return the catalogue that also calls things by their names, such as products, by id."""
        words = {language: names | own for language, own in self.words.items()}
        return replace(self, words=words)

    def monotone(self) -> dict[str, int]:
        """Return the features the business is sure about: 1 where more never lowers the risk."""
        signs = {"up": 1, "down": -1}
        return {
            name: signs[entry["risk_goes"]]
            for name, entry in self.features.items()
            if "risk_goes" in entry
        }

    def item(self, feature: str) -> str:
        """Return what `{item}` stands for: the name without the catalogue's prefix."""
        for prefix in self.features:
            if prefix.endswith("_") and feature.startswith(prefix):
                return feature.removeprefix(prefix)
        return feature


@cache
def read_catalogue(path: Path = CATALOGUE, currency: str = "") -> Catalogue:
    """Read the catalogue of reasons, whose sentences about money name its currency."""
    text = path.read_text(encoding="utf-8")
    told = text.replace(" {currency}", f" {currency}".rstrip())
    return Catalogue(**yaml.CSafeLoader(told).get_single_data())


def additivity_error(model: ChurnClassifier | Scorecard, X: pd.DataFrame) -> float:
    """Return the largest |sum of contributions + base − explainer's logit|, in logits."""
    total = model.contributions(X).to_numpy().sum(axis=1) + model.base_logit_
    return float(np.abs(total - model.explain_decision(X)).max()) if len(X) else 0.0


def peers(X: pd.DataFrame, names: list[str], kinds: list[str]) -> dict[str, object]:
    """Return what is typical of each column: the median of a number, the commonest text."""
    found: dict[str, object] = {}
    for name, kind in zip(names, kinds, strict=True):
        if kind == NUMBER and not _is_yes_no(X[name]):
            values = as_number(X[name])
            found[name] = float(np.nanmedian(values)) if not np.isnan(values).all() else None
            continue
        texts = as_text(X[name]) if kind != NUMBER else _yes_no(X[name])
        given = texts[texts != None].astype(str)  # noqa: E711 - element-wise
        levels, counts = np.unique(given, return_counts=True)
        found[name] = str(levels[counts.argmax()]) if len(levels) else None
    return found


def reasons(
    model: ChurnClassifier | Scorecard,
    X: pd.DataFrame,
    typical: dict[str, object],
    catalogue: Catalogue,
) -> pd.DataFrame:
    """Return the strongest reasons of each row, in words.

    Contributions are summed by theme; a theme is told by its strongest feature of the same
    direction. At most three themes that raise the risk come first, then at most one that lowers it.

    Parameters
    ----------
    model : ChurnClassifier or Scorecard
        Fitted.
    X : DataFrame of shape (n_rows, n_columns)
    typical : dict of str to object
        From `peers`.
    catalogue : Catalogue

    Returns
    -------
    DataFrame with columns row, reason_rank, direction, theme, reason_code, contribution,
    feature_contribution, sentence, sentence_ru
        `row` counts from 0 in the order of X; contributions are in logits.
    """
    contributions = model.contributions(X)
    names = list(contributions.columns)
    theme_of = np.array([catalogue.entry(name)["theme"] for name in names], dtype=object)
    themes = [theme for theme in catalogue.themes if theme in set(theme_of)]
    values = contributions.to_numpy()
    by_theme = np.column_stack([values[:, theme_of == theme].sum(axis=1) for theme in themes])
    parts = [
        _leading(values, names, theme_of, themes, by_theme, direction, count, first)
        for direction, count, first in ((1, RAISING, 1), (-1, LOWERING, RAISING + 1))
    ]
    table = pd.concat(parts, ignore_index=True)
    table = table.sort_values(["row", "reason_rank"], kind="stable", ignore_index=True)
    for language, column in (("en", "sentence"), ("ru", "sentence_ru")):
        table[column] = _sentences(table, model, X, typical, catalogue, language)
    return table


def _leading(
    values: np.ndarray,
    names: list[str],
    theme_of: np.ndarray,
    themes: list[str],
    by_theme: np.ndarray,
    direction: int,
    count: int,
    first_rank: int,
) -> pd.DataFrame:
    signed = direction * by_theme
    count = min(count, len(themes))
    order = np.argsort(-signed, axis=1, kind="stable")[:, :count]
    rows = np.repeat(np.arange(len(values)), count)
    chosen = order.ravel()
    leaders = np.empty((len(values), len(themes)), dtype=np.intp)
    for position, theme in enumerate(themes):
        own = np.flatnonzero(theme_of == theme)
        leaders[:, position] = own[(direction * values[:, own]).argmax(axis=1)]
    leader = leaders[rows, chosen]
    table = pd.DataFrame(
        {
            "row": rows,
            "reason_rank": np.tile(np.arange(first_rank, first_rank + count), len(values)),
            "direction": "raises" if direction > 0 else "lowers",
            "theme": np.array(themes, dtype=object)[chosen],
            "reason_code": np.array(names, dtype=object)[leader],
            "contribution": by_theme[rows, chosen],
            "feature_contribution": values[rows, leader],
        }
    )
    return table[direction * table["contribution"] >= SMALLEST]


def _sentences(
    table: pd.DataFrame,
    model: ChurnClassifier | Scorecard,
    X: pd.DataFrame,
    typical: dict[str, object],
    catalogue: Catalogue,
    language: str,
) -> np.ndarray:
    words, mark = catalogue.words[language], catalogue.thousands[language]
    kinds = dict(zip(model.encoder_.names_, model.encoder_.kinds_, strict=True))
    result = np.empty(len(table), dtype=object)
    codes = table["reason_code"].to_numpy()
    rows = table["row"].to_numpy()
    for name in np.unique(codes.astype(str)):
        own = np.flatnonzero(codes == name)
        texts = _told(X[name].iloc[rows[own]], kinds[name], words, mark)
        is_missing = texts == words["unknown"]
        peer, item = _told_one(typical.get(name), words, mark), catalogue.item(name)
        item = words.get(item, item)
        entry = catalogue.default | catalogue.entry(name)
        told, missing, below = (
            entry.get(key, entry[language]).replace("{item}", item).replace("{peer}", peer)
            for key in (language, f"{language}_missing", f"{language}_below")
        )
        alike = f" ({entry[f'{language}_same']})"
        result[own] = np.where(is_missing, missing, _filled(told, texts, peer, alike))
        if f"{language}_below" in entry:  # what is over is not said to have less than nothing left
            over = np.flatnonzero(np.char.startswith(texts.astype(str), "-"))
            days = np.array([text.removeprefix("-") for text in texts[over]], dtype=object)
            result[own[over]] = _filled(below, days, peer.removeprefix("-"), alike)
    return result


def _filled(sentence: str, texts: np.ndarray, peer: str, alike: str) -> np.ndarray:
    """Return a sentence with each value; of one like the typical it is said to be so."""
    before, after = sentence.split("{value}")
    return (
        before + texts + np.where(texts == peer, _BRACKETS.sub(alike, after), after).astype(object)
    )


def _told(column: pd.Series, kind: str, words: dict[str, str], mark: str) -> np.ndarray:
    """Return values as people write them; each distinct value is put into words once."""
    if kind == NUMBER and not _is_yes_no(column):
        values, codes = np.unique(as_number(column), return_inverse=True)
        numbers = (None if np.isnan(value) else float(value) for value in values)
        told = [_told_one(number, words, mark) for number in numbers]
    else:
        texts = as_text(column) if kind != NUMBER else _yes_no(column)
        filled = np.where(texts == None, "unknown", texts).astype(str)  # noqa: E711
        values, codes = np.unique(filled, return_inverse=True)
        told = [_told_one(value, words, mark) for value in values]
    return np.array(told, dtype=object)[codes]


def _told_one(value: object, words: dict[str, str], mark: str) -> str:
    if value is None:
        return words["unknown"]
    if isinstance(value, str):
        return words.get(value, value)
    if abs(value) >= 100 or float(value).is_integer():
        return f"{value:,.0f}".replace(",", mark)
    return f"{value:.2f}".rstrip("0").rstrip(".")


def _is_yes_no(column: pd.Series) -> bool:
    if pd.api.types.is_bool_dtype(column.dtype):
        return True
    return column.dtype == object and pd.api.types.infer_dtype(column, skipna=True) == "boolean"


def _yes_no(column: pd.Series) -> np.ndarray:
    numbers = as_number(column)
    texts = np.where(numbers == 1, "yes", "no").astype(object)
    texts[np.isnan(numbers)] = None
    return texts


def drivers(
    contributions: pd.DataFrame, weight: np.ndarray | None, catalogue: Catalogue
) -> pd.DataFrame:
    """Return how much each feature moves scores on the whole.

    Returns
    -------
    DataFrame with columns feature, theme, importance, importance_rank
        Importance is the mean absolute contribution, in logits.
    """
    importance = np.average(contributions.abs().to_numpy(), axis=0, weights=weight)
    table = pd.DataFrame(
        {
            "feature": list(contributions.columns),
            "theme": [catalogue.entry(name)["theme"] for name in contributions.columns],
            "importance": importance,
        }
    ).sort_values(["importance", "feature"], ascending=[False, True], ignore_index=True)
    table["importance_rank"] = np.arange(1, len(table) + 1)
    return table
