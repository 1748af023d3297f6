"""Find a customer by phone, e-mail address or name: the form, and the process that is asked.

This process has no key of the vault. What was typed goes to the other one's standard input and
is kept nowhere: not in the address, not in the session after the form is sent, not in a log.
"""

from __future__ import annotations

import json
import logging
import os
import shlex
import subprocess
import sys

import streamlit as st

from app import access, urls
from app.i18n import t
from app.queries import customer
from cx.access import REASONS
from cx.settings import REPO, Settings

log = logging.getLogger("cx.app")
DOMAINS = ("phone", "email", "name")
SECONDS = 30.0


@access.needs("look_up")
def ask(domain: str, value: str, reason: str) -> dict[str, object]:
    """Return ``customers``, or ``refused`` with the code of the reason.

    The command is ours, or CX_LOOKUP_COMMAND, which may run it as another user of the system.
    """
    who = access.visitor()
    question = {
        "actor": who.actor or who.state,
        "roles": sorted(who.roles),
        "domain": domain,
        "value": value,
        "reason": reason,
    }
    command = shlex.split(os.environ.get("CX_LOOKUP_COMMAND", ""))
    try:
        outcome = subprocess.run(
            command or [sys.executable, "-m", "cx.lookup"],
            input=json.dumps(question),
            capture_output=True,
            text=True,
            timeout=SECONDS,
            check=True,
            cwd=REPO,
            env=os.environ | {"CX_HOME": str(Settings.from_env().home)},
        )
        answer = json.loads(outcome.stdout)
    except (OSError, subprocess.SubprocessError, json.JSONDecodeError) as error:
        # Its text would hold the question.
        log.error("the look-up failed: %s", type(error).__name__)
        return {"refused": "failed"}
    if answer.get("refused") == "failed":
        log.error("the look-up failed: %s", outcome.stderr.strip()[-300:])
    if who.regions is not None and answer.get("customers"):
        # The other process knows no region; this release, through the reader's views, does.
        answer["customers"] = [one for one in answer["customers"] if not customer.found(one).empty]
    return answer


def form(page: str) -> None:
    """Draw the form, then what the last search found: each customer by id, to be opened."""
    # A form of its own for each search: the session forgets the last one's fields with its keys.
    number = st.session_state.get("look_up.number", 0)
    answer = st.session_state.get("look_up.answer")
    with st.expander(t("look_up"), icon=":material/contact_phone:", expanded=bool(answer)):
        st.caption(t("look_up.how"))
        with st.form(f"look_up.{number}", border=False):
            kind, typed, why = st.columns([1, 2, 2])
            domain = kind.selectbox(
                t("look_up.by"), DOMAINS, format_func=lambda code: t(f"look_up.{code}")
            )
            value = typed.text_input(
                t("look_up.value"), max_chars=200, autocomplete="off", key=f"look_up.value.{number}"
            )
            reason = why.selectbox(
                t("look_up.reason"),
                REASONS,
                index=None,
                placeholder=t("look_up.reason.choose"),
                format_func=lambda code: t(f"look_up.reason.{code}"),
            )
            is_sent = st.form_submit_button(t("look_up.send"), icon=":material/search:")
        if is_sent:
            st.session_state["look_up.answer"] = ask(domain, value, reason or "")
            st.session_state["look_up.number"] = number + 1
            st.rerun()
        if answer:
            tell(page, answer)


def tell(page: str, answer: dict[str, object]) -> None:
    """Say what a search found, or why it found nothing."""
    customers = answer.get("customers", [])
    if "refused" in answer:
        st.warning(t(f"look_up.refused.{answer['refused']}"), icon=":material/block:")
    elif not customers:
        st.info(t("look_up.nobody"), icon=":material/person_off:")
    for one in customers:
        st.button(
            t("open", name=one),
            key=f"look_up.open.{one}",
            icon=":material/arrow_forward:",
            on_click=open_found,
            args=(page, one),
        )


def open_found(page: str, found: str) -> None:
    """Put a customer that was found, by pseudonym, where the page reads it from."""
    del st.session_state["look_up.answer"]
    urls.forget(page, "id", "sub")
    st.query_params["id"] = found
