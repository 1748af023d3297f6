"""Streamlit's start page as this app serves it: in the language of the link, with our own scripts.

Screen readers go by the page's language. One script leads who goes by key into an opened menu, for
Streamlit draws its content at the end of the page and leaves the focus at the button; the other
writes Streamlit's own words, of which it has English ones only, in Russian. An address
that no page has leads to the first page, which names it: Streamlit covers that page with a dialog
of its own, in English whatever the reader's language.
"""

from __future__ import annotations

from pathlib import Path
from urllib.parse import quote, urlencode

from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from app.returning import base, of_ours
from app.urls import LONGEST_MISSED, NO_PAGE

SCRIPTS = ("keyboard.js", "words.js")
_FOLDER = Path(__file__).parent / "static"
# Addresses of the start page's own files are relative, too.
_TAGS = "".join(f'<script defer src="./{name}"></script>' for name in SCRIPTS).encode()
# What would make the answer be anything but the whole page in plain bytes.
_LEFT_OUT = {b"accept-encoding", b"if-none-match", b"if-modified-since", b"range"}


class StartPage:
    """Changes what Streamlit answers with where that is a page of HTML."""

    def __init__(self, app: ASGIApp) -> None:
        """Wrap the app the start page comes from."""
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass the request on; change the page on its way back."""
        if scope["type"] != "http" or scope["method"] != "GET":
            await self.app(scope, receive, send)
            return
        name = str(scope["path"]).rpartition("/")[2]
        if name in SCRIPTS:
            script = Response((_FOLDER / name).read_bytes(), media_type="text/javascript")
            script.headers["cache-control"] = "no-cache"
            await script(scope, receive, send)
            return
        # A page's address ends in its name; whatever else is a file or the server's own.
        path = str(scope["path"])
        if "." in name or "/_stcore/" in path or "/media/" in path:
            await self.app(scope, receive, send)
            return
        is_russian = b"lang=ru" in scope["query_string"].split(b"&")
        begun: Message = {}
        body = bytearray()

        async def changed(message: Message) -> None:
            if message["type"] == "http.response.start":
                if not _is_page(message):
                    await send(message)
                    return
                begun.update(message)
            elif not begun:
                await send(message)
            else:
                body.extend(message.get("body", b""))
                if not message.get("more_body", False):
                    if elsewhere := led_to(scope):
                        await RedirectResponse(elsewhere, 302)(scope, receive, send)
                        return
                    page = written(bytes(body), is_russian=is_russian)
                    await send(begun | {"headers": _of_length(begun["headers"], len(page))})
                    await send({"type": "http.response.body", "body": page})

        whole = [each for each in scope["headers"] if each[0].lower() not in _LEFT_OUT]
        await self.app({**scope, "headers": whole}, receive, changed)


def led_to(scope: Scope) -> str:
    """Return where an address leads that none of the pages has, or nothing if one has it."""
    path = str(scope["path"])
    if of_ours(quote(path)):
        return ""
    told = Request(scope).query_params
    if of_ours(quote(path.rstrip("/"))):
        return path.rstrip("/") + (f"?{told}" if told else "")
    kept = {"lang": told["lang"]} if "lang" in told else {}
    name = path.removeprefix(base()).strip("/")[:LONGEST_MISSED]
    return f"{base()}/?{urlencode({**kept, NO_PAGE: name})}"


def written(page: bytes, *, is_russian: bool) -> bytes:
    """Return the start page with our scripts, and in Russian where the link asks for it."""
    page = page.replace(b"</head>", _TAGS + b"</head>", 1)
    return page.replace(b'<html lang="en"', b'<html lang="ru"', 1) if is_russian else page


def _is_page(message: Message) -> bool:
    kind = dict(message["headers"]).get(b"content-type", b"")
    return message["status"] == 200 and kind.startswith(b"text/html")


def _of_length(headers: list[tuple[bytes, bytes]], length: int) -> list[tuple[bytes, bytes]]:
    kept = [each for each in headers if each[0].lower() not in (b"content-length", b"etag")]
    return [*kept, (b"content-length", str(length).encode())]
