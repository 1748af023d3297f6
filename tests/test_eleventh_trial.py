"""What an eleventh trial with made-up systems found: records of several lines, XML, counts."""

from __future__ import annotations

import pytest

from tests.test_draft import drafted, feed, loaded

ALARM = (
    '<alarm id="{id}"><object>NE-{id}</object><eventTime>2026-11-20T05:00:00Z</eventTime>'
    "{more}</alarm>"
)


def alarms(*ids: str, more: str = "") -> str:
    each = "".join(ALARM.format(id=one, more=more) for one in ids)
    return f'<a:list xmlns:a="urn:x">{each}</a:list>'


def xml_contract(bench, columns: dict | None = None, **more) -> None:
    named = {"alarm_id": '$."@id"', "resource_id": "$.object", "raised_at": "$.eventTime"}
    mapping = {"entity": "alarm", "columns": named | (columns or {}), **more}
    bench.contract(
        files="*.xml",
        format="xml",
        dialect={"records": "$.list.alarm[*]"},
        entities=[mapping],
    )


def ledger(bench) -> list[tuple]:
    return bench.rows(
        "select state, rows_read, rows_loaded, rows_quarantined, coalesce(reason, '') "
        "from ops.file_ledger order by file_name"
    )


# ---------------------------------------------------------------- XML of any grammar


def test_alarms_in_xml_load_one_as_many_and_none_as_none(bench):
    xml_contract(bench)
    bench.deliver("1.xml", alarms("A1", "A2"))
    bench.deliver("2.xml", alarms("A3"))
    bench.deliver("3.xml", alarms())
    bench.deliver("4.xml", alarms("A4", "A5")[:-20])
    report = bench.load()
    assert "not well-formed XML on line 1" in report.refused[0]
    assert [row[:3] for row in ledger(bench)] == [
        ("loaded", 2, 2), ("loaded", 1, 1), ("loaded", 0, 0), ("rejected", 0, 0)
    ]  # fmt: skip
    assert bench.rows("select alarm_id, resource_id from raw.alarm order by 1")[2] == (
        "A3",
        "NE-A3",
    )


def test_a_mistyped_place_of_records_is_no_empty_list(bench):
    xml_contract(bench)
    path = bench.contracts / "crm.yml"
    path.write_text(path.read_text().replace("list.alarm", "list.alert"))
    bench.deliver("1.xml", alarms("A1"))
    assert "holds no record at $.list.alert[*]" in bench.load().refused[0]


def test_a_dtd_is_refused_before_anything_is_expanded(bench):
    xml_contract(bench)
    bench.deliver("1.xml", '<!DOCTYPE list [<!ENTITY a "b">]>' + alarms("A1", more="&a;"))
    assert "holds a DOCTYPE on line 1" in bench.load().refused[0]


def test_an_element_that_the_contract_takes_for_a_list_is_one_also_where_it_stands_once(bench):
    xml_contract(bench, {"probable_cause": "$.cause[0]"})
    bench.deliver("1.xml", alarms("A1", more="<cause>x</cause>"))
    bench.deliver("2.xml", alarms("A2", more="<cause>y</cause><cause>z</cause>"))
    bench.load()
    assert bench.rows("select probable_cause from raw.alarm order by alarm_id") == [("x",), ("y",)]


def test_what_a_contract_takes_for_one_and_stands_several_times_is_not_passed_over(bench):
    xml_contract(bench, {"probable_cause": "$.detail.cause"})
    more = "<detail><cause>x</cause></detail>"
    bench.deliver("1.xml", alarms("A1", more=more))
    bench.deliver("2.xml", alarms("A2", more=more + more))
    assert "holds <detail> several times" in bench.load().refused[0]


def test_a_text_that_is_an_object_or_a_list_is_quarantined(bench):
    """`["x","y"]` was the cause of an alarm."""
    xml_contract(bench, {"probable_cause": "$.cause"})
    bench.deliver("1.xml", alarms("A1", more="<cause>[x]</cause>"))
    bench.deliver("2.xml", alarms("A2", more="<cause>y</cause><cause>z</cause>"))
    bench.load()
    assert bench.rows("select probable_cause from raw.alarm") == [("[x]",)]
    (said,) = bench.rows("select reason from quarantine.rows")
    assert "is an object or a list" in said[0]


def test_a_draft_of_xml_takes_one_alarm_and_none_for_the_feed_of_many(bench):
    more = "<cause>x</cause>"
    bench.deliver("alarms_1.xml", alarms("A1", more=more))
    bench.deliver("alarms_2.xml", alarms("A2", "A3", "A4", more=more + more))
    bench.deliver("alarms_3.xml", alarms())
    found = drafted(bench, "alarms_1.xml", "alarms_2.xml", "alarms_3.xml")
    assert not found.questions
    assert feed(found)["dialect"] == {"records": "$.list.alarm[*]"}
    assert loaded(bench, found).rows_loaded == 4


@pytest.mark.parametrize(
    ("root", "says"), [("html", "is a web page"), ("Workbook", "saved as XML of 2003")]
)
def test_tables_dressed_as_xml_are_named(bench, root, says):
    bench.deliver("x.xls", f"<{root}><t/></{root}>")
    with pytest.raises(Exception, match=says):
        drafted(bench, "x.xls")
