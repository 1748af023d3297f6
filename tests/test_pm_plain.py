"""3GPP PM in plain writing is read by patterns, the rest by expat: the two must agree."""

from __future__ import annotations

import random
import re
from pathlib import Path

import pytest

from ingest.formats import pm_stream
from ingest.formats.source import FileRefused

SPACES = ["", "", "\n", "\n  ", "\r\n\t", " "]
ODDITIES = [
    "<!-- <r p='1'>6</r> -->",
    "<![CDATA[ ]]>",
    "<?x <r p='1'>6</r>?>",
    "<v:e xmlns:v='v'/>",
]
DAMAGE = ["", "<", ">", "&", "\0", "x", "<r>", "</r>", "<!--", "]]>", "<![CDATA[", '<r p="1">5</r>']


def written_by_chance(chance: random.Random) -> str:
    """Return a PM file, written plainly here and oddly there."""

    odd = chance.choice([0, 0, 0.001, 0.02])

    def space() -> str:
        if chance.random() < odd:
            return chance.choice(ODDITIES)
        return chance.choice(SPACES)

    def written(text: str) -> str:
        roll = chance.random()
        if roll < odd:
            return f"<![CDATA[{text}]]>"
        return f"{text[:1]}&#46;<!--x-->{text[1:]}" if roll < 2 * odd else text

    def result(position: int) -> str:
        if chance.random() < odd:
            return chance.choice([f"<r p='{position}'/>", f'<r p="{position}">a>b\r</r>'])
        value = chance.choice(["", " ", "7", "1,2,,3", "NIL", "3.5e6", "ж", "1\n2"])
        return f'<r p="{position}">{written(value)}</r>'

    def value(count: int) -> str:
        positions = [each for each in range(1, count + 1) if chance.random() > odd]
        if chance.random() < odd:
            chance.shuffle(positions)
        results = "".join(space() + result(each) for each in positions)
        suspect = chance.choice(["", "", "", "<suspect>true</suspect>"])
        suspect = "<suspect>\n1</suspect>" if chance.random() < odd else suspect
        name = chance.choice(["a&amp;b", "x\ty"] if chance.random() < odd else ["C=1", "Ж", ""])
        return f'<measValue measObjLdn="{name}">{results}{space()}{suspect}{space()}</measValue>'

    infos = []
    for _ in range(chance.randint(1, 5)):
        count = chance.randint(1, 5)
        types = "".join(
            f'{space()}<measType p="{place}">{chance.choice(["pm", "a.b", "ж"])}{place}</measType>'
            for place in range(1, count + 1)
        )
        values = "".join(space() + value(count) for _ in range(chance.randint(0, 40)))
        infos.append(
            f'{space()}<measInfo><granPeriod duration="PT900S" endTime="2026-01-01T01:00:00Z"/>'
            f"{types}{space()}{values}{space()}</measInfo>{space()}"
        )
    return f"<measCollecFile><measData>{''.join(infos)}</measData></measCollecFile>"


PERIOD = '<granPeriod duration="PT900S" endTime="2026-01-01T01:00:00Z"/>'
TYPES = '<measType p="1">a</measType>'
FIVE = '<measValue measObjLdn="C"><r p="1">5</r></measValue>'
SIX = FIVE.replace(">5<", ">6<")
INFO = f"<measInfo>{PERIOD}{TYPES}{FIVE}</measInfo>"


def file_of(body: str) -> str:
    return f"<measCollecFile><measData>{body}</measData></measCollecFile>"


def said(path: Path, is_plain: bool) -> list | str:
    values = []

    def sink(value) -> None:
        types = value.info.types
        kinds = range(len(types.names)) if value.kinds is None else value.kinds
        names = [types.names[kind] if kind >= 0 else None for kind in kinds]
        assert len(names) == len(value.texts) == len(value.lines)
        lines = list(value.lines)
        values.append((value.ldn, value.suspect, names, value.texts, value.errors, lines))

    parser = pm_stream.Parser(sink)
    if not is_plain:
        parser._is_between_elements_of_info = lambda fed: False
    try:
        parser.read(path)
    except FileRefused as refused:
        return re.sub(r"\d+", "", str(refused))
    return values


@pytest.mark.parametrize("seed", range(6))
def test_plain_writing_is_read_as_expat_would_read_it_or_refused_alike(tmp_path, monkeypatch, seed):
    chance = random.Random(seed)
    path = tmp_path / "pm.xml"
    read = 0
    for _ in range(60):
        monkeypatch.setattr(pm_stream, "_CHUNK", chance.choice([7, 100, 5000, 1 << 18]))
        text = written_by_chance(chance)
        path.write_text(text, encoding="utf-8", newline="")
        assert said(path, True) == said(path, False)
        place = chance.randrange(len(text))
        hurt = text[:place] + chance.choice(DAMAGE) + text[place + chance.randint(0, 3) :]
        path.write_text(hurt, encoding="utf-8", newline="")
        plainly, carefully = said(path, True), said(path, False)
        assert type(plainly) is type(carefully)
        if isinstance(plainly, list):
            assert plainly == carefully
            read += 1
    assert 0 < read < 60


def test_most_of_a_file_in_plain_writing_is_kept_from_expat(shared_data, monkeypatch):
    fed = []
    feed = pm_stream.Parser._feed
    monkeypatch.setattr(
        pm_stream.Parser, "_feed", lambda self, each: (fed.append(len(each)), feed(self, each))
    )
    path = next((shared_data / "oran_pm").glob("*.xml"))
    pm_stream.Parser(lambda value: None).read(path)
    assert sum(fed) < 0.1 * path.stat().st_size


@pytest.mark.parametrize(
    "around",
    [
        "<!-- <x> {} -->",
        "<![CDATA[<x> {}]]>",
        "<?x <x> {}?>",
        '<v:e xmlns:v="v"> {}</v:e>',
        '<e xmlns="v"> {}</e>',
        '<v:e xmlns:v="v"><v:f>\n{}</v:f></v:e>',
        "<job jobId='<x> '/><!--<job/> {}-->",
    ],
)
@pytest.mark.parametrize("hidden", [SIX, TYPES + SIX])
def test_what_only_looks_like_results_is_not_read_as_results(tmp_path, around, hidden):
    path = tmp_path / "pm.xml"
    hidden = around.format(hidden)
    path.write_text(file_of(INFO.replace(TYPES, hidden + TYPES)))
    found = said(path, True)
    assert found == said(path, False)
    if "CDATA" in around or "'<x>" in around:
        assert isinstance(found, str)
    else:
        assert [texts for _, _, _, texts, _, _ in found] == [["5"]]


@pytest.mark.parametrize(
    "body",
    [FIVE, TYPES, f"<measInfo>{PERIOD}<job>{TYPES}{FIVE}</job></measInfo>", INFO + TYPES + FIVE],
)
def test_results_in_the_wrong_place_are_refused(tmp_path, body):
    path = tmp_path / "pm.xml"
    path.write_text(file_of(body))
    assert "where it means nothing" in said(path, True)
    assert said(path, True) == said(path, False)


@pytest.mark.parametrize(("fault", "line"), [("&x;", 23), ("<measInfos/>", 23)])
def test_a_fault_after_plain_writing_has_its_own_line(tmp_path, fault, line):
    path = tmp_path / "pm.xml"
    many = INFO.replace(FIVE, f"\n{FIVE}" * 20)
    path.write_text(file_of(f"\n{many}\n{fault}"))
    with pytest.raises(FileRefused, match=f"line {line}\\b"):
        pm_stream.Parser(lambda value: None).read(path)


def test_plain_writing_in_another_encoding_is_left_to_expat(tmp_path):
    path = tmp_path / "pm.xml"
    text = '<?xml version="1.0" encoding="iso-8859-1"?>' + file_of(INFO.replace('"C"', '"Ã©"'))
    # The bytes would be read as é, were they taken for UTF-8.
    path.write_bytes(text.encode("iso-8859-1"))
    assert said(path, True)[0][0] == "Ã©"
