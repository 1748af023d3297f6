"""3GPP PM: every result lands once, under the right name and interval, or the file is refused."""

from __future__ import annotations

import datetime as dt
import gzip
import shutil
import tracemalloc
import xml.etree.ElementTree as ElementTree
from pathlib import Path

import pytest

from cx.warehouse import connected
from ingest.formats import pm_grammar, pm_stream, pm_xml
from ingest.formats.source import FileRefused

HEADER = (
    '<fileHeader fileFormatVersion="32.435 V10.0" vendorName="Maker" dnPrefix="DC=net">'
    '<fileSender localDn="ME=1" elementType="RAN"/>'
    '<measCollec beginTime="2026-01-01T00:00:00Z"/></fileHeader>'
)
FOOTER = '<fileFooter><measCollec endTime="2026-01-01T02:00:00+01:00"/></fileFooter>'
PERIOD = '<granPeriod duration="PT900S" endTime="2026-01-01T01:00:00Z"/>'
TYPES = '<measType p="1">a</measType><measType p="2">b</measType>'
ONE = '<measValue measObjLdn="Cell=1"><r p="1">7</r><r p="2">8</r></measValue>'


def pm(
    body: str,
    header: str = HEADER,
    footer: str = FOOTER,
    root: str = "measCollecFile",
    **attributes,
) -> str:
    given = "".join(f' {name}="{value}"' for name, value in attributes.items())
    return f"<{root}{given}>{header}{body}{footer}</{root}>"


def data(infos: str, element: str = '<managedElement localDn="ME=1" swVersion="1"/>') -> str:
    return f"<measData>{element}{infos}</measData>"


def info(values: str = ONE, types: str = TYPES, period: str = PERIOD) -> str:
    return f'<measInfo measInfoId="i"><job jobId="j"/>{period}{types}{values}</measInfo>'


@pytest.fixture
def parsed(bench, tmp_path):
    """Return the columns asked for of every row the reader makes of a text."""

    def parse(text: str | bytes, columns: str = "meas_obj_ldn, meas_type, value") -> list[tuple]:
        path = tmp_path / "pm.xml"
        path.write_bytes(text if isinstance(text, bytes) else text.encode())
        work = tmp_path / "work"
        work.mkdir(exist_ok=True)
        with connected(bench.settings) as connection:
            source = pm_xml.read(connection, path, None, work, set())
            assert set(source.columns) <= {
                row[0] for row in connection.execute(f"describe {source.relation}").fetchall()
            }
            return connection.execute(
                f"select {columns} from {source.relation} order by _row"
            ).fetchall()

    return parse


@pytest.mark.parametrize(
    ("types", "values"),
    [
        (TYPES, ONE),
        (
            "<measTypes>a b</measTypes>",
            '<measValue measObjLdn="Cell=1"><measResults>7 8</measResults></measValue>',
        ),
        (TYPES, '<measValue measObjLdn="Cell=1">\n  <r p="2">8</r>\n  <r p="1">7</r></measValue>'),
        (
            "\n  <measTypes>\n a\n b </measTypes>\n",
            '<measValue measObjLdn="Cell=1"><!-- x --><measResults>\n7\t8\n</measResults>'
            "<suspect>false</suspect></measValue>",
        ),
        (
            TYPES,
            '<measValue measObjLdn="Cell=1"><suspect>false</suspect><r p="1"><![CDATA[7]]></r>'
            '<r p="2">&#56;</r></measValue>',
        ),
    ],
)
@pytest.mark.parametrize("root", pm_grammar.ROOTS)
def test_both_grammars_and_every_way_of_writing_say_the_same(parsed, root, types, values):
    text = pm(data(info(values, types)), root=root)
    if root == "measDataFile":
        text = (
            text.replace("managedElement", "measEntity")
            .replace("<measCollec ", "<measData ")
            .replace("fileSender localDn", "fileSender senderName")
            .replace("elementType", "senderType")
        )
    rows = parsed(
        text,
        "meas_obj_ldn, meas_type, value, managed_element, sender_name, sender_type, begin_time, "
        "end_time, _error",
    )
    common = ("ME=1", "ME=1", "RAN", "2026-01-01T00:00:00Z", "2026-01-01T02:00:00+01:00", None)
    assert sorted(rows) == [("Cell=1", "a", "7", *common), ("Cell=1", "b", "8", *common)]


def test_a_prefixed_namespace_and_a_vendors_extension_are_read_rightly(parsed):
    plain = data(info('<x:more xmlns:x="urn:v"><x:r p="1">99</x:r></x:more>' + ONE))
    assert parsed(pm(plain, xmlns="urn:pm")) == [("Cell=1", "a", "7"), ("Cell=1", "b", "8")]
    inside = ONE.replace("</measValue>", '<r xmlns="urn:v" p="2">99</r></measValue>', 1)
    assert parsed(pm(data(info(inside)), xmlns="urn:pm")) == [
        ("Cell=1", "a", "7"),
        ("Cell=1", "b", "8"),
    ]
    prefixed = (
        pm(data(info())).replace("</", "</pm:").replace("<", "<pm:").replace("<pm:/pm:", "</pm:")
    )
    prefixed = prefixed.replace("<pm:measCollecFile", '<pm:measCollecFile xmlns:pm="urn:pm"', 1)
    assert parsed(prefixed) == [("Cell=1", "a", "7"), ("Cell=1", "b", "8")]


@pytest.mark.parametrize(
    ("value", "values"),
    [
        ("7", ["7"]),
        ("1,2,,NIL, 5", ["1", "2", None, None, "5"]),
        ("", [None]),
        (" ", [None]),
        ("NIL", [None]),
    ],
)
def test_a_value_is_a_list_of_its_parts_and_a_blank_is_unknown(parsed, value, values):
    text = pm(data(info(ONE.replace(">7<", f">{value}<"))))
    assert parsed(text, "value, values")[0] == (value, values)


@pytest.mark.parametrize(
    ("duration", "end", "start"),
    [
        ("PT900S", "2026-01-01T00:05:00+02:00", "2025-12-31T23:50:00+02:00"),
        ("PT15M", "2026-01-01T01:00:00Z", "2026-01-01T00:45:00+00:00"),
        ("PT1H", "2026-01-01T01:00:00-05:00", "2026-01-01T00:00:00-05:00"),
        ("P1DT0.5S", "2026-01-02T00:00:01Z", "2026-01-01T00:00:00.500000+00:00"),
        ("PT15M", "20260101T010000Z", "2026-01-01T00:45:00+00:00"),
    ],
)
def test_an_interval_begins_a_duration_before_its_end_with_the_offset_given(
    parsed, duration, end, start
):
    period = f'<granPeriod duration="{duration}" endTime="{end}"/>'
    assert parsed(pm(data(info(period=period))), "granularity_start, _error")[0] == (start, None)


@pytest.mark.parametrize(
    ("begin", "end", "start", "hours"),
    [
        ("2026-10-25T00:00:00+02:00", "2026-10-26T00:00:00+01:00", "2026-10-25T00:00:00+02:00", 25),
        ("2026-03-29T00:00:00+01:00", "2026-03-30T00:00:00+02:00", "2026-03-29T00:00:00+01:00", 23),
        ("2026-10-27T00:00:00+01:00", "2026-10-28T00:00:00+01:00", "2026-10-27T00:00:00+01:00", 24),
        ("2026-10-25T00:00:00Z", "2026-10-26T00:00:00Z", "2026-10-25T00:00:00+00:00", 24),
    ],
)
def test_a_day_on_which_the_clocks_change_has_another_length(parsed, begin, end, start, hours):
    """P1D was 24 hours: the day of the autumn change began at one in the morning."""
    period = f'<granPeriod duration="P1D" endTime="{end}"/>'
    text = pm(data(info(period=period)), header=HEADER.replace("2026-01-01T00:00:00Z", begin))
    assert parsed(text, "granularity_start, granularity_seconds, _error")[0] == (
        start,
        hours * 3600.0,
        None,
    )


def test_days_of_a_week_follow_one_another_over_a_change_of_the_clocks(parsed):
    ends = ["25T00:00:00+02:00", "26T00:00:00+01:00", "27T00:00:00+01:00"]
    infos = "".join(
        info(period=f'<granPeriod duration="P1D" endTime="2026-10-{end}"/>') for end in ends
    )
    begins = HEADER.replace("2026-01-01T00:00:00Z", "2026-10-24T00:00:00+02:00")
    told = parsed(pm(data(infos), header=begins), "granularity_start, granularity_seconds")
    assert [round(seconds / 3600) for _, seconds in told[::2]] == [24, 25, 24]
    lost = pm(data(infos.replace("25T00:00:00+02:00", "24T12:00:00+02:00")), header=begins)
    assert "its begin is not told" in parsed(lost, "_error")[2][0]


@pytest.mark.parametrize(
    ("period", "reason"),
    [
        ("", "without granPeriod"),
        ('<granPeriod endTime="2026-01-01T01:00:00Z"/>', "without duration"),
        ('<granPeriod duration="PT900S"/>', "without endTime"),
        ('<granPeriod duration="P1M" endTime="2026-01-01T01:00:00Z"/>', "no ISO 8601 duration"),
        ('<granPeriod duration="PT0S" endTime="2026-01-01T01:00:00Z"/>', "no ISO 8601 duration"),
        ('<granPeriod duration="soon" endTime="2026-01-01T01:00:00Z"/>', "lasts 'soon'"),
        ('<granPeriod duration="PT1S" endTime="noon"/>', "ends 'noon'"),
    ],
)
def test_a_result_without_an_interval_is_an_error_that_says_why(parsed, period, reason):
    rows = parsed(pm(data(info(period=period) + info())), "_error")
    assert reason in rows[0][0] and reason in rows[1][0]
    assert rows[2:] == [(None,), (None,)]


@pytest.mark.parametrize(
    ("types", "values", "errors"),
    [
        (TYPES, '<r p="9">1</r><r p="1">2</r>', ["has p='9', which no measType", None]),
        (TYPES, '<r>1</r><r p="1">2</r>', ["has no p", None]),
        (TYPES, '<r p="1">1</r><r p="1">2</r>', [None, "for the second time"]),
        ("<measTypes>a b</measTypes>", "<measResults>1 2 3</measResults>", ["of 3 values"] * 3),
        ("<measTypes>a b</measTypes>", "<measResults> </measResults>", ["of 0 values for 2"]),
        ("", '<r p="1">1</r>', ["which no measType"]),
    ],
)
def test_a_result_whose_type_is_not_known_is_an_error_and_its_neighbours_are_not(
    parsed, types, values, errors
):
    values = f'<measValue measObjLdn="C">{values}</measValue>'
    found = [error for (error,) in parsed(pm(data(info(values, types))), "_error")]
    assert len(found) == len(errors)
    for error, expected in zip(found, errors, strict=True):
        assert error is None if expected is None else expected in error


def test_several_intervals_elements_and_marks_of_suspicion_keep_apart(parsed):
    later = PERIOD.replace("01:00:00Z", "01:15:00Z")
    doubted = ONE.replace("</measValue>", "<suspect>true</suspect></measValue>")
    body = data(info() + info(period=later)) + data(
        info(doubted + ONE), '<managedElement localDn="ME=2"/>'
    )
    rows = parsed(pm(body), "managed_element, granularity_end, suspect, result_number")
    early, late = "2026-01-01T01:00:00+00:00", "2026-01-01T01:15:00+00:00"
    assert rows == [
        ("ME=1", early, None, 1),
        ("ME=1", early, None, 2),
        ("ME=1", late, None, 1),
        ("ME=1", late, None, 2),
        ("ME=2", early, "true", 1),
        ("ME=2", early, "true", 2),
        ("ME=2", early, None, 1),
        ("ME=2", early, None, 2),
    ]


@pytest.mark.parametrize("ending", ["\n", "\r\n"])
def test_the_original_names_the_line_of_the_result(parsed, ending):
    body = info(
        '\n<measValue measObjLdn="C1">\n  <r p="1">7</r>\n  <r p="2">8</r>\n</measValue>'
        '\n<measValue measObjLdn="C2"><r p="1">\n9</r><r p="2">8</r>\n</measValue>'
        '\n<measValue measObjLdn="C3">\n\n<r p="1">1</r>\n<r p="2">2</r>'
        "\n<suspect>true</suspect></measValue>"
    )
    text = pm(data("\n" + body)).replace("\n", ending)
    lines = [original.split(":")[0] for (original,) in parsed(text, "_original")]
    assert lines == ["line 4", "line 5", "line 7", "line 8", "line 12", "line 13"]
    assert parsed(text, "_original")[1] == ("line 5: b (p=2) of C1: 8",)


@pytest.mark.parametrize("missing", ["header", "footer", "element", "values"])
def test_what_a_file_lacks_is_unknown_and_the_rest_loads(parsed, missing):
    text = pm(
        data(
            info("" if missing == "values" else ONE),
            "" if missing == "element" else "<managedElement/>",
        ),
        header="" if missing == "header" else HEADER,
        footer="" if missing == "footer" else FOOTER,
    )
    rows = parsed(text, "meas_type, sender_name, end_time, managed_element, collected_at, _error")
    if missing == "values":
        assert rows == []
        return
    assert rows[0] == (
        "a",
        None if missing == "header" else "ME=1",
        None if missing == "footer" else "2026-01-01T02:00:00+01:00",
        None,
        "2026-01-01T01:00:00Z",
        None,
    )


def bomb(kind: str) -> bytes:
    """Return a hostile or broken file."""
    good = pm(data(info()))
    dtd = '<!DOCTYPE measCollecFile [<!ENTITY a "%s">%s]>'
    laughs = "".join(f'<!ENTITY a{n} "{f"&a{n - 1};" * 10}">' for n in range(1, 10))
    return {
        "billion laughs": dtd % ("ha", '<!ENTITY a0 "ha">' + laughs)
        + good.replace(">7<", ">&a9;<"),
        "quadratic": dtd % ("x" * 100_000, "") + good.replace(">7<", ">" + "&a;" * 100_000 + "<"),
        "external entity": '<!DOCTYPE m [<!ENTITY x SYSTEM "file:///etc/passwd">]>'
        + good.replace(">7<", ">&x;<"),
        "external dtd": '<!DOCTYPE measCollecFile SYSTEM "http://127.0.0.1:9/x.dtd">' + good,
        "undefined entity": good.replace(">7<", ">&x;<"),
        "cut": good[:-40],
        "cut in a tag": good[: good.index("</r>") + 2],
        "two roots": good + good,
        "nul": good.replace(">7<", ">\0<"),
        "deep in a result": good.replace(">7<", ">" + "<r>" * 2_000_000),
        "deep extension": good.replace(ONE, '<x:y xmlns:x="u">' * 2_000_000 + ONE),
        "deep root": "<measCollecFile>" * 2_000_000,
        "deep unknown": "<a>" * 2_000_000,
        "long text": good.replace(">7<", ">" + "7" * 40_000_000 + "<"),
        "long comment": good.replace(ONE, "<!--" + "x" * 40_000_000 + "-->" + ONE),
        "long attribute": good.replace('"Cell=1"', '"' + "x" * 40_000_000 + '"'),
        "long measValue": good.replace('<r p="1">', '<r p="1">7</r>' * 1_000_000 + '<r p="1">'),
        "other root": "<html><body/></html>",
        "not xml": "id,segment\nC1,x\n",
        "empty": "",
        "no measData": pm(""),
        "unknown element": good.replace("<job ", "<jobs/><job "),
        "result outside": good.replace("</measValue>", '</measValue><r p="1">3</r>'),
        "result in suspect": good.replace(
            "</measValue>", '<suspect><r p="1"/></suspect></measValue>'
        ),
        "nested result": good.replace(">7<", '><r p="2">7</r><'),
        "stray text": good.replace("</r><r", "</r>34<r"),
        "late type": good.replace("</measInfo>", '<measType p="3">c</measType></measInfo>'),
        "late period": good.replace("</measInfo>", PERIOD + "</measInfo>"),
        "same p": good.replace('<measType p="2"', '<measType p="1"'),
        "no p": good.replace('<measType p="2"', "<measType"),
        "both kinds": good.replace(TYPES, TYPES + "<measTypes>a b</measTypes>"),
        "both results": good.replace("</measValue>", "<measResults>1 2</measResults></measValue>"),
        "second element": good.replace("</measInfo>", "</measInfo><managedElement/>"),
        "wrong encoding": b'<?xml version="1.0"?>' + good.replace("Maker", "Ж").encode("cp1251"),
        "many-byte encoding": '<?xml version="1.0" encoding="gb18030"?>' + good,
        "unknown encoding": '<?xml version="1.0" encoding="klingon"?>' + good,
    }[kind]


@pytest.mark.timeout(60)
@pytest.mark.parametrize(
    ("kind", "reason"),
    [
        ("billion laughs", "declares a DTD"),
        ("quadratic", "declares a DTD"),
        ("external entity", "declares a DTD"),
        ("external dtd", "declares a DTD"),
        ("undefined entity", "not well-formed XML on line 1 .*undefined entity"),
        ("cut", "not well-formed XML on line 1"),
        ("cut in a tag", "not well-formed XML on line 1 .*unclosed token"),
        ("two roots", "junk after document element"),
        ("nul", "not well-formed XML on line 1"),
        ("deep in a result", "<r> inside <r>"),
        ("deep extension", "nested more than 64 deep"),
        ("deep root", "<measCollecFile> inside <measCollecFile>"),
        ("deep unknown", "root element <a>"),
        ("long text", "more than 2 MiB"),
        ("long comment", "more than 2 MiB"),
        ("long attribute", "more than 2 MiB"),
        ("long measValue", "more than 150000 results"),
        ("other root", "root element <html>"),
        ("not xml", "not well-formed XML on line 1"),
        ("empty", "is empty"),
        ("no measData", "has no measData"),
        ("unknown element", "<jobs> inside <measInfo>"),
        ("result outside", "where it means nothing"),
        ("result in suspect", "<r> inside <suspect>"),
        ("nested result", "inside <r>"),
        ("stray text", "text where only elements may stand .'34'"),
        ("late type", "measType after the values"),
        ("late period", "granPeriod after the values"),
        ("same p", "gives p='1' to two measTypes"),
        ("no p", "measType without p"),
        ("both kinds", "measType"),
        ("both results", "both measResults and r"),
        ("second element", "not the first of its measData"),
        ("wrong encoding", "not well-formed XML on line 1 .*invalid token"),
        ("unknown encoding", "declares an encoding that cannot be read"),
        ("many-byte encoding", "declares an encoding that cannot be read"),
    ],
)
def test_promise_31_a_broken_or_hostile_file_is_refused_whole_with_its_line_and_little_memory(
    tmp_path, kind, reason
):
    content = bomb(kind)
    path = tmp_path / "pm.xml"
    path.write_bytes(content if isinstance(content, bytes) else content.encode())
    del content
    tracemalloc.start()
    try:
        with pytest.raises(FileRefused, match=reason):
            pm_xml.read(None, path, None, tmp_path, set())
        assert tracemalloc.get_traced_memory()[1] < 150_000_000
    finally:
        tracemalloc.stop()


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "iso-8859-1", "windows-1251"])
def test_an_encoding_the_file_declares_is_read(parsed, encoding):
    label = "cell Ж" if encoding == "windows-1251" else "cell é"
    declared = "utf-8" if encoding == "utf-8-sig" else encoding
    text = f'<?xml version="1.0" encoding="{declared}"?>' + pm(
        data(info(ONE.replace("Cell=1", label)))
    )
    assert parsed(text.encode(encoding)) == [(label, "a", "7"), (label, "b", "8")]


def test_results_over_many_row_groups_and_pieces_are_all_there_in_order(parsed, monkeypatch):
    monkeypatch.setattr(pm_xml, "_BATCH_RESULTS", 50)
    monkeypatch.setattr(pm_stream, "_CHUNK", 37)
    values = "".join(
        f'<measValue measObjLdn="C{number}">\n<r p="1">{number}</r>\n<r p="2"> </r></measValue>'
        for number in range(200)
    )
    rows = parsed(pm(data(info(values) + info())), "_row, meas_obj_ldn, value, _original")
    assert len(rows) == 402
    assert [row[0] for row in rows] == list(range(1, 403))
    assert [(ldn, value) for _, ldn, value, _ in rows[:400:2]] == [
        (f"C{number}", str(number)) for number in range(200)
    ]
    assert rows[398][3] == "line 400: a (p=1) of C199: 199"


# The shipped contract.


@pytest.fixture
def shipped(bench):
    """Load files of a folder with the contract that is shipped."""

    def load(folder: Path | None = None):
        if folder is not None:
            shutil.copytree(folder, bench.extracts / folder.name)
        return bench.load()

    return load


def test_two_elements_with_the_same_object_name_stay_two_resources(bench, shipped):
    body = data(info()) + data(info(), '<managedElement localDn="ME=2"/>')
    bench.deliver("a_pm/A.xml", pm(body))
    shipped()
    assert bench.rows(
        "select resource_id, list(value order by kpi) from raw.performance_measurement "
        "group by resource_id order by resource_id"
    ) == [("DC=net,ME=1,Cell=1", [7.0, 8.0]), ("DC=net,ME=2,Cell=1", [7.0, 8.0])]
    assert bench.rows("select count(*) from raw.resource") == [(2,)]


@pytest.mark.parametrize(
    ("element", "ldn", "name"),
    [
        ("ME=1", "Cell=1", "DC=net,ME=1,Cell=1"),
        ("ME=1", "ME=1,Cell=1", "DC=net,ME=1,Cell=1"),
        ("SN=1,ME=1", "ME=1,Cell=1", "DC=net,SN=1,ME=1,Cell=1"),
        ("ME=1", "ME=12,Cell=1", "DC=net,ME=1,ME=12,Cell=1"),
        ("node", "ManagedElement=node,Cell=1", "DC=net,ManagedElement=node,Cell=1"),
        ("ME=1", "DC=net,ME=1,Cell=1", "DC=net,ME=1,Cell=1"),
        ("ME=1", "", "DC=net,ME=1"),
        ("ME=1", "ME=1", "DC=net,ME=1"),
    ],
)
def test_an_object_is_known_by_its_full_name_said_once(bench, shipped, element, ldn, name):
    text = pm(data(info(), f'<managedElement localDn="{element}"/>')).replace("Cell=1", ldn)
    bench.deliver("a_pm/A.xml", text)
    shipped()
    assert bench.rows("select distinct resource_id from raw.performance_measurement") == [(name,)]


def test_without_element_and_sender_a_result_is_quarantined(bench, shipped):
    bench.deliver("a_pm/A.xml", pm(data(info(), "") + data(info() + info()), header=""))
    shipped()
    assert bench.rows("select row_number, column_name from quarantine.rows order by all") == [
        (1, "resource_id"),
        (2, "resource_id"),
    ]


def test_lists_become_numbered_kpis_blanks_unknown_and_words_are_quarantined(bench, shipped):
    values = "".join(
        f'<measValue measObjLdn="C{number}"><r p="1">{value}</r><r p="2">1</r></measValue>'
        for number, value in enumerate(["5,,7", " ", "high"])
    )
    bench.deliver("a_pm/A.xml.gz", gzip.compress(pm(data(info(values))).encode()))
    report = shipped()
    assert (report.rows_read, report.rows_loaded, report.rows_quarantined) == (6, 5, 1)
    assert bench.rows(
        "select kpi, value, measured_from, measured_to, is_suspect, known_at "
        "from raw.performance_measurement where kpi <> 'b' order by kpi"
    ) == [
        (kpi, value, dt.datetime(2026, 1, 1, 0, 45), one, False, one)
        for one in [dt.datetime(2026, 1, 1, 1)]
        for kpi, value in [("a", None), ("a[1]", 5.0), ("a[2]", None), ("a[3]", 7.0)]
    ]
    assert bench.rows("select column_name, reason from quarantine.rows") == [
        ("value", "is not a number in the declared dialect")
    ]


# The open data sets.


def by_element_tree(path: Path) -> list[tuple]:
    """Read a file by another parser, the slow and simple way."""
    rows = []
    for measured in ElementTree.parse(path).iterfind(".//{*}measInfo"):
        types = {each.get("p"): each.text for each in measured.iterfind("{*}measType")}
        listed = (measured.findtext("{*}measTypes") or "").split()
        for value in measured.iterfind("{*}measValue"):
            ldn = value.get("measObjLdn")
            rows += [(ldn, types.get(r.get("p")), r.text) for r in value.iterfind("{*}r")]
            texts = (value.findtext("{*}measResults") or "").split()
            rows += [(ldn, *each) for each in zip(listed, texts, strict=True) if texts]
    return rows


def test_the_oran_file_gives_its_known_answers(shared_data, parsed, bench, shipped):
    path = next((shared_data / "oran_pm").glob("*.xml"))
    rows = parsed(
        path.read_bytes(), "meas_obj_ldn, meas_type, value, suspect, result_number, values"
    )
    assert [row[:3] for row in rows] == by_element_tree(path)
    assert len(rows) == 2667
    assert sum(row[4] == 1 for row in rows) == 125
    assert sum(row[4] == 1 and row[3] == "true" for row in rows) == 2
    assert sum(row[5] == [None] for row in rows) == 27
    assert sum(len(row[5]) > 1 for row in rows) == sum("," in (row[2] or "") for row in rows) == 409
    report = shipped(shared_data / "oran_pm")
    assert (report.rows_read, report.rows_loaded, report.rows_quarantined) == (2667, 2667, 0)
    assert bench.rows(
        "select count(*), count(distinct row_number), count(*) filter (value is null and "
        "not contains(kpi, '[')), min(measured_from), max(measured_to) "
        "from raw.performance_measurement"
    ) == [
        (
            sum(len(row[5]) for row in rows),
            2667,
            27,
            dt.datetime(2022, 4, 18, 19),
            dt.datetime(2022, 4, 18, 19, 15),
        )
    ]
    assert bench.rows(
        "select count(distinct resource_id) from raw.performance_measurement where is_suspect"
    ) == [(2,)]
    assert bench.rows(
        "select value from raw.performance_measurement where kpi = 'pmMacRBSymUtilDlDistr[19]' "
        "and resource_id like '%NRCellDU=32'"
    ) == [(0.0,)]


REFUSED = {
    "csit/tests/pmmapper/assets/A_no_managed_element.xml": "lasts 'some duration'",
    "csit/tests/pmmapper/assets/A_no_measdata.xml": "has no measData",
    "src/test/resources/mapper_test/mapping_data/28.532/no_measdata/test.xml": "has no measData",
    "src/test/resources/mapper_test/mapping_data/32.435/no_measdata/test.xml": "has no measData",
    "src/test/resources/split_test/no_measdata.xml": "has no measData",
    "src/test/resources/xml_validator_test/test_data/lte/no_managed_element/test.xml": (
        "lasts 'some duration'"
    ),
    "src/test/resources/xml_validator_test/test_data/lte/no_measdata/test.xml": "has no measData",
    "src/test/resources/xml_validator_test/test_data/nr/no_measdata/test.xml": "has no measData",
    "src/test/resources/xml_validator_test/test_data/nr/no_measured_entity/test.xml": (
        "lasts 'some duration'"
    ),
}


def test_each_onap_file_loads_what_a_second_parser_sees_or_is_refused_with_its_reason(
    shared_data, bench, shipped
):
    folder = shared_data / "onap_pm"
    report = shipped(folder)
    refused = {
        place.split(" (feed ")[0]: reason
        for place, reason in (line.split(": ", 1) for line in report.refused)
    }
    # Equal files are loaded, or refused, once.
    seen: dict[bytes, str] = {}
    for path in sorted(folder.rglob("*.xml")):
        seen.setdefault(path.read_bytes(), path.relative_to(folder).as_posix())
    expected = {f"onap_pm/{name}": REFUSED[name] for name in seen.values() if name in REFUSED}
    assert set(refused) == set(expected)
    for name, reason in expected.items():
        assert reason in refused[name]
    loaded = dict(
        bench.rows("select file_name, rows_read from ops.file_ledger where state = 'loaded'")
    )
    packed = "csit/tests/pmmapper/assets/A20181002.0000-1000-0015-1000_5G.xml"
    for content, name in seen.items():
        if name not in REFUSED:
            rows = by_element_tree(folder / name)
            assert loaded.pop(f"onap_pm/{name}") == len(rows), content
    assert loaded == {f"onap_pm/{packed}.gz": 28}
    assert bench.rows("select distinct reason from quarantine.rows order by reason") == [
        (f"has p='{p}', which no measType of its measInfo has",) for p in (88, 99)
    ]


def test_the_filter_of_another_tool_leaves_the_rows_it_should(shared_data, parsed):
    """Each expected.xml is what the ONAP mapper kept of its test.xml."""
    pairs = sorted((shared_data / "onap_pm").rglob("filter_test/**/expected.xml"))
    assert len(pairs) == 12
    columns = "meas_info_id, meas_obj_ldn, meas_type, value"
    for expected in pairs:
        kept = parsed(expected.read_bytes(), columns)
        whole = parsed(expected.with_name("test.xml").read_bytes(), columns)
        wanted = {(row[0], row[2]) for row in kept}
        assert [row for row in whole if (row[0], row[2]) in wanted] == kept, expected


def test_the_split_files_hold_the_three_elements_the_other_tool_makes_events_of(
    shared_data, parsed
):
    for grammar in ("lte", "nr"):
        path = shared_data / f"onap_pm/src/test/resources/split_test/{grammar}/type_c_3_events"
        rows = parsed((path / "test.xml").read_bytes(), "managed_element, sw_version, value")
        assert rows == [
            (f"Dublin{number}", f"r0.{number}", str(number) * length)
            for number in (1, 2, 3)
            for length in (1, 2, 3, 4)
        ]
