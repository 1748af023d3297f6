"""Lines that tell one act each become one row per thing."""

from __future__ import annotations

import pytest

from cx.cli import main
from cx.warehouse import reading
from ingest.contract_file import ContractError
from ingest.fold import unpaired
from ingest.replay import replay

LOG = {
    "files": "log_*.csv",
    "extracted_at": {"file_name": r"(\d{8})", "format": "%Y%m%d"},
    "entities": [
        {
            "entity": "alarm",
            "pair": {
                "key": "ne || '/' || slot",
                "starts": "raised_at",
                "begins": "act = 'RAISE'",
                "acts": {"cleared_at": "act = 'CLEAR'", "acknowledged_at": "act = 'ACK'"},
            },
            "columns": {"alarm_id": "seq", "resource_id": "ne", "raised_at": "time"},
        }
    ],
}
HEAD = "seq,time,act,ne,slot\n"
ALARMS = (
    "select alarm_id, hour(raised_at), hour(acknowledged_at), hour(cleared_at), day(known_at) "
    "from raw.alarm order by alarm_id, known_at"
)


def day(bench, number: int, *lines: str) -> None:
    at = f"2026-01-{number:02} "
    told = [line.replace("@", at) for line in lines]
    bench.deliver(f"log_202601{number + 1:02}.csv", HEAD + "\n".join(told) + "\n")


def test_a_slot_used_again_is_another_alarm_and_an_act_belongs_to_the_last_one_begun(bench):
    bench.contract(**LOG)
    day(
        bench,
        1,
        "0,@01:00:00,CLEAR,N,1",  # raised before the log was kept
        "1,@02:00:00,RAISE,N,1",
        "2,@02:00:00,RAISE,N,2",
        "3,@03:00:00,ACK,N,1",
        "4,@04:00:00,CLEAR,N,1",
        "5,@04:00:00,RAISE,N,1",  # in the very moment of the clear
        "6,@05:00:00,RESYNC,N,1",
        "7,@06:00:00,CLEAR,N,1",
        "8,@07:00:00,CLEAR,N,1",
    )
    bench.load()
    assert bench.rows(ALARMS) == [("1", 2, 3, 4, 2), ("2", 2, None, None, 2), ("5", 4, None, 6, 2)]
    assert bench.rows(
        "select rows_read, rows_loaded, rows_quarantined, rows_dropped from ops.file_ledger"
    ) == [(9, 8, 0, 1)]
    with reading(bench.settings) as connection:
        assert unpaired(connection) == {("crm", "customers"): 1}


@pytest.mark.parametrize("order", [(1, 2), (2, 1)])
def test_an_end_that_comes_in_a_later_file_is_known_from_then_whichever_comes_first(bench, order):
    bench.contract(**LOG)
    for number in order:
        day(bench, number, *{1: ["1,@02:00:00,RAISE,N,1"], 2: ["2,@04:00:00,CLEAR,N,1"]}[number])
        bench.load()
    assert bench.rows(ALARMS) == [("1", 2, None, None, 2), ("1", 2, None, 4, 3)]


def test_a_line_that_begins_needs_what_the_entity_requires_and_a_broken_one_is_quarantined(bench):
    bench.contract(**LOG)
    day(bench, 1, "1,,RAISE,N,1", "2,@26:00:00,CLEAR,N,1", ",@03:00:00,RAISE,N,1",
        ",@04:00:00,CLEAR,N,1", "5,@05:00:00,CLEAR,N,")  # fmt: skip
    bench.load()
    assert bench.rows("select row_number, column_name from quarantine.rows order by all") == [
        (2, "raised_at"),
        (3, "raised_at"),
        (4, "alarm_id"),
        (6, "pair.key"),
    ]


def test_a_pair_that_contradicts_itself_is_refused(bench):
    mapping = LOG["entities"][0]
    bench.contract(
        **LOG | {"entities": [mapping | {"columns": mapping["columns"] | {"cleared_at": "t"}}]}
    )
    day(bench, 1, "1,@02:00:00,RAISE,N,1")
    with pytest.raises(ContractError, match="what pair fills cannot be mapped"):
        bench.load()


def test_a_check_names_the_feed_and_only_the_columns_nothing_reads(bench, capsys):
    bench.contract(**LOG)
    bench.deliver(
        "log_20260102.csv",
        "seq,time,act,ne,slot,extra\n1,2026-01-01 02:00:00,RAISE,N,1,x\n2,,RAISE,N,2,x\n"
        "3,2026-01-01 01:00:00,CLEAR,N,1,x\n",
    )
    main(["source", "check", str(bench.contracts / "crm.yml"), str(bench.extracts)])
    out = capsys.readouterr().out
    assert "not mapped in customers log_20260102.csv: extra\n" in out
    assert "quarantine: 1 rows of customers log_20260102.csv: raised_at is required" in out
    assert "customers: 1 lines end what never began" in out


def test_rows_of_a_log_loaded_before_it_was_paired_stay_till_they_are_replayed(bench):
    mapping = LOG["entities"][0]
    plain = {name: each for name, each in mapping.items() if name != "pair"}
    bench.contract(**LOG | {"entities": [plain]})
    day(bench, 1, "1,@02:00:00,RAISE,N,1", "2,@03:00:00,CLEAR,N,1")
    bench.load()
    bench.contract(**LOG)
    bench.load()
    assert bench.rows("select count(*) from raw.alarm") == [(2,)]
    replay(bench.settings, every=True)
    assert bench.rows(ALARMS) == [("1", 2, None, 3, 2)]
