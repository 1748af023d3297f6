"""The served app: the script, readiness with data freshness, what guards the door, warm-up.

Started by `cx app`, which runs `streamlit run app/asgi.py`; any ASGI server can serve `app`.
"""

from __future__ import annotations

import base64
import hashlib
import logging
import os
import re
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from pathlib import Path

import streamlit as st
from starlette.concurrency import run_in_threadpool
from starlette.middleware import Middleware
from starlette.requests import Request
from starlette.responses import JSONResponse
from starlette.routing import Route
from starlette.types import ASGIApp, Message, Receive, Scope, Send
from streamlit import config
from streamlit.auth_util import get_secrets_auth_section

from app.access import SIGN_IN, needs_sign_in
from app.doorkeeper import Doorkeeper
from app.queries import contents
from app.returning import Returning
from app.serving import on_script_error, shelf
from app.start_page import StartPage
from cx.access import NO_SIGN_IN, is_loopback
from cx.release import NoRelease


def inline_scripts() -> str:
    """Return the digests of the scripts inside Streamlit's own start page, for the policy.

    The page sets one flag inline; naming its digest keeps every other inline script forbidden.
    """
    page = Path(st.__file__).parent / "static" / "index.html"
    scripts = re.findall(r"<script>(.*?)</script>", page.read_text(encoding="utf-8"), re.DOTALL)
    digests = (hashlib.sha256(script.encode()).digest() for script in scripts)
    return " ".join(f"'sha256-{base64.b64encode(digest).decode()}'" for digest in digests)


CONTENT_POLICY = (
    f"default-src 'self'; script-src 'self' {inline_scripts()}; style-src 'self' 'unsafe-inline'; "
    "img-src 'self' data: blob:; font-src 'self' data:; connect-src 'self'; "
    "worker-src 'self' blob:; frame-ancestors 'none'; base-uri 'self'; form-action 'self'; "
    "object-src 'none'"
)
HEADERS = (
    (b"content-security-policy", CONTENT_POLICY.encode()),
    (b"x-content-type-options", b"nosniff"),
    (b"referrer-policy", b"same-origin"),
    (b"x-frame-options", b"DENY"),
    (b"permissions-policy", b"camera=(), microphone=(), geolocation=()"),
)


class SecurityHeaders:
    """Adds the security headers to every HTTP response; behind TLS cookies travel by TLS only."""

    def __init__(self, app: ASGIApp) -> None:
        """Wrap the app the responses come from."""
        self.app = app
        self.is_secure = get_secrets_auth_section().get("redirect_uri", "").startswith("https://")

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass the request on; add the headers where the response starts."""

        async def with_headers(message: Message) -> None:
            if message["type"] == "http.response.start":
                message["headers"] = [*map(self.secured, message["headers"]), *HEADERS]
                if self.is_secure:
                    message["headers"].append((b"strict-transport-security", b"max-age=31536000"))
            await send(message)

        await self.app(scope, receive, with_headers if scope["type"] == "http" else send)

    def secured(self, header: tuple[bytes, bytes]) -> tuple[bytes, bytes]:
        """Return a header as it is, but a cookie with the mark that it is for TLS only."""
        name, value = header
        is_cookie = name.lower() == b"set-cookie" and b"; secure" not in value.lower()
        return (name, value + b"; Secure") if self.is_secure and is_cookie else header


async def ready(request: Request) -> JSONResponse:
    """Answer whether there is a whole release to show, and how fresh it is."""
    try:
        shown = await run_in_threadpool(lambda: shelf().newest())
    except NoRelease:
        return JSONResponse({"status": "no release"}, 503)
    return JSONResponse(
        {
            "status": "refused newest" if shown.refused else "ok",
            "release": shown.release.version,
            "as_of": shown.release.as_of,
            "published_at": shown.release.published_at,
        },
        503 if shown.refused else 200,
    )


@asynccontextmanager
async def warm_up(app: st.App) -> AsyncIterator[dict[str, object]]:
    """Pay for imports, verification and the first query before the first visitor comes."""
    address = str(config.get_option("server.address") or "0.0.0.0")
    if get_secrets_auth_section():
        os.environ[SIGN_IN] = "1"
    elif not needs_sign_in() and not is_loopback(address):
        logging.getLogger("cx.app").critical(NO_SIGN_IN, address)
        raise SystemExit(2)
    import streamlit.elements.arrow
    import streamlit.elements.vega_charts  # noqa: F401

    with suppress(NoRelease):
        shown = shelf().newest()
        shelf().ask(shown.release, contents.TABLES)
        logging.getLogger("cx.app").info("serving release %s", shown.release.version)
    yield {}


app = st.App(
    Path(__file__).with_name("main.py"),
    lifespan=warm_up,
    routes=[Route("/readyz", ready)],
    middleware=[
        Middleware(SecurityHeaders),
        Middleware(Doorkeeper),
        Middleware(StartPage),
        Middleware(Returning),
    ],
    on_script_error=on_script_error,
)
