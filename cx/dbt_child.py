"""dbt in a process of its own, without the work whose result nobody sees.

For each of a thousand nodes dbt-core makes messages of a dozen events, most of them for a log of
level debug that is not written, and Python looks through the whole project again and again for
garbage that there is not. On a base of some hundred customers that is much of a build. What dbt
does, and says at level info and above, is the same.
"""

from __future__ import annotations

import gc
import json
import re
from typing import TextIO

from dbt import compilation
from dbt.cli.main import cli
from dbt_common.events.base_types import BaseEvent, EventLevel
from dbt_common.events.event_manager import EventManager

# Objects made before Python looks for garbage: 700 by itself. A project is some million objects
# that stay, and hardly any of what a node makes refers to itself.
_OBJECTS = 200_000

_make_message = BaseEvent.__init__
_fire_event = EventManager.fire_event
_by_dbt = compilation.inject_ctes_into_sql


def main() -> None:
    """Do what `dbt` does with the arguments of this process."""
    gc.set_threshold(_OBJECTS, 20, 20)
    BaseEvent.__init__, BaseEvent.__getattr__ = _keep, _made_when_asked_for
    EventManager.fire_event = _fire_where_it_is_heard
    json.dump = _dump
    compilation.inject_ctes_into_sql = with_rows_given
    cli()


def _keep(self: BaseEvent, *args: object, **kwargs: object) -> None:
    object.__setattr__(self, "_told", (args, kwargs))


def _made_when_asked_for(self: BaseEvent, name: str) -> object:
    if name == "pb_msg":
        args, kwargs = object.__getattribute__(self, "_told")
        _make_message(self, *args, **kwargs)
        return self.__dict__["pb_msg"]
    return getattr(self.pb_msg, name)


def _fire_where_it_is_heard(
    self: EventManager,
    e: BaseEvent,
    level: EventLevel | None = None,
    *args: object,
    **kwargs: object,
) -> None:
    if (level or e.level_tag()) == EventLevel.DEBUG and not (
        # what cx/repeat.py reads of a log of that level; dbt's own callbacks look at warnings only
        type(e).__name__ == "SQLQuery"
        and any(logger.level == EventLevel.DEBUG for logger in self.loggers)
    ):
        return
    _fire_event(self, e, level, *args, **kwargs)


def _dump(told: object, file: TextIO, **how: object) -> None:
    """Write JSON made at once, by C: `json.dump` makes it piece by piece, in Python."""
    file.write(json.dumps(told, **how))


def with_rows_given(sql: str, ctes: list) -> str:
    """Put the rows a unit test gives before the CTEs of a model: where those begin is plain.

    dbt has the whole statement parsed for it, in Python: half of what a unit test takes.
    """
    told = ", ".join(cte.sql for cte in ctes)
    begin = re.match(r"\s*with\b(?!\s+recursive\b)\s+", sql, re.IGNORECASE)
    if not ctes or begin is None:
        return _by_dbt(sql, ctes)
    return f"with {told}, {sql[begin.end() :]}"


if __name__ == "__main__":
    main()
