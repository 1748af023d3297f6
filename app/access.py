"""Who is looking: from the provider's claims to what this page run may show."""

from __future__ import annotations

import fcntl
import json
import os
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from functools import wraps
from typing import ParamSpec, TypeVar

import streamlit as st
from streamlit.auth_util import get_secrets_auth_section

from cx import audit
from cx.access import access_rules, rights_of
from cx.errors import UserError
from cx.settings import Settings

Given = ParamSpec("Given")
Made = TypeVar("Made")

# The provider's clock may be ahead of ours by this much.
SKEW_SECONDS = 300
# A sign-in older than this is no good under any rules, so that it ended need not be kept.
LONGEST_SESSION_SECONDS = 72 * 3600
# Set by `cx app` and by app/asgi.py: a process that began with sign-in never goes on without it,
# even when the file with the provider's secrets can no longer be read.
SIGN_IN = "CX_APP_SIGN_IN"


class NotAllowed(UserError):
    """The visitor's roles do not have the right."""


@dataclass(frozen=True)
class Visitor:
    """Whom a page run is drawn for.

    Parameters
    ----------
    state : str
        ``in``, or ``demo``; else why nothing is shown: ``out``, ``ended``, ``refused``.
    actor : str
        Pseudonym in the audit log; empty while nobody is known.
    roles : frozenset of str
        Roles, empty unless in.
    issued_at, until : float
        When the provider issued the sign-in, and when it ends here (seconds, UTC).
    regions : tuple of str, optional
        Whose customers' rows may be seen; None: everybody's.
    """

    state: str
    actor: str = ""
    roles: frozenset[str] = frozenset()
    issued_at: float = 0.0
    until: float = float("inf")
    regions: tuple[str, ...] | None = ()

    @property
    def rights(self) -> frozenset[str]:
        """Return what the visitor may do now: nothing once the sign-in has ended."""
        if self.state not in ("in", "demo") or time.time() > self.until:
            return frozenset()
        return rights_of(self.roles)


NOBODY = Visitor("out")


def needs_sign_in() -> bool:
    """Tell whether a provider is set up for this process."""
    return bool(os.environ.get(SIGN_IN)) or bool(get_secrets_auth_section())


def enter() -> Visitor:
    """Settle who the visitor of this page run is; what they may do follows from it."""
    found = _visitor(Settings.from_env())
    st.session_state["visitor"] = found
    return found


def visitor() -> Visitor:
    """Return the visitor of this page run."""
    return st.session_state.get("visitor", NOBODY)


def may(right: str) -> bool:
    """Tell whether the visitor has a right."""
    return right in visitor().rights


def needs(right: str) -> Callable[[Callable[Given, Made]], Callable[Given, Made]]:
    """Let a function answer only a visitor with a right, whichever page asks.

    Raises
    ------
    NotAllowed
        From the function, when the visitor lacks the right.
    """

    def guarded(function: Callable[Given, Made]) -> Callable[Given, Made]:
        @wraps(function)
        def asked(*given: Given.args, **named: Given.kwargs) -> Made:
            if not may(right):
                told(Settings.from_env(), "denied", what=right, why="role")
                raise NotAllowed(f"your roles do not include the right {right!r}")
            return function(*given, **named)

        return asked

    return guarded


def told(settings: Settings, event: str, **fields: object) -> None:
    """Write an event of the visitor into the audit log."""
    who = visitor()
    actor = who.actor or ("demo" if who.state == "demo" else "nobody")
    audit.record(settings, event, actor=actor, **fields)


def export_told(who: Visitor, right: str, **fields: object) -> None:
    """Write a download into the audit log, made after the page run that offered it.

    Raises
    ------
    NotAllowed
        When the visitor no longer has the right.
    """
    if right not in who.rights:
        raise NotAllowed(f"your roles do not include the right {right!r}")
    audit.record(Settings.from_env(), "export", actor=who.actor or who.state, **fields)


def sign_out() -> None:
    """End this sign-in here and with the provider; its cookie is worth nothing from now on."""
    who = visitor()
    if who.state == "in":
        settings = Settings.from_env()
        with _signed_out(settings) as ended:
            for actor, issued_at in list(ended.items()):
                if issued_at < time.time() - LONGEST_SESSION_SECONDS:
                    del ended[actor]
            ended[who.actor] = max(who.issued_at, ended.get(who.actor, 0.0))
        told(settings, "logout")
    st.logout()


def _visitor(settings: Settings) -> Visitor:
    if not needs_sign_in():
        return Visitor("demo", roles=frozenset(access_rules(settings).demo), regions=None)
    return visitor_of(settings, st.user.to_dict())


def visitor_of(settings: Settings, claims: Mapping[str, object]) -> Visitor:
    """Return whom the claims of a sign-in name, by the rules of this home."""
    if not claims.get("is_logged_in"):
        return NOBODY
    rules = access_rules(settings)
    issued_at, subject = claims.get("iat"), claims.get("sub")
    if not isinstance(issued_at, int | float) or not isinstance(subject, str) or not subject:
        return Visitor("refused")
    actor = audit.actor_of(settings, str(claims.get("iss", "")), subject)
    until = issued_at + rules.session_hours * 3600
    if issued_at > time.time() + SKEW_SECONDS or time.time() > until:
        return Visitor("ended", actor)
    with _signed_out(settings) as ended:
        if issued_at <= ended.get(actor, 0.0):
            return Visitor("ended", actor)
    roles = rules.roles_of(claims)
    _told_once(str(settings.home), actor, issued_at, tuple(sorted(roles)))
    return Visitor(
        "in" if roles else "refused",
        actor,
        roles,
        float(issued_at),
        until,
        rules.regions_of(claims),
    )


@st.cache_data(max_entries=10_000, show_spinner=False)
def _told_once(home: str, actor: str, issued_at: float, roles: tuple[str, ...]) -> float:
    """Write a sign-in, or that it was refused, once however many pages are opened with it."""
    settings = Settings.from_env()
    if roles:
        audit.record(settings, "login", actor=actor, roles=list(roles))
    else:
        audit.record(settings, "denied", actor=actor, what="login", why="no role")
    return issued_at


@contextmanager
def _signed_out(settings: Settings) -> Iterator[dict[str, float]]:
    """Yield who signed out (pseudonym → when the sign-in they ended was issued), kept on disk."""
    settings.state.mkdir(parents=True, exist_ok=True, mode=0o700)
    path = settings.state / "signed_out.json"
    with os.fdopen(os.open(path, os.O_RDWR | os.O_CREAT, 0o600), "r+", encoding="utf-8") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        before = file.read()
        ended: Mapping[str, float] = json.loads(before) if before else {}
        yield ended
        after = json.dumps(ended)
        if before != after and ended:
            file.seek(0)
            file.write(after)
            file.truncate()
            file.flush()
            os.fsync(file.fileno())
