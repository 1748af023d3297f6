"""What a failed build tells."""

from __future__ import annotations

from cx.build import unknown_states
from cx.settings import Settings
from cx.warehouse import writing


def test_states_nobody_knows_are_named_with_their_rows_and_the_place_to_map_them(tmp_path):
    settings = Settings(home=tmp_path)
    with writing(settings) as connection:
        connection.execute("create schema marts")
    assert unknown_states(settings) == ""
    with writing(settings) as connection:
        connection.execute(
            "create table marts.unmapped_code as select * from (values "
            "('ticket_status', 'zombie', 'tts', 1200, true), "
            "('reason', 'banana', 'tts', 9000, false)) "
            "as codes (vocabulary, source_code, source_system, row_count, is_failing)"
        )
    assert unknown_states(settings) == (
        "; states nobody knows: ticket_status 'zombie' of tts (1,200 rows): "
        "map them in dbt_project/seeds/code_map.csv or in the source's contract"
    )
    with writing(settings) as connection:
        connection.execute("delete from marts.unmapped_code where is_failing")
    assert unknown_states(settings) == ""
