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
    return answer


def form(page: str) -> None:
    """Draw the form; one customer found is opened, several are offered by their id."""
    with st.expander(t("look_up"), icon=":material/contact_phone:"):
        st.caption(t("look_up.how"))
        with st.form("look_up", clear_on_submit=True, border=False):
            kind, typed, why = st.columns([1, 2, 2])
            domain = kind.selectbox(
                t("look_up.by"), DOMAINS, format_func=lambda code: t(f"look_up.{code}")
            )
            value = typed.text_input(t("look_up.value"), max_chars=200, autocomplete="off")
            reason = why.selectbox(
                t("look_up.reason"),
                REASONS,
                index=None,
                placeholder=t("look_up.reason.choose"),
                format_func=lambda code: t(f"look_up.reason.{code}"),
            )
            is_sent = st.form_submit_button(t("look_up.send"), icon=":material/search:")
        if is_sent:
            answer = ask(domain, value, reason or "")
            st.session_state["look_up.found"] = answer.get("customers", [])
            if "refused" in answer:
                st.warning(t(f"look_up.refused.{answer['refused']}"), icon=":material/block:")
            elif not answer["customers"]:
                st.info(t("look_up.nobody"), icon=":material/person_off:")
        for customer in st.session_state.get("look_up.found", []):
            st.button(
                t("open", name=customer),
                key=f"look_up.{customer}",
                icon=":material/arrow_forward:",
                on_click=open_found,
                args=(page, customer),
            )


def open_found(page: str, customer: str) -> None:
    """Put a customer that was found, by pseudonym, where the page reads it from."""
    urls.forget(page, "id", "sub")
    st.query_params["id"] = customer
