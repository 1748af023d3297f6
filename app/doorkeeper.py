"""Who is answered at all: this machine, this site, and for files only those who signed in."""

from __future__ import annotations

import json
from urllib.parse import urlsplit

from starlette.concurrency import run_in_threadpool
from starlette.requests import HTTPConnection
from starlette.responses import PlainTextResponse
from starlette.types import ASGIApp, Receive, Scope, Send
from streamlit.web.server.starlette.starlette_server_config import USER_COOKIE_NAME
from streamlit.web.server.starlette.starlette_websocket import _get_signed_cookie_with_chunks

from app.access import needs_sign_in, visitor_of
from cx.access import is_loopback
from cx.settings import Settings

PROXIED = {"x-forwarded-for", "x-real-ip", "forwarded"}


class Doorkeeper:
    """Refuses what no visitor of ours asks for.

    * Where no sign-in is set up, whoever is not on this machine, also behind a proxy on it that
      says for whom it asks. `cx app` does not bind elsewhere then; this holds for any server.
    * A page of another site. Streamlit would refuse its socket too, but asks a host on the
      internet for this machine's address first.
    * Files made for a download, without a sign-in that is still good.
    """

    def __init__(self, app: ASGIApp) -> None:
        """Wrap the app that is guarded."""
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass a request on, or refuse it."""
        if scope["type"] not in ("http", "websocket"):
            await self.app(scope, receive, send)
            return
        refusal = await self.refusal(HTTPConnection(scope))
        if refusal is None:
            await self.app(scope, receive, send)
        elif scope["type"] == "websocket":
            await send({"type": "websocket.close", "code": 1008})
        else:
            await PlainTextResponse(refusal, 403)(scope, receive, send)

    async def refusal(self, asked: HTTPConnection) -> str | None:
        """Say why a request is refused, or None."""
        is_here = asked.client is not None and is_loopback(asked.client.host)
        if not needs_sign_in():
            if not is_here or PROXIED & set(asked.headers):
                return "no sign-in is set up: this machine only"
        elif is_download(asked.url.path) and not await run_in_threadpool(may_enter, asked.cookies):
            return "sign in first"
        origin = asked.headers.get("origin")
        if origin is not None and urlsplit(origin).netloc != asked.headers.get("host"):
            return "another site's page may not ask"
        return None


def is_download(path: str) -> bool:
    """Tell whether a path is that of a file made for a download.

    Streamlit's own fonts lie in a folder called media, too; the door is drawn with them.
    """
    return "/media/" in path.replace("/static/media/", "/")


def may_enter(cookies: dict[str, str]) -> bool:
    """Tell whether cookies hold a sign-in that is good now."""
    content = _get_signed_cookie_with_chunks(cookies, USER_COOKIE_NAME)
    return bool(content) and bool(visitor_of(Settings.from_env(), json.loads(content)).rights)
