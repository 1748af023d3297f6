"""Contracts as files: read and checked, with their open questions, and their JSON Schema."""

from __future__ import annotations

import json
from collections.abc import Iterator
from functools import lru_cache
from pathlib import Path

import yaml
from pydantic import ValidationError

from cx.errors import UserError
from cx.settings import Settings
from ingest.contract import Contract
from ingest.intake import entities

# Aliases of a contract are written out when it is read; no contract is near as large.
_MAX_VALUES = 200_000
# A text that begins so is a question a draft (`cx source add`) has left open.
ASK = "ASK:"


class ContractError(UserError):
    """A contract that cannot be used: says which file, which line of it, and why."""


def _any_scalar(schema: object) -> object:
    """Let numbers and booleans stand wherever a schema asks for a text."""
    if isinstance(schema, list):
        return [_any_scalar(each) for each in schema]
    if not isinstance(schema, dict):
        return schema
    scalar = {"type": ["string", "number", "boolean"]} if schema.get("type") == "string" else {}
    return {key: _any_scalar(each) for key, each in schema.items()} | scalar


def json_schema() -> str:
    """Return the contract's JSON Schema as text, for editors and for the repository."""
    schema = Contract.model_json_schema(by_alias=True)
    definitions = schema["$defs"]
    # An editor must also accept the short form `customer_id: KUNDE`, which the model widens.
    short = {"anyOf": [{"type": "string"}, {"$ref": "#/$defs/Column"}]}
    definitions["Mapping"]["properties"]["columns"]["additionalProperties"] = short
    definitions["Mapping"]["properties"]["known_at"] = {
        **short,
        "description": "When we learned it",
    }
    # … and one text where several may stand, and 0, true or 9.5 where a text is meant.
    for definition in (*definitions.values(), schema):
        for name, spec in definition.get("properties", {}).items():
            choices = spec.get("anyOf", [])
            if any(choice.get("type") == "array" for choice in choices):
                choices.append({"type": "string"})
            if name in ("value", "default", "blanks", "not_applicable", "map"):
                definition["properties"][name] = _any_scalar(spec)
    definitions["Mapping"]["properties"]["entity"]["enum"] = list(entities())
    schema["$schema"] = "https://json-schema.org/draft/2020-12/schema"
    schema["title"] = "cx source contract"
    return json.dumps(schema, indent=2, ensure_ascii=False) + "\n"


def questions_in(body: object, place: tuple[str, ...] = ()) -> Iterator[tuple[str, str]]:
    """Yield (place, question) of every text of a contract that is a question still.

    A place is the path in the contract, feeds and entities by their names:
    `contacts.interaction.started_at.format`.
    """
    if isinstance(body, str):
        if body.startswith(ASK):
            yield ".".join(place), body.removeprefix(ASK).strip()
    elif isinstance(body, dict):
        for key, value in body.items():
            step = (
                ()
                if key in ("feeds", "entities", "columns") and place[-1:] != ("dialect",)
                else (str(key),)
            )
            yield from questions_in(value, (*place, *step))
    elif isinstance(body, list):
        for number, value in enumerate(body):
            names = value if isinstance(value, dict) else {}
            name = names.get("feed") or names.get("entity")
            if names and str(name).startswith(ASK):
                yield from questions_in(value, place)
            else:
                yield from questions_in(value, (*place, str(name or number)))


def _values_in(body: object, counted: dict[int, int]) -> int:
    """Count the values of a document with its aliases written out, each of them once only."""
    if not isinstance(body, dict | list):
        return 1
    if id(body) not in counted:
        counted[id(body)] = _MAX_VALUES + 1  # one that holds itself has no end
        parts = body.values() if isinstance(body, dict) else body
        counted[id(body)] = 1 + sum(_values_in(each, counted) for each in parts)
    return counted[id(body)]


def load_contract(path: Path) -> Contract:
    """Read and check one contract, once as long as its file stays as it is.

    Raises
    ------
    ContractError
        Naming the file, the place in it and what to change.
    """
    try:
        about = path.stat()
    except OSError as error:
        raise ContractError(f"{path}: cannot be read ({error}); save it as UTF-8 text") from error
    return _checked(path, about.st_ino, about.st_size, about.st_mtime_ns)


@lru_cache(maxsize=256)
def _checked(path: Path, *_as_it_is: int) -> Contract:
    try:
        # the safe loader, in C: a folder of contracts is read by every command
        body = yaml.CSafeLoader(path.read_text(encoding="utf-8")).get_single_data()
    except RecursionError as error:
        raise ContractError(f"{path}: is nested too deeply; is it a contract?") from error
    except (OSError, UnicodeDecodeError) as error:
        raise ContractError(f"{path}: cannot be read ({error}); save it as UTF-8 text") from error
    except yaml.YAMLError as error:
        place = getattr(error, "problem_mark", None)
        line = f" line {place.line + 1}" if place else ""
        raise ContractError(f"{path}:{line} is not YAML ({str(error).splitlines()[0]})") from error
    if not isinstance(body, dict):
        raise ContractError(f"{path}: is empty or not a mapping; begin with `source_system:`")
    if _values_in(body, {}) > _MAX_VALUES:
        raise ContractError(
            f"{path}: its aliases (*name) make more than {_MAX_VALUES:,} values of it; write out "
            "what is meant"
        )
    for place, question in questions_in(body):
        raise ContractError(f"{path}: {place} is still a question: {question}; answer it")
    try:
        return Contract.model_validate(body)
    except ValidationError as error:
        first = error.errors()[0]
        # of a key that may be a word or a mapping the checker names the function it tried
        parts = (str(part) for part in first["loc"])
        place = ".".join(part for part in parts if "[" not in part) or "contract"
        more = f" (and {error.error_count() - 1} more)" if error.error_count() > 1 else ""
        raise ContractError(f"{path}: {place}: {first['msg']}{more}") from error


def load_contracts(settings: Settings) -> dict[str, Contract]:
    """Read every contract of every contract folder, by source system; the operator's own win."""
    found: dict[str, Contract] = {}
    for folder in settings.contract_folders:
        here: dict[str, Path] = {}
        for path in sorted(folder.glob("*.y*ml")):
            if path.name == "intake.yml":
                continue
            contract = load_contract(path)
            if contract.source_system in here:
                raise ContractError(
                    f"{path}: source_system {contract.source_system} is taken by "
                    f"{here[contract.source_system].name}; choose another name"
                )
            here[contract.source_system] = path
            found.setdefault(contract.source_system, contract)
    return found
