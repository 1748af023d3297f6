"""What a TM Forum payload is, as SQL: its type, its resource, and why it is not taken."""

from __future__ import annotations

from collections.abc import Iterable

from ingest.contract import Feed
from ingest.formats.json import nul_sql
from ingest.formats.source import literal
from ingest.formats.tmforum_names import KINDS, LABELS, SHAPES

SEVERAL = "holds several resources"
NESTED = "is a list within a list, which no TM Forum payload holds"
# Parameters of `told`, for they are long and planned anew for every file.
KNOWN = {"known": list(LABELS), "labels": list(LABELS.values())}
# Beside the resource, events name their context; these are never what the event is about.
_BESIDE = (
    "relatedParty",
    "reportingSystem",
    "source",
    "informationRequired",
    "analyticCharacteristic",
)
_IS_PATCH = "is a JSON Patch (RFC 6902), which says what to change; deliver the resource itself"


def spread(whole: str) -> str:
    """Return the select that cuts lists, and events about several, into one resource each."""
    return f"""
        with listed as (
            select line, _original, payload, case
                when not {_begins("payload", "[")} or {_is_patch_list("payload")}
                    or json_array_length(payload) = 0
                then [payload] else json_extract(payload, '$[*]')
            end as items
            from ({whole})
        ),
        cut as (
            select line, _original, payload as whole_payload,
                generate_subscripts(items, 1) as first, unnest(items) as piece
            from listed
        ),
        heads as ({_heads("select *, piece as payload from cut")}),
        events as ({_events("select * from heads")}),
        opened as (
            select *, case
                when {_begins("inside", "[")} and json_array_length(inside) > 0
                then json_extract(inside, '$[*]') else [null]
            end as insides
            from events
        ),
        apart as (
            select *, generate_subscripts(insides, 1) as second, unnest(insides) as one from opened
        )
        select line, first, second,
            case when one is null then piece else json_object(
                '@type', heads[1], 'eventType', event_type, 'eventTime', heads[10],
                'eventId', heads[9], 'timeOccurred', heads[11], 'event', json_object(key, one)
            ) end as payload,
            coalesce(cast(payload as varchar), _original) as _original
        from apart
        """


def _heads(rows: str) -> str:
    """Add what a payload says of itself, with one look at it."""
    paths = ["@type", "@baseType", "id", "href", "eventType", "event", "op", "path"]
    paths += ["eventId", "eventTime", "timeOccurred", "timeOcurred"]
    listed = ", ".join(literal(f'$."{path}"') for path in paths)
    return f"select *, json_extract_string(payload, [{listed}]) as heads from ({rows})"


def _events(rows: str) -> str:
    """Add of an event: its type, the key under which it holds the resource, and what is there."""
    beside = ", ".join(literal(name) for name in _BESIDE)
    is_event = (
        f"coalesce({_begins('heads[6]', '{')} and not coalesce(heads[1], '') like '%EventRecord', "
        "false)"
    )
    name = r"'(Event|Notification)$'"
    event_type = (
        f"case when not {is_event} then null "
        f"when regexp_matches(coalesce(heads[5], ''), {name}) then heads[5] "
        f"when regexp_matches(coalesce(heads[1], ''), {name}) then heads[1] "
        "else coalesce(heads[5], heads[1], 'event') end"
    )
    # A key with a quote in it would break the path it becomes.
    keys = (
        "case when event_type is not null then list_filter(json_keys(heads[6]), lambda name: "
        "regexp_full_match(name, '[A-Za-z][A-Za-z0-9_]*')) else []::varchar[] end"
    )
    # The longest key that the event's type begins with; else the first that is not context.
    key = (
        "case when event_type is not null then coalesce("
        "list_extract(list_reverse_sort(list_transform(list_filter(keys, lambda name: "
        "starts_with(lower(event_type), lower(name))), lambda name: "
        "{'size': length(name), 'name': name})), 1).name, "
        f"list_extract(list_filter(keys, lambda name: name not in ({beside})), 1)) end"
    )
    return (
        "select *, case when key is not null then "
        "json_extract(heads[6], '$.\"' || key || '\"') end as inside "
        f"from (select *, {key} as key from (select *, {keys} as keys "
        f"from (select *, {event_type} as event_type from ({rows}))))"
    )


def told(rows: str, feed: Feed, of_lists: str, of_events: str) -> str:
    """Return the select of `told`: what each payload is, and why it is not taken.

    Parameters
    ----------
    rows : str
        Select of _row, _original and payload.
    of_lists, of_events : str
        What to say of a list, and of an event about several resources.
    """
    names = feed.dialect.resources or ()
    wanted = [name for name in names if not name.endswith("Event")]
    whole_events = _listed(name.lower() for name in names if name.endswith("Event"))
    taken = {name.lower(): name for name in wanted}
    for name in wanted:
        taken |= {kind.lower(): taken.get(kind.lower(), name) for kind in KINDS.get(name, ())}
    named = " ".join(f"when {literal(low)} then {literal(name)}" for low, name in taken.items())
    taken_as = f"case lower(said) {named} end"
    # Most payloads are what the feed takes: the long list is asked for the others only.
    is_taken = f"lower({{0}}) in ({_listed(taken)})"
    is_known = f"({is_taken} or list_contains($known, lower({{0}})))"
    href = r"regexp_extract(subject[4], '/([A-Za-z]+)/[^/]*/?$', 1)"
    shapes = " ".join(
        f"when json_exists(payload, {literal('$.' + key)}) then {literal(name)}"
        for key, name in SHAPES.items()
    )
    only = literal(wanted[0]) if len(wanted) == 1 else "null"
    said = (
        f"case when {is_known.format('subject[1]')} then subject[1] "
        "when event_type is not null then upper(left(key, 1)) || substr(key, 2) "
        "when regexp_matches(subject[1], 'Ref(OrValue)?$') then subject[1] "
        f"when {is_known.format('subject[2]')} then subject[2] "
        f"when {is_known.format(href)} then {href} "
        "when subject[1] is not null then subject[1] "
        f"{shapes} else {only} end"
    )
    subject = (
        "case when event_type is not null then json_extract_string(inside, "
        "['$.\"@type\"', '$.\"@baseType\"', '$.id', '$.href']) else heads end"
    )
    label = (
        "coalesce('a ' || list_extract($labels, list_position($known, lower(said))), "
        f"'something called ' || {_safe('said')})"
    )
    event = f"(case when event_type is null then '' else ' (' || {_safe('event_type')} || ')' end)"
    takes = literal(", ".join(wanted))
    record = (
        "case when event_type is null then payload else json_merge_patch(inside, json_object("
        "'_event', json_object('eventType', event_type, 'eventTime', heads[10], "
        "'eventId', heads[9], 'timeOccurred', coalesce(heads[11], heads[12])))) end"
    )
    error = f"""
        case
            when contains(_original, '\ufffd') or {nul_sql("_original")}
            then 'holds unreadable characters (NUL)'
            when payload is null then case when json_valid(_original)
                then {literal(f"holds nothing at {feed.dialect.records}")}
                else 'is not valid JSON' end
            when not {_begins("payload", "{")} then case
                when not {_begins("payload", "[")}
                then 'is a JSON ' || lower(json_type(payload)) || ', not an object'
                when {_is_patch_list("payload")} then {literal(_IS_PATCH)}
                when json_array_length(payload) = 0
                then 'is an empty list, which does not say whether there is nothing or it failed'
                else {literal(of_lists)} end
            when heads[7] is not null and heads[8] is not null and subject[3] is null
            then {literal(_IS_PATCH)}
            when {_begins("inside", "[")} and json_array_length(inside) > 0
            then {literal(of_events)}
            when event_type is not null and not coalesce({_begins("inside", "{")}, false)
            then 'is an event' || {event} || ' that holds no resource'
            when said is null
            then 'does not say what it is: it has no @type and no href that we know'
            when {taken_as} is null
                or regexp_matches(event_type, '(Delete|Deletion|Remove)(Event|Notification)?$')
                or not regexp_matches(event_type, '(Create|Creation)(Event|Notification)?$')
                and lower(event_type) not in ({whole_events})
                or coalesce(trim(subject[3]), '') = ''
            then 'is ' || {label} || {event} || case
                when {taken_as} is null
                then ', which this feed does not take (it takes ' || {takes} || ')'
                when regexp_matches(event_type, '(Delete|Deletion|Remove)(Event|Notification)?$')
                then ': that a record was deleted does not say how the thing ended; deliver the '
                    || 'resource in its last state'
                when coalesce(trim(subject[3]), '') = ''
                then ' that has no id: a request or an update, not a resource; deliver the '
                    || 'resource itself'
                else ': an event of a change need not hold the whole resource and would blank the '
                    || 'rest; deliver the resource, or name the event in dialect.resources when it '
                    || 'is whole' end
        end"""
    is_kept = "event_type is not null" if feed.dialect.records == "$" else "true"
    return f"""
        select _row, _error,
            case when _error is not null or {is_kept} then _original end as _original,
            case when _error is null then {record} end as record,
            case when _error is null then {taken_as} end as resource
        from (
            select *, {error} as _error from (
                select *, {said} as said from (
                    select *, {subject} as subject from ({_events(_heads(rows))})
                )
            )
        )"""


def _begins(column: str, mark: str) -> str:
    pattern = literal(rf"^\s*\{mark}")
    return f"regexp_matches(cast({column} as varchar), {pattern})"


def _is_patch_list(column: str) -> str:
    each = f"len(json_extract({column}, '$[*].{{}}')) = json_array_length({column})"
    return (
        f"(json_array_length({column}) > 0 and {each.format('op')} and {each.format('path')} "
        f"and not json_exists({column}, '$[0].id'))"
    )


def _safe(column: str) -> str:
    """Return SQL for a name from the payload that may be shown: a reason is not sealed."""
    return (
        f"case when regexp_full_match({column}, '[A-Za-z][A-Za-z0-9_]{{0,60}}') then {column} "
        "else 'thing of another kind' end"
    )


def _listed(names: Iterable[str]) -> str:
    return ", ".join(literal(name) for name in sorted(names)) or "''"
