"""Who signs in at the door of a page comes back to that page, with its filters.

Streamlit sends everybody to the first page after the provider; a link from a colleague or a brief
that is opened in the morning, when yesterday's sign-in has ended, would be lost.
"""

from __future__ import annotations

import re
from urllib.parse import quote, unquote, urlsplit

from starlette.requests import Request
from starlette.responses import Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send
from streamlit import config

from app.pages import PAGES

COOKIE = "cx_return"
# As long as somebody may take at the provider.
SECONDS = 600
LONGEST = 2000


class Returning:
    """Keeps the address of the door in a cookie while the provider asks who one is."""

    def __init__(self, app: ASGIApp) -> None:
        """Wrap the app that people sign in to."""
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass a request on; note the door's address on the way out, lead there on the way in."""
        path = str(scope.get("path", "")) if scope["type"] == "http" else ""
        if path.endswith("/auth/login"):
            address = of_ours(came_from(Request(scope)))
            change = [kept(address)] if address else []
        elif path.endswith("/oauth2callback"):
            address = of_ours(unquote(Request(scope).cookies.get(COOKIE, "")))
            change = [kept("")] if address else []
        else:
            await self.app(scope, receive, send)
            return

        async def led(message: Message) -> None:
            if message["type"] == "http.response.start" and change:
                headers = list(message["headers"])
                if path.endswith("/oauth2callback"):
                    headers = [each for each in headers if each[0].lower() != b"location"]
                    headers.append((b"location", address.encode("ascii")))
                message = {**message, "headers": headers + change}
            await send(message)

        await self.app(scope, receive, led)


def kept(address: str) -> tuple[bytes, bytes]:
    """Return the header that keeps an address; that of none lets go of the one kept."""
    told = Response()
    told.set_cookie(
        COOKIE,
        quote(address, safe=""),
        max_age=SECONDS if address else 0,
        path=base() or "/",
        httponly=True,
        samesite="lax",
    )
    return next(each for each in told.raw_headers if each[0] == b"set-cookie")


def came_from(asked: Request) -> str:
    """Return path and query of the page of ours that a request comes from, or nothing."""
    page = urlsplit(asked.headers.get("referer", ""))
    if page.netloc != asked.headers.get("host"):
        return ""
    return page.path + (f"?{page.query}" if page.query else "")


def of_ours(address: str) -> str:
    """Return an address if it is that of one of the pages, else nothing: no other site, no file."""
    if len(address) > LONGEST or not re.fullmatch(r"/(?!/)[!-~]*", address):
        return ""
    page = urlsplit(address).path.removeprefix(base()).removeprefix("/")
    return address if page in {"", *(name.replace("_", "-") for name in PAGES)} else ""


def base() -> str:
    """Return the path that the app is served under; empty for the root."""
    told = str(config.get_option("server.baseUrlPath") or "").strip("/")
    return f"/{told}" if told else ""
