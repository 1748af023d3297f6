"""What may be written down: secrets and whatever names a person are masked in logs and errors."""

from __future__ import annotations

import os
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import parse_qsl, urlsplit

from cx.settings import Settings

MASK = "…"
# A shorter value of a secret variable is more likely a word that stands elsewhere too.
_SHORTEST_SECRET = 8
_SECRET_NAMES = re.compile(r"KEY|SECRET|TOKEN|PASSW|CREDENTIAL|DSN|WEBHOOK", re.IGNORECASE)
_PATTERNS = (
    # user:password@ of a connection string
    (re.compile(r"(?<=://)[^/\s@]+@"), f"{MASK}@"),
    (
        re.compile(r"(?i)\b(password|passwd|pwd|secret|token|api_?key)(\s*[=:]\s*)(?!//)\S+"),
        rf"\1\2{MASK}",
    ),
    (re.compile(r"[A-Za-z0-9._%+-]+@[A-Za-z0-9.-]+\.[A-Za-z]{2,}"), MASK),
    # phones with a plus, or in groups as they are dialled; bare runs are phones, IMSI, IMEI, cards
    (re.compile(r"\+\d[\d ()-]{8,18}\d"), MASK),
    (
        re.compile(
            r"(?<![\w.:-])(?:[78][ -]?)?\(?\d{3}\)?[ -]?\d{3}[ -]?\d{2}[ -]?\d{2}(?![\w:-])"
        ),
        MASK,
    ),
    # (not the last group of a UUID, not the digits of a fraction)
    (re.compile(r"(?<![A-Za-z0-9.:])(?<![0-9a-f]{4}-)\d{10,19}(?![A-Za-z0-9:])"), MASK),
)
# An engine that refuses a value quotes it: nobody knows what stood in that cell.
_REFUSED_VALUE = re.compile(
    r"(?i)(conversion error|constraint error|invalid input error|out of range error|csv error"
    r"|could not convert string|invalid literal for)[^\n]*"
)
# (an apostrophe within a word neither begins nor ends what is quoted)
_QUOTED = re.compile(r"(?<!\w)(['\"`]).*?\1(?!\w)")
_ORIGINAL_LINE = re.compile(r"(?i)(\boriginal line:)[^\n]*")


@dataclass(frozen=True)
class Redactor:
    """Masks secrets known by value, and identities known by their form."""

    secrets: tuple[str, ...] = ()

    def text(self, value: str) -> str:
        """Return the text with everything masked that must not be written down."""
        for secret in self.secrets:
            value = value.replace(secret, MASK)
        value = _ORIGINAL_LINE.sub(rf"\1 {MASK}", value)
        value = _REFUSED_VALUE.sub(lambda found: _QUOTED.sub(f"'{MASK}'", found[0]), value)
        for pattern, replacement in _PATTERNS:
            value = pattern.sub(replacement, value)
        return value


def redactor(settings: Settings, environment: Mapping[str, str] = os.environ) -> Redactor:
    """Return what masks this home's secrets: those of the environment and of its secret files."""
    found = {
        value
        for name, value in environment.items()
        if _SECRET_NAMES.search(name) and not _is_path(value)
    }
    for path in (
        Path(environment.get("CX_KEY_FILE") or settings.state / "vault.key"),
        Path(environment.get("CX_NOTIFY") or settings.home / "notify.yml"),
    ):
        try:
            text = path.read_text(encoding="utf-8", errors="replace")
        except OSError:
            continue
        found |= {text.strip(), *_secrets_of_addresses(text)}
    usable = (value for value in found if len(value) >= _SHORTEST_SECRET)
    # The longest first: a secret may hold another.
    return Redactor(tuple(sorted(usable, key=len, reverse=True)))


def _secrets_of_addresses(text: str) -> Iterator[str]:
    """Yield each address of a text, and what of it may be a secret when it is quoted in part."""
    for address in re.findall(r"[a-z][a-z0-9+.-]*://[^\s\"']+", text):
        yield address
        parts = urlsplit(address)
        yield from filter(None, (parts.username, parts.password))
        yield from parts.path.split("/")
        yield from (value for _, value in parse_qsl(parts.query))


def _is_path(value: str) -> bool:
    """Tell a file's name from a secret: CX_KEY_FILE says where, and may be written down."""
    return value.startswith((os.sep, ".", "~"))
