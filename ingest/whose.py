"""Whose rows of raw are these: from what somebody said, or a tombstone, to every id of theirs."""

from __future__ import annotations

import duckdb

from cx.identifiers import normalised
from cx.keys import Keys
from ingest.intake import entities
from ingest.pseudonyms import keyed_hash

# Whose a row is says the first of these it fills: a ticket that names a customer is theirs,
# whatever line it also names. A name on the right is another column's kind of id.
_OWNERS = {
    "customer_id": "customer_id",
    "parent_product_id": "product_id",
    "product_id": "product_id",
    "account_id": "account_id",
    "party_id": "party_id",
    "service_id": "service_id",
    "bill_id": "bill_id",
    "order_item_id": "order_item_id",
    "service_order_item_id": "service_order_item_id",
    "ticket_id": "ticket_id",
    "interaction_id": "interaction_id",
}


# Ids of a person's own things; what they share with others (elements, areas, offers) stays.
_OWN = {
    *_OWNERS.values(),
    *("order_id", "service_order_id", "payment_id", "adjustment_id", "rate_id", "contact_id"),
    *("message_id", "survey_id", "port_id", "appointment_id", "service_order_event_id"),
}


TOKEN = "token"


_IDENTITY_DOMAINS = ("phone", "email", "document")


def find_subject(connection: duckdb.DuckDBPyConnection, subject: str, keys: Keys) -> bool:
    """Fill temp table `subjects` (kind, id) with a person's ids; tell whether any row is theirs.

    See `request` for how a person is named.
    """
    begin(connection)
    add(connection, subject, keys)
    close(connection)
    return is_known(connection)


SAID = "kind || '|' || id"


def begin(connection: duckdb.DuckDBPyConnection) -> None:
    """Begin temp tables `subjects` (ids of theirs) and `touched` (rows that were taken out)."""
    connection.execute("create or replace temp table subjects (kind varchar, id varchar)")
    connection.execute(
        "create or replace temp table touched "
        "(file_id uuid, row_number bigint, is_quarantined boolean)"
    )


def count(connection: duckdb.DuckDBPyConnection, table: str) -> int:
    """Return how many rows a table has."""
    return connection.execute(f"select count(*) from {table}").fetchall()[0][0]


def add(connection: duckdb.DuckDBPyConnection, subject: str, keys: Keys) -> None:
    """Add whom a line of the list means."""
    domain, _, identity = subject.partition(":")
    if domain in _IDENTITY_DOMAINS and identity:
        # Numbers are given as E.164, so no country is assumed.
        value = normalised("$said", domain, "", "")
        token = (
            f"select cast({keyed_hash(f'$domain || chr(124) || {value}', named=True)} as varchar)"
        )
        inner, outer = keys.hmac_pads()
        connection.execute(
            f"insert into subjects select '{TOKEN}', ({token})",
            {"said": identity, "domain": domain, "inner": inner, "outer": outer},
        )
    else:
        is_token = connection.execute("select try_cast(? as uuid) is not null", [subject])
        kind = TOKEN if is_token.fetchall()[0][0] else "customer_id"
        connection.execute("insert into subjects values (?, ?)", [kind, subject])
    # A number or address is that of its party, line or account, and these are somebody's.
    for name in ("party", "product", "billing_account"):
        matches = " or ".join(
            f"('{TOKEN}', cast({column} as varchar)) in (from subjects)"
            for column in token_columns(name)
        )
        owner = {"party": "party_id"}.get(name, "customer_id")
        connection.execute(
            f"insert into subjects select distinct '{owner}', {owner} from raw.{name} "
            f"where {owner} is not null and ({matches})"
        )
    connection.execute(
        "insert into subjects select distinct 'customer_id', customer_id from raw.customer "
        "where ('party_id', party_id) in (from subjects)"
    )


def is_known(connection: duckdb.DuckDBPyConnection) -> bool:
    """Tell whether some row is theirs: an id nobody has closes over nothing but itself."""
    return any(
        connection.execute(f"select 1 from raw.{name} where {whose_rows(name)} limit 1").fetchall()
        for name in personal_entities()
    )


def personal_entities() -> list[str]:
    """Return the entities whose rows can be somebody's."""
    return [
        name for name in entities() if _owner_columns(name) or _own_key(name) or token_columns(name)
    ]


def _owner_columns(entity: str) -> list[str]:
    columns = entities()[entity].columns
    return [name for name in _OWNERS if name in columns and name not in _own_key(entity)]


def _own_key(entity: str) -> list[str]:
    """Return the id that a row has of its own, such as a ticket's; it says least of whose it is."""
    key = entities()[entity].key
    is_least = len(key) == 1 and key[0] in _OWN and entity != "customer"
    return list(key) if is_least else []


def token_columns(entity: str) -> list[str]:
    """Return the columns of an entity that hold pseudonyms."""
    return [name for name, column in entities()[entity].columns.items() if column.type == "token"]


def whose_rows(entity: str) -> str:
    """Return SQL that says whether a row of raw is a subject's."""
    owners = [
        f"when {name} is not null then ('{_OWNERS[name]}', {name}) in (from subjects)"
        for name in _owner_columns(entity)
    ]
    if entity == "service_problem_link":
        owners = ["when true then related_id in (select id from subjects)"]
    # A row that says nothing else is whose number it names. Of two parties with one name or one
    # number only the id tells.
    tokens = [] if entity == "party" else token_columns(entity)
    otherwise = [f"('{name}', {name}) in (from subjects)" for name in _own_key(entity)]
    otherwise += [f"('{TOKEN}', cast({name} as varchar)) in (from subjects)" for name in tokens]
    found = f"coalesce({' or '.join(otherwise)}, false)" if otherwise else "false"
    return f"case {' '.join(owners)} else {found} end" if owners else found


def close(connection: duckdb.DuckDBPyConnection) -> None:
    """Add to `subjects` every id of theirs, until no row names a new one."""
    before = -1
    while before != count(connection, "subjects"):
        before = count(connection, "subjects")
        for name in personal_entities():
            entity = entities()[name]
            own = [column for column in entity.key if column in _OWN]
            if name == "customer":
                own.append("party_id")
            if name == "product_service":
                own.append("service_id")
            if name == "product_order":
                own.append("order_id")
            found = [(column, column) for column in own if column in entity.columns]
            if name in ("party", "product", "billing_account"):
                found += [(TOKEN, column) for column in token_columns(name)]
            for kind, column in found:
                connection.execute(
                    f"insert into subjects select distinct '{kind}', cast({column} as varchar) "
                    f"from raw.{name} where {column} is not null and {whose_rows(name)} "
                    f"and ('{kind}', cast({column} as varchar)) not in (from subjects)"
                )


def find_again(
    connection: duckdb.DuckDBPyConnection, vault: duckdb.DuckDBPyConnection, keys: Keys
) -> None:
    """Put into `subjects` the ids in raw whose keyed hash has a tombstone."""
    tombstones = vault.sql("select distinct kind, hash from tombstone").to_arrow_table()
    connection.register("buried", tombstones)
    connection.execute(
        "create or replace temp table tombstones as select kind, hash::uuid as hash from buried"
    )
    connection.unregister("buried")
    for name in personal_entities():
        entity = entities()[name]
        kinds = [(_OWNERS[column], column) for column in _OWNERS if column in entity.columns]
        kinds += [(column, column) for column in entity.key if column in _OWN]
        kinds += [(TOKEN, column) for column in token_columns(name)]
        for kind, column in sorted(set(kinds)):
            connection.execute(
                f"""
                insert into subjects
                select kind, id
                from (
                    select distinct '{kind}' as kind, cast({column} as varchar) as id
                    from raw.{name}
                    where {column} is not null
                )
                where
                    (kind, id) not in (from subjects)
                    and (kind, {keyed_hash(SAID)}) in (from tombstones)
                """,
                keys.hmac_pads(keys.erasure),
            )
