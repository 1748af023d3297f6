"""Why an action was chosen, or none, in words: templates filled in by the database."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import duckdb
import pandas as pd

from ml import registry

# {0} to {2} are what the action's builder told, {3} its value, {4} its cost, {5} the currency,
# {6} the product, {7} the exits and {8} the contacts it prevents. `,` and `t ` divide thousands.
TEMPLATES = {
    "repair_first": (
        "Down for {0:.1f} h with {2:,.0f} lines; {1:.1f} h sooner prevents {7:.4f} exits and "
        "{8:.3f} contacts.",
        "Не работает {0:.1f} ч, всего линий {2:t .0f}; на {1:.1f} ч раньше — меньше уходов на "
        "{7:.4f} и обращений на {8:.3f}.",
    ),
    "notify": (
        "Has not been told yet ({0:.1f} so far); {1:.3f} contacts are to be expected, {2:.0f}% of "
        "which a message spares.",
        "Ещё не сообщили (уже {0:.1f}); ждём {1:.3f} обращения, сообщение снимет {2:.0f} %.",
    ),
    "fix_bill": (
        "The bill is {0:,.2f} {5} above the median of up to six bills before it; crediting "
        "{1:,.2f} undoes {2:.0f}% of what a shock does: {7:.4f} exits and {8:.3f} contacts.",
        "Счёт выше медианы прошлых (не более шести) на {0:t .2f} {5}; возврат {1:t .2f} "
        "снимает {2:.0f} % последствий: {7:.4f} ухода и {8:.3f} обращения.",
    ),
    "call": (
        "Leaves within a month with a chance of {0:.1f}%; a call changes that by {1:+.1f} pp; "
        "the line is worth {2:,.0f} {5}.",
        "Уйдёт за месяц с вероятностью {0:.1f} %; звонок меняет её на {1:+.1f} п. п.; "
        "ценность линии {2:t .0f} {5}.",
    ),
    "offer": (
        "Takes {6} anyway with a chance of {2:.1f}%; an offer adds {0:.1f} pp, at {1:,.2f} {5} a "
        "month.",
        "Возьмёт «{6}» и так с вероятностью {2:.1f} %; предложение добавит {0:.1f} п. п., "
        "{1:t .2f} {5} в месяц.",
    ),
    "change_plan": (
        "{6} would have cost it {0:,.2f} {5} a month less on its own usage (sure to {1:.0f}%), "
        "with {2:.2f} fewer bill shocks.",
        "«{6}» обошёлся бы на {0:t .2f} {5} в месяц дешевле при своём потреблении (уверенность "
        "{1:.0f} %), скачков счёта меньше на {2:.2f}.",
    ),
}
# What is said of a line that is left alone; {0} is the best action weighed and {1} its value.
IDLE = {
    "withheld": (
        "Kept back by chance, so that the effect of {0} can be measured.",
        "Оставлен случайным выбором, чтобы измерить действие «{0}».",
    ),
    "limited": (
        "{0} would earn {1:,.2f} {2}, but for the limit: {3}.",
        "«{0}» принёс бы {1:t .2f} {2}, но есть предел: {4}.",
    ),
    "nothing pays": (
        "Nothing that may be done pays: the best, {0}, would bring {1:,.2f} {2}.",
        "Ничто из возможного не окупается: лучшее, «{0}», принесло бы {1:t .2f} {2}.",
    ),
    "nothing known": (
        "Nothing is known that calls for an action.",
        "Нет повода что-либо делать.",
    ),
}
LIMITS_RU = {
    "budget": "бюджет",
    "capacity": "мощность",
    "contact fatigue": "число обращений к клиенту",
    "better left alone": "лучше не беспокоить",
}


def write_options(connection: duckdb.DuckDBPyConnection, options: pd.DataFrame) -> int:
    """Write ml.ml_action_option, each option with its reason in English and Russian; return rows.

    The sentences go from the engine into the table: in Python they would be more than all else.
    """
    registry.create_tables(connection)
    columns = ", ".join(registry.column_names("ml_action_option"))
    connection.execute("delete from ml.ml_action_option")
    with _registered(connection, weighed=options, words=_words(TEMPLATES)):
        connection.execute(
            f"insert into ml.ml_action_option ({columns}) select {columns} from ({_OPTIONS})"
        )
    return len(options)


def write_actions(connection: duckdb.DuckDBPyConnection, actions: pd.DataFrame) -> int:
    """Write ml.ml_action with a reason in words, English and Russian; return rows.

    What was written stays in the temporary table told_actions, with all columns of `actions` and
    reason_key, for the work list.

    Parameters
    ----------
    connection : duckdb.DuckDBPyConnection
        With marts.dim_action.
    actions : DataFrame
    """
    registry.create_tables(connection)
    columns = ", ".join(registry.column_names("ml_action"))
    limits = pd.DataFrame(LIMITS_RU.items(), columns=["limited_by", "limit_ru"])
    with _registered(
        connection,
        decided=actions,
        words=_words(TEMPLATES),
        idle_words=_words(IDLE),
        limit_words=limits,
    ):
        connection.execute(f"create or replace temp table told_actions as {_ACTIONS}")
    connection.execute("delete from ml.ml_action")
    connection.execute(f"insert into ml.ml_action ({columns}) select {columns} from told_actions")
    return len(actions)


@contextmanager
def _registered(connection: duckdb.DuckDBPyConnection, **frames: pd.DataFrame) -> Iterator[None]:
    for name, frame in frames.items():
        connection.register(name, frame)
    try:
        yield
    finally:
        for name in frames:
            connection.unregister(name)


def _words(templates: dict[str, tuple[str, str]]) -> pd.DataFrame:
    return pd.DataFrame(
        [(key, *pair) for key, pair in templates.items()], columns=["key", "en", "ru"]
    )


_OPTIONS = """
    select
        weighed.*,
        format(
            words.en, told_1, told_2, told_3, value, cost, coalesce(currency, ''),
            coalesce(cast(offering_name as varchar), ''), exits_prevented, contacts_prevented
        ) as reason,
        format(
            words.ru, told_1, told_2, told_3, value, cost, coalesce(currency, ''),
            coalesce(cast(offering_name as varchar), ''), exits_prevented, contacts_prevented
        ) as reason_ru
    from weighed
    left join words on weighed.action_id = words.key
    order by subscription_id, action_id, offering_id
"""
_ACTIONS = """
    with
    kinds as (
        select
            decided.*,
            coalesce(cast(withheld_action_id as varchar), cast(best_action_id as varchar))
                as about_id,
            case
                when action_id <> 'do_nothing' then cast(action_id as varchar)
                when withheld_action_id is not null then 'withheld'
                when best_action_id is null then 'nothing known'
                when limited_by is not null then 'limited'
                else 'nothing pays'
            end as reason_key
        from decided
    )
    select
        kinds.*,
        coalesce(
            format(
                words.en, told_1, told_2, told_3, value, cost, coalesce(kinds.currency, ''),
                coalesce(cast(offering_name as varchar), ''), exits_prevented, contacts_prevented
            ),
            format(
                idle_words.en, coalesce(about.action_name, ''), coalesce(best_value, 0),
                coalesce(kinds.currency, ''), coalesce(cast(kinds.limited_by as varchar), ''), ''
            )
        ) as reason,
        coalesce(
            format(
                words.ru, told_1, told_2, told_3, value, cost, coalesce(kinds.currency, ''),
                coalesce(cast(offering_name as varchar), ''), exits_prevented, contacts_prevented
            ),
            format(
                idle_words.ru, coalesce(about.action_name_ru, ''), coalesce(best_value, 0),
                coalesce(kinds.currency, ''), '', coalesce(limit_words.limit_ru, '')
            )
        ) as reason_ru
    from kinds
    left join words on kinds.reason_key = words.key
    left join idle_words on kinds.reason_key = idle_words.key
    left join limit_words on kinds.limited_by = limit_words.limited_by
    left join marts.dim_action as about on kinds.about_id = about.action_id and about.is_current
    order by kinds.subscription_id
"""
