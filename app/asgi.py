"""The served app: the script, readiness with data freshness, security headers, warm-up.

Started by `cx app`, which runs `streamlit run app/asgi.py`; any ASGI server can serve `app`.
"""

from __future__ import annotations

import base64
import hashlib
import logging
import re
from collections.abc import AsyncIterator, Awaitable, Callable, MutableMapping
from contextlib import asynccontextmanager, suppress
from pathlib import Path

import streamlit as st
from starlette.concurrency import run_in_threadpool
from starlette.middleware import Middleware
from starlette.requests import Request
from starlette.responses import JSONResponse
from starlette.routing import Route

from app.queries import contents
from app.serving import on_script_error, shelf
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
Message = MutableMapping[str, object]


class SecurityHeaders:
    """Adds the security headers to every HTTP response."""

    def __init__(self, app: Callable[..., Awaitable[None]]) -> None:
        """Wrap the app the responses come from."""
        self.app = app

    async def __call__(
        self,
        scope: Message,
        receive: Callable[[], Awaitable[Message]],
        send: Callable[[Message], Awaitable[None]],
    ) -> None:
        """Pass the request on; add the headers where the response starts."""

        async def with_headers(message: Message) -> None:
            if message["type"] == "http.response.start":
                message["headers"] = [*message["headers"], *HEADERS]
            await send(message)

        await self.app(scope, receive, with_headers if scope["type"] == "http" else send)


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
    middleware=[Middleware(SecurityHeaders)],
    on_script_error=on_script_error,
)
