"""Filters in the address: stable codes, never labels; a value we do not know is named and left."""

from __future__ import annotations

import time
from collections.abc import Callable, Collection, Sequence

import streamlit as st

from app import i18n

LONGEST = 200
# As much of a value nobody knows is repeated.
LONGEST_MISSED = 60
# Under which an address that no page has is told to the first page.
NO_PAGE = "no_page"
# A click may come before the browser has the address that the last one wrote: no step back.
SETTLING_SECONDS = 1.0


def begin(page: str) -> None:
    """Find out which values the reader went back from: the page's address had them and lacks them.

    An address without a value is a step back only within a page; from another page's menu it means
    that the values last chosen here stand.
    """
    before = st.session_state.get("address", {})
    is_step = before.get("page") == page and time.monotonic() - before["at"] > SETTLING_SECONDS
    st.session_state["gone"] = before["names"] - set(st.query_params) if is_step else set()
    st.session_state["missed"] = []


def is_left(name: str) -> bool:
    """Tell whether the reader went back to the page as it was without this value."""
    return name in st.session_state.get("gone", ())


def end(page: str) -> None:
    """Note the values that the page's address has, once the page is drawn."""
    seen = {"page": page, "names": set(st.query_params)}
    before = st.session_state.get("address", {})
    if {name: before.get(name) for name in seen} != seen:
        st.session_state["address"] = seen | {"at": time.monotonic()}


def chosen(
    widget: Callable[..., str],
    label: str,
    options: Sequence[str],
    *,
    page: str,
    name: str,
    default: str | None = None,
    format_func: Callable[[str], str] = str,
    is_dated: bool = False,
    **how: object,
) -> str:
    """Draw a widget over `options` whose value lives in the address under `name`.

    The default does not stand there, unless it `is_dated`: another month comes first to mind when
    the link is opened later, and it shall show what it showed. The address wins when it changed (a
    link, Back, also to an address without the value); else the value last chosen on this page does,
    so that it survives a look at another page.
    """
    fallback = options[0] if default is None or default not in options else default
    key = f"{page}.{name}"
    if _restore(key, name, lambda text: text if text in options else None, fallback):
        miss(label, st.query_params[name], format_func(fallback))
    if st.session_state[key] not in options:
        st.session_state[key] = fallback
    texts = {option: format_func(option) for option in options}
    value = widget(label, options, key=key, format_func=texts.get, **how)
    value = fallback if value is None else value
    remember(page, name, value, "" if is_dated else fallback)
    if is_dated:
        st.session_state["by_itself"] = {name} if value == fallback else set()
    return value


def missed() -> list[tuple[str, str, str]]:
    """Return the values of the address that this page run did not know.

    Returns
    -------
    list of (label of the filter, value, what is shown in its place)
    """
    return st.session_state.get("missed", [])


def lasting() -> dict[str, str]:
    """Return the address without what came to mind by itself, as a month: a kept view goes on."""
    itself = {"lang"} | st.session_state.get("by_itself", set())
    return {name: value for name, value in st.query_params.items() if name not in itself}


def typed(widget: Callable[..., str], label: str, *, page: str, name: str, **how: object) -> str:
    """Draw a text field whose trimmed value lives in the address under `name`."""
    key = f"{page}.{name}"
    _restore(key, name, lambda text: clean(text), "")
    value = clean(widget(label, key=key, max_chars=LONGEST, **how) or "")
    remember(page, name, value, "")
    return value


def numbered(pages: int, *, page: str, name: str, of: object) -> int:
    """Draw numbers to leaf through `pages` with; the one chosen lives in the address.

    Parameters
    ----------
    of : object
        What is leafed through: of something else the first page comes first.
    """
    key = f"{page}.{name}"
    told, state = st.query_params.get(name), st.session_state
    is_gone = is_left(name)
    is_news = is_gone or (told is not None and told != state.get(f"written.{key}"))
    if is_news:
        state[f"kept.{key}"] = "1" if is_gone else told
    elif state.get(f"of.{key}", (of, pages)) != (of, pages):
        state[f"kept.{key}"] = "1"
    # A widget's value cannot be set once it is drawn: what comes from outside makes a new one.
    if is_news or state.get(f"of.{key}") != (of, pages):
        state[f"turn.{key}"] = state.get(f"turn.{key}", 0) + 1
    state[f"of.{key}"] = (of, pages)
    known = {str(number): number for number in range(1, pages + 1)}
    if is_news and not is_gone and told not in known:
        miss(i18n.t("rows.page"), told, "1")
    start = known.get(state.get(f"kept.{key}", "1"), 1)
    value = start
    if pages > 1:
        value = st.pagination(pages, default=start, key=f"{key}.{state[f'turn.{key}']}")
    remember(page, name, str(value), "1")
    return value


def wanted(*, page: str, name: str) -> str:
    """Return the value a new address tells, else the one last chosen; after a step back none."""
    if is_left(name):
        return ""
    told = clean(st.query_params.get(name, ""))
    if told and told != st.session_state.get(f"written.{page}.{name}"):
        return told
    return st.session_state.get(f"kept.{page}.{name}") or ""


def selected(value: str, *, page: str, name: str, known: Collection[str]) -> str:
    """Keep in the address which row of a table is selected, and return the one that is, or ''.

    Parameters
    ----------
    value : str
        What names the row selected on the screen; empty where none is: then the address tells.
    known : collection of str
        What the table holds: another customer's address may name a row of the last one.
    """
    key, state = f"{page}.{name}", st.session_state
    kept = wanted(page=page, name=name)
    if value != state.get(f"row.{key}", ""):
        kept = value
    state[f"row.{key}"] = value
    kept = kept if kept in known else ""
    remember(page, name, kept, "")
    # Where only a part of the page is drawn anew, nobody else notes what the address has, and a
    # step back is none a second time.
    state.get("gone", set()).discard(name)
    if kept and "address" in state:
        state["address"]["names"].add(name)
    return kept


def steps_back(*, page: str, name: str) -> int:
    """Count the steps back to the page without a value: each needs a table with nothing ticked."""
    key = f"back.{page}.{name}"
    st.session_state[key] = st.session_state.get(key, 0) + is_left(name)
    return st.session_state[key]


def remember(page: str, name: str, value: str, default: str) -> None:
    """Keep a value for the next visit and write it into the address, unless it is the default."""
    st.session_state[f"kept.{page}.{name}"] = value
    if value == default:
        if name in st.query_params:
            del st.query_params[name]
    elif st.query_params.get(name) != value:
        st.query_params[name] = value
    st.session_state[f"written.{page}.{name}"] = st.query_params.get(name)


def turn(**values: str) -> None:
    """Write several values into the address at once, so that Back undoes a click in one step.

    Parameters
    ----------
    values : str
        By name; an empty one, which stands for the default, is taken out.
    """
    told = st.query_params.to_dict()
    wanted = {name: text for name, text in (told | values).items() if text}
    if wanted != told:
        st.query_params.from_dict(wanted)


def forget(page: str, *names: str) -> None:
    """Drop the kept values of a page, so that its filters start again at their defaults."""
    for name in names:
        for key in (f"{page}.{name}", f"kept.{page}.{name}", f"written.{page}.{name}"):
            st.session_state.pop(key, None)
        if name in st.query_params:
            del st.query_params[name]


def clean(text: str) -> str:
    """Trim a text from outside to something that can be shown and looked up."""
    return "".join(letter for letter in text if letter.isprintable()).strip()[:LONGEST]


def miss_page(shown: str) -> None:
    """Note the address that led here because no page has it.

    Parameters
    ----------
    shown : str
        Title of the page that is shown in its place.
    """
    told = st.query_params.get(NO_PAGE)
    if told is not None:
        del st.query_params[NO_PAGE]
        miss(i18n.t("rows.page"), told, shown)


def miss(label: str, told: str, shown: str) -> None:
    """Note a value of the address that is known no more, to be told below the header."""
    if clean(told):
        st.session_state["missed"].append((label, clean(told)[:LONGEST_MISSED], shown))


def _restore(key: str, name: str, read: Callable[[str], str | None], fallback: str) -> bool:
    """Set a filter to what the address or an earlier visit says; tell whether none can read it."""
    told = st.query_params.get(name)
    is_news = told is not None and told != st.session_state.get(f"written.{key}")
    if is_left(name):
        st.session_state[key] = fallback
    elif is_news:
        found = read(told)
        st.session_state[key] = found or fallback
        return found is None
    elif key not in st.session_state:
        st.session_state[key] = st.session_state.get(f"kept.{key}", fallback)
    return False
