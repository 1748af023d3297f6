"""Chance without a random generator: every draw is a hash of (what is drawn, for whom, seed).

A draw depends on nothing else – not on row order, thread count or the time of day – so the same
parameters give the same bytes, and changing one part of the operator leaves the others alone.
"""

from __future__ import annotations

from datetime import date

import duckdb

from ingest.simulator.rates import RATES

# hash(a, b) combines its arguments after mixing them, so two salts of one key would differ by a
# constant only; the outer hash mixes again and makes draws with different salts independent.
MACROS = """
create macro u(salt, key) as
    (hash(hash(key, salt, getvariable('seed'))) >> 11) * (1.0 / 9007199254740992);
-- twelve bits of a finished hash: several independent draws for the price of one
create macro bits(draw, place) as ((draw >> (12 * place)) & 4095) / 4096.0;
create macro gauss(salt, key) as
    sqrt(-2 * ln(1 - u(salt || '/r', key))) * cos(2 * pi() * u(salt || '/a', key));
create macro pick(options, draw) as options[1 + cast(floor(len(options) * draw) as bigint)];
create macro how_many(rate, draw) as cast(case
    when draw < exp(-rate) then 0
    when draw < exp(-rate) * (1 + rate) then 1
    when draw < exp(-rate) * (1 + rate + rate * rate / 2) then 2
    when draw < exp(-rate) * (1 + rate + rate * rate / 2 + rate * rate * rate / 6) then 3
    else 4 end as bigint);
create macro waiting(rate, draw) as -ln(1 - draw) / greatest(rate, 1e-12);
create macro rate() as getvariable('rates');
create macro seed() as getvariable('seed');
create macro window_from() as getvariable('window_from');
create macro window_to() as getvariable('window_to');
create macro month_from() as getvariable('month_from');
create macro month_to() as getvariable('month_to');
create macro month_n() as getvariable('month_n');
create macro month_minutes() as date_diff('minute', month_from(), month_to());
create macro after_minutes(moment, number) as
    moment + to_minutes(cast(floor(number) as bigint));
create macro after_days(moment, number) as
    moment + to_minutes(cast(floor((number) * 1440) as bigint));
-- a system tells of most things within hours, of some only days later
create macro reported(moment, key) as
    moment
    + to_minutes(5 + cast(floor(170 * u('told', key)) as bigint))
    + if(
        u('late', key) < 0.02,
        to_days(1 + cast(floor(4 * u('how late', key)) as integer)),
        interval 0 day
    );
create macro hours_between(a, b) as date_diff('minute', a, b) / 60.0;
create macro padded(number, width) as lpad(cast(number as varchar), width, '0');
create macro iso(moment) as strftime(moment, '%Y-%m-%dT%H:%M:%SZ');
create macro german(moment) as strftime(moment, '%d.%m.%Y %H:%M:%S');
create macro comma(number) as replace(printf('%.2f', cast(number as double)), '.', ',');
create macro subscription_id(n) as 'S' || padded(n, 8);
create macro addon_id(n) as 'X' || padded(n, 10);
create macro customer_id(n) as 'C' || padded(n, 8);
create macro party_id(n) as 'P' || padded(n, 8);
create macro account_id(n) as 'A' || padded(n, 8);
create macro service_id(n) as 'V' || padded(n, 11);
create macro resource_id(kind, n) as case kind
    when 'core' then 'CORE-' || padded(n, 3)
    when 'aggregation' then 'AGG-' || padded(n, 5)
    when 'access' then 'ACC-' || padded(n, 6)
    when 'cell' then 'CELL-' || padded(n, 7)
    else 'PORT-' || padded(n, 10) end;
create macro location_id(n) as 'LOC-' || padded(n, 5);
"""


def prepare(
    connection: duckdb.DuckDBPyConnection, *, seed: int, window_from: date, window_to: date
) -> None:
    """Give the connection the macros and the parameters of the whole run."""
    connection.execute("set preserve_insertion_order = true")
    connection.execute(f"set variable seed = {int(seed)}::bigint")
    connection.execute(f"set variable window_from = timestamp '{window_from}'")
    connection.execute(f"set variable window_to = timestamp '{window_to}'")
    rates = ", ".join(f"{name}: {value}::double" for name, value in RATES.items())
    connection.execute(f"set variable rates = {{{rates}}}")
    enter_month(connection, 0, window_from, window_from)
    connection.execute(MACROS)


def enter_month(
    connection: duckdb.DuckDBPyConnection, number: int, month_from: date, month_to: date
) -> None:
    """Set the month the following statements speak of."""
    connection.execute(f"set variable month_n = {int(number)}::bigint")
    connection.execute(f"set variable month_from = timestamp '{month_from}'")
    connection.execute(f"set variable month_to = timestamp '{month_to}'")
