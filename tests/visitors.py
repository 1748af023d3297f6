"""People in front of a served app: they sign in through the provider and look at pages."""

from __future__ import annotations

import html
import re
import secrets
from dataclasses import dataclass, field
from urllib.parse import urljoin, urlsplit

import httpx
from streamlit.proto.BackMsg_pb2 import BackMsg
from streamlit.proto.ForwardMsg_pb2 import ForwardMsg
from streamlit.testing.v1 import AppTest
from streamlit.util import calc_hash
from websockets.sync.client import ClientConnection, connect

FINISHED = (ForwardMsg.FINISHED_SUCCESSFULLY, ForwardMsg.FINISHED_EARLY_FOR_RERUN)


def at_page(run: AppTest, page: str, **address: str) -> AppTest:
    """Open a page by its address, as a pasted link does.

    `switch_page` wants another page drawn first, which costs as much as the one asked for.
    """
    run.query_params |= {"lang": "en", **address}
    if page != "overview":
        run._page_hash = calc_hash(page.replace("_", "-"))
    return run.run()


@dataclass
class Visitor:
    """One browser: cookies, and what a page said over its web socket.

    The same steps as a browser's: the start page, the socket with the cookies and the token
    against forged requests, the redirects to the provider and back.
    """

    base: str
    http: httpx.Client = field(default_factory=lambda: httpx.Client(timeout=30))
    token: str = field(default_factory=lambda: secrets.token_hex(8))

    def see(self, page: str = "", query: str = "lang=en", limit: float = 60) -> str:
        """Return everything that the app sends for a page, as one text."""
        with self.socket() as socket:
            return self.run(socket, page, query, limit)

    def run(self, socket: ClientConnection, page: str, query: str, limit: float = 60) -> str:
        """Run a page on an open socket."""
        wish = BackMsg()
        wish.rerun_script.query_string = query
        wish.rerun_script.page_name = page
        socket.send(wish.SerializeToString())
        said = []
        while True:
            message = ForwardMsg()
            message.ParseFromString(socket.recv(timeout=limit))
            said.append(str(message))
            if message.WhichOneof("type") == "script_finished":
                if message.script_finished == ForwardMsg.FINISHED_EARLY_FOR_RERUN:
                    continue
                return "\n".join(said).encode().decode("unicode_escape", "replace")

    def socket(self) -> ClientConnection:
        self.http.get(self.base + "/_stcore/health")
        self.http.get(self.base + "/_stcore/host-config")
        token = self.cookies.get("_streamlit_xsrf", self.token)
        address = urlsplit(self.base)
        return connect(
            f"ws://{address.netloc}/_stcore/stream",
            origin=self.base,
            subprotocols=["streamlit", token],
            additional_headers={
                "Cookie": "; ".join(f"{name}={value}" for name, value in self.cookies.items())
            },
            max_size=None,
        )

    @property
    def cookies(self) -> dict[str, str]:
        return {cookie.name: cookie.value for cookie in self.http.cookies.jar}

    def sign_in(self, subject: str, at: str = "/") -> httpx.Response:
        """Press the button of a page's door, name oneself at the provider, and come back."""
        with self.socket() as socket:
            drawn = self.run(socket, "", "lang=en")
            message = self.press(socket, drawn, "Sign in", "auth_redirect")
        address = urljoin(self.base, message.auth_redirect.url)
        login = self.http.get(
            address, headers={"Referer": urljoin(self.base, at)}, follow_redirects=True
        )
        assert login.status_code == 200, login.text
        form = dict(re.findall(r'<input[^>]*name="([^"]+)"[^>]*value="([^"]*)"', login.text))
        values = {name: html.unescape(value) for name, value in form.items()}
        return self.http.post(login.url, data=values | {"sub": subject}, follow_redirects=True)

    def press(self, socket: ClientConnection, drawn: str, label: str, until: str) -> ForwardMsg:
        """Press a button of a page that was drawn; return the message that answers it."""
        button = re.search(rf'id: "(\$\$ID-[0-9a-f]+-[^"]*)"\s+label: "{label}"', drawn)
        assert button, drawn
        wish = BackMsg()
        state = wish.rerun_script.widget_states.widgets.add()
        state.id, state.trigger_value = button.group(1), True
        wish.rerun_script.query_string = "lang=en"
        socket.send(wish.SerializeToString())
        while True:
            message = ForwardMsg()
            message.ParseFromString(socket.recv(timeout=30))
            if message.WhichOneof("type") == until:
                return message
