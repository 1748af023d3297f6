"""Care's look-up: which customer has this phone, e-mail address or name. A process of its own.

The app starts it for one question and hands it over on standard input; only here is the vault's
key read. The question becomes the keyed pseudonym that the door made of the same text, and that
is looked for in `holders.duckdb`, which `cx publish` writes anew each time. What was typed is
neither stored nor logged nor given back; the audit log gets who, why and whose row was opened.
"""

from __future__ import annotations

import fcntl
import hashlib
import hmac
import json
import os
import sys
import time
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import duckdb
import yaml

from cx import audit
from cx.access import REASONS, LookUpLimits, access_rules, rights_of
from cx.errors import CxError, UserError
from cx.identifiers import normalised, trunk_of
from cx.keys import Keys, load_keys
from cx.settings import Settings
from cx.warehouse import attach_release, reading, scratch

DOMAINS = ("phone", "email", "name")
# More people of one name than this tell nobody who is on the phone; they are not shown.
MOST_FOUND = 10
LONGEST = 200


class Refused(UserError):
    """The question is not answered; `code` says why, in a word the app has a text for."""

    def __init__(self, code: str) -> None:
        """Keep the reason."""
        super().__init__(code)
        self.code = code


def write_holders(settings: Settings, connection: duckdb.DuckDBPyConnection) -> int:
    """Write which customers each pseudonym stands for; return the number of pairs.

    Called where a release is published, so that a look-up finds whom the release shows.
    """
    found = connection.execute(
        "select count(*) from duckdb_tables() where database_name = current_database() "
        "and (schema_name, table_name) in (('intermediate', 'int_customer_tokens'), "
        "('intermediate', 'int_customer_links'), ('staging', 'stg_customers'), "
        "('staging', 'stg_parties'), ('ops', 'file_ledger'))"
    ).fetchone()
    if found != (5,):
        settings.holders.unlink(missing_ok=True)
        return 0
    building = settings.holders.with_suffix(".building")
    building.unlink(missing_ok=True)
    systems = {
        row[0]
        for row in connection.execute(
            "select distinct source_system from ops.file_ledger"
        ).fetchall()
    }
    attach_release(connection, building, "holders")
    try:
        connection.execute(
            """
            create table holders.holder as
            select tokens.domain, tokens.token, customer_links.customer_id
            from (
                select token_type as domain, token, source_key
                from intermediate.int_customer_tokens
                union
                select 'name' as domain, parties.name as token, customers.customer_id as source_key
                from staging.stg_customers as customers
                inner join staging.stg_parties as parties
                    on
                        customers.party_id = parties.party_id
                        and customers.source_system = parties.source_system
                where customers.is_current and parties.is_current and parties.name is not null
            ) as tokens
            inner join intermediate.int_customer_links as customer_links
                on tokens.source_key = customer_links.source_key
            group by all
            order by all
            """
        )
        connection.execute(
            "create table holders.phone_spelling (country_code varchar, trunk_prefix varchar)"
        )
        connection.executemany(
            "insert into holders.phone_spelling values (?, ?)", _spellings(settings, systems)
        )
        pairs = connection.execute("select count(*) from holders.holder").fetchall()[0][0]
    finally:
        connection.execute("detach holders")
    building.chmod(0o400)
    building.replace(settings.holders)
    return pairs


def answer(settings: Settings, question: dict[str, object]) -> list[str]:
    """Answer one question with the ids of the customers it is about, at most `MOST_FOUND`.

    Parameters
    ----------
    question : dict
        actor and roles (from the sign-in), domain (phone, email or name), value, reason.

    Raises
    ------
    Refused
        When the roles may not look up, the reason is none of `REASONS`, the person has asked too
        often, or the question has no answer.
    """
    actor, roles = str(question.get("actor", "")), question.get("roles")
    domain, value, reason = (question.get(name) for name in ("domain", "value", "reason"))
    told = {"actor": actor, "domain": domain if domain in DOMAINS else "other"}
    named = roles if isinstance(roles, list) else []
    rights = rights_of(frozenset(role for role in named if isinstance(role, str)))
    if not actor or "look_up" not in rights:
        audit.record(settings, "denied", **told, what="look_up", why="role")
        raise Refused("not_allowed")
    if reason not in REASONS or domain not in DOMAINS:
        raise Refused("no_reason")
    if not isinstance(value, str) or not 0 < len(value.strip()) <= LONGEST:
        raise Refused("nothing_asked")
    if not take_turn(settings, actor, access_rules(settings).look_ups):
        audit.record(settings, "denied", **told, what="look_up", why="rate")
        raise Refused("too_often")
    if not settings.holders.exists():
        raise Refused("not_there")
    customers = _holders(settings, domain, value, load_keys(settings))
    too_many = len(customers) > MOST_FOUND
    audit.record(
        settings,
        "look_up",
        **told,
        reason=reason,
        found=len(customers),
        customers=[] if too_many else [audit.customer_of(settings, each) for each in customers],
    )
    if too_many:
        raise Refused("too_many")
    return customers


def take_turn(settings: Settings, actor: str, limits: LookUpLimits) -> bool:
    """Take one of a person's turns, if one is left; turns come back evenly over the hour."""
    path = settings.state / "look_ups.json"
    with _locked(path) as turns:
        now = time.time()
        left, at = turns.get(actor, (float(limits.burst), now))
        # A clock that jumps back gives no turns, and takes none.
        left = min(limits.burst, left + max(0.0, now - at) * limits.per_hour / 3600)
        may = left >= 1
        turns[actor] = (left - may, now)
    return may


def token_of(domain: str, value: str, keys: Keys) -> str:
    """Return the pseudonym the door makes of an identifier in its one spelling."""
    named = f"{domain}|{value}".encode()
    return str(uuid.UUID(hmac.new(keys.token, named, hashlib.sha256).hexdigest()[:32]))


def _holders(settings: Settings, domain: str, value: str, keys: Keys) -> list[str]:
    with reading(settings, settings.holders) as connection:
        spellings = [("", "")]
        if domain == "phone":
            spellings = connection.execute("select * from phone_spelling").fetchall()
        tokens = {
            token_of(domain, spelt, keys)
            for country_code, trunk_prefix in spellings
            if (spelt := _spelt(value, domain, country_code, trunk_prefix))
        }
        rows = connection.execute(
            "select distinct customer_id from holder "
            "where domain = ? and list_contains(cast(? as uuid[]), token) order by customer_id "
            "limit ?",
            [domain, sorted(tokens), MOST_FOUND + 1],
        ).fetchall()
    return [row[0] for row in rows]


def _spelt(value: str, domain: str, country_code: str, trunk_prefix: str) -> str | None:
    with scratch() as connection:
        spelling = normalised("$value", domain, country_code, trunk_prefix)
        return connection.execute(f"select {spelling}", {"value": value}).fetchall()[0][0]


def _spellings(settings: Settings, systems: set[str]) -> list[tuple[str, str]]:
    """Return country code and trunk prefix of every contract whose files are loaded."""
    found = {("", "0")}
    for folder in settings.contract_folders:
        for path in sorted(folder.glob("*.yml")):
            told = yaml.safe_load(path.read_text(encoding="utf-8"))
            if isinstance(told, dict) and told.get("source_system") in systems:
                code = told.get("country_code", "")
                prefix = told.get("trunk_prefix", trunk_of(str(code)))
                if f"{code}{prefix}".isdigit() or not f"{code}{prefix}":
                    found.add((str(code), str(prefix)))
    return sorted(found)


@contextmanager
def _locked(path: Path) -> Iterator[dict[str, tuple[float, float]]]:
    """Yield what the file holds and write it back; one process at a time."""
    path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    with os.fdopen(os.open(path, os.O_RDWR | os.O_CREAT, 0o600), "r+", encoding="utf-8") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        text = file.read()
        try:
            turns = json.loads(text) if text else {}
        except json.JSONDecodeError as error:
            raise UserError(f"{path} is damaged; a privacy officer may remove it") from error
        yield turns
        file.seek(0)
        file.write(json.dumps(turns))
        file.truncate()


def serve() -> int:
    """Answer the question on standard input with one line of JSON."""
    os.umask(0o077)
    try:
        question = json.loads(sys.stdin.read(10_000))
        told = {"customers": answer(Settings.from_env(), question)}
    except Refused as refusal:
        told = {"refused": refusal.code}
    except (CxError, json.JSONDecodeError, AttributeError, OSError, duckdb.Error) as error:
        # The text of an error may hold a path, never what was asked; it goes to the app's log.
        sys.stderr.write(f"{type(error).__name__}: {error if isinstance(error, CxError) else ''}\n")
        told = {"refused": "failed"}
    sys.stdout.write(json.dumps(told) + "\n")
    return 0


if __name__ == "__main__":
    sys.exit(serve())
