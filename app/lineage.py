"""Where a metric comes from: the models behind it, read from the files of this installation."""

from __future__ import annotations

import re
from functools import cache
from pathlib import Path

from cx.settings import REPO

_REF = re.compile(r"\{\{\s*ref\('(\w+)'\)\s*\}\}")
_SOURCE = re.compile(r"\{\{\s*source\('(\w+)',\s*'(\w+)'\)\s*\}\}")
_METRIC = re.compile(r"'(M\d\d[a-z]*\d*)'")
# What every model reads and nobody asks about: clock, periods, vocabularies.
_COMMON = ("int_clock", "int_metric_periods", "int_source_codes", "int_source_systems")
MOST_TABLES = 24
# As wide as the longest name: a name broken after its seventeenth letter cannot be read.
_WHOLE_NAMES = "%%{init: {'flowchart': {'wrappingWidth': 480}}}%%"


@cache
def models(folder: Path = REPO / "models") -> dict[str, str]:
    """Return the SQL of every model, by name; none where models are not installed."""
    return {path.stem: path.read_text(encoding="utf-8") for path in sorted(folder.rglob("*.sql"))}


@cache
def model_of(metric: str) -> str | None:
    """Return the name of the model that counts a metric, or None."""
    named = {
        name: set(_METRIC.findall(sql)) for name, sql in models().items() if name.startswith("met_")
    }
    for name, metrics in named.items():
        if metric in metrics:
            return name
    family = re.match(r"m\d\d[a-z]?", metric.lower())
    found = [name for name in named if family and name.startswith(f"met_{family.group()}_")]
    whole = [name for name in named if name.startswith(f"met_{metric[:3].lower()}_")]
    return (found or whole or [None])[0]


def parents(name: str) -> list[str]:
    """Return what a model reads: other models, and delivered tables as ``raw.name``."""
    sql = models().get(name, "")
    read = [*_REF.findall(sql), *(f"{schema}.{table}" for schema, table in _SOURCE.findall(sql))]
    return [each for each in dict.fromkeys(read) if each not in _COMMON]


def graph(name: str) -> list[tuple[str, str]]:
    """Return (parent, child) pairs upstream of a model, nearest first, at most MOST_TABLES."""
    pairs: list[tuple[str, str]] = []
    waiting, seen = [name], {name}
    while waiting and len(seen) < MOST_TABLES:
        child = waiting.pop(0)
        for parent in parents(child):
            pairs.append((parent, child))
            if parent not in seen:
                seen.add(parent)
                waiting.append(parent)
    return pairs


def mermaid(name: str, metric: str) -> str:
    """Return the lineage of a metric as a Mermaid chart, from left to right."""
    pairs = [*graph(name), (name, metric)]
    numbers = {
        each: f"n{place}"
        for place, each in enumerate(dict.fromkeys(each for pair in pairs for each in pair))
    }
    lines = [f'{number}["{each}"]' for each, number in numbers.items()]
    lines += [f"{numbers[parent]} --> {numbers[child]}" for parent, child in pairs]
    return "\n".join([_WHOLE_NAMES, "flowchart LR", *(f"    {line}" for line in lines)])
