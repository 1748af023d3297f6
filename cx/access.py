"""Who may see what: roles, their rights, and how a provider's claims become roles."""

from __future__ import annotations

import ipaddress
import os
import stat
import tomllib
from collections.abc import Mapping
from pathlib import Path
from urllib.parse import urlsplit

import yaml
from pydantic import BaseModel, ConfigDict, Field, ValidationError, field_validator

from cx.errors import UserError
from cx.settings import REPO, Settings

# A right is a page by its file's name, or one of:
#   persons         rows of single subscriptions and customers, by pseudonym
#   export          downloads of figures          export_persons   downloads of rows of persons
#   own_sql         a query of one's own over the metrics
#   annotate        notes that stand on every chart over time
#   look_up         find a customer by phone, e-mail or name, with a reason
#   customer_card   take a customer's page away as a sheet with masked numbers
_INSIGHTS = frozenset({"overview", "service_impact", "churn", "retention", "moments"})
_METRICS = frozenset({"explore", "catalogue"})
# What is to be done, and what it is worth; whom it is to be done for needs `persons` besides.
_DESK = frozenset({"preferences", "decisions", "work_list"})
RIGHTS: dict[str, frozenset[str]] = {
    "viewer": _INSIGHTS | {"catalogue"},
    "product_manager": _INSIGHTS | _METRICS | _DESK | {"model_health", "annotate", "export"},
    "analyst": _INSIGHTS
    | _METRICS
    | _DESK
    | {"model_health", "runs", "customer", "annotate", "persons", "export", "export_persons"}
    | {"customer_card", "own_sql"},
    "care": frozenset(
        {"service_impact", "customer", "work_list", "persons", "look_up", "customer_card"}
    ),
    "care_lead": frozenset(
        {"service_impact", "customer", "work_list", "decisions", "persons", "look_up", "export"}
    )
    | {"export_persons", "customer_card"},
    "operator": frozenset(
        {"overview", "service_impact", "runs", "model_health", "catalogue", "annotate", "export"}
    ),
    "privacy_officer": frozenset({"overview", "customer", "persons", "look_up", "customer_card"}),
}
REASONS = ("customer_asks", "complaint", "fault_report", "fraud_check", "subject_request")
NO_SIGN_IN = (
    "address %s is not this machine's own and no sign-in is set up; serve on 127.0.0.1, "
    "or set sign-in up as docs/security.md says"
)
MOST_SECRET_BYTES = 64 * 1024


class _Strict(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class LookUpLimits(_Strict):
    """How often one person may look customers up."""

    per_hour: float = Field(30, gt=0, le=1000)
    burst: int = Field(5, ge=1, le=100)


class RegionRules(_Strict):
    """Who sees rows of the customers of which regions.

    Parameters
    ----------
    claim : str
        The claim that names a person's regions; dots lead into nested claims.
    values : mapping of str to str
        Value of the claim → region as `dim_customer` has it; a region's own name always means it.
    everywhere : list of str
        Values that mean every region.
    """

    claim: str = Field(min_length=1)
    values: dict[str, str] = Field(default_factory=dict)
    everywhere: list[str] = Field(default_factory=list)


class AccessRules(_Strict):
    """What access.yml says; its defaults are what a home without one gets.

    Parameters
    ----------
    claim : str
        The claim that names a person's roles or groups; dots lead into nested claims.
    roles : mapping of str to str
        Value of the claim → role; a role's own name always means that role.
    unknown : str
        What somebody is whose claim names no role: ``refused`` or ``viewer``.
    session_hours : float
        A sign-in ends this long after the provider issued it.
    regions : RegionRules, optional
        Without, rows of all customers are seen by everybody who may see rows of persons.
    demo : list of str
        Roles of everybody where no provider is set up and the app is on this machine only.
    """

    claim: str = Field("roles", min_length=1)
    roles: dict[str, str] = Field(default_factory=dict)
    unknown: str = Field("refused", pattern="^(refused|viewer)$")
    session_hours: float = Field(8, gt=0, le=72)
    demo: list[str] = Field(default=["analyst", "product_manager", "operator"])
    look_ups: LookUpLimits = Field(default_factory=LookUpLimits)
    regions: RegionRules | None = None

    @field_validator("roles", "demo")
    @classmethod
    def _known(cls, value: dict[str, str] | list[str]) -> dict[str, str] | list[str]:
        named = value.values() if isinstance(value, dict) else value
        unknown = set(named) - set(RIGHTS)
        if unknown:
            raise ValueError(
                f"no role is called {sorted(unknown)[0]!r}; roles: {', '.join(RIGHTS)}"
            )
        return value

    def roles_of(self, claims: Mapping[str, object]) -> frozenset[str]:
        """Return the roles that a person's claims give; none when they are refused."""
        known = {role: role for role in RIGHTS} | self.roles
        roles = {known[value] for value in _values(claims, self.claim) if value in known}
        if not roles and self.unknown == "viewer":
            roles = {"viewer"}
        return frozenset(roles)

    def regions_of(self, claims: Mapping[str, object]) -> tuple[str, ...] | None:
        """Return whose customers' rows a person may see: None for everybody's, empty for nobody's.

        Who is to be kept to regions and names none sees nobody's.
        """
        if self.regions is None:
            return None
        told = _values(claims, self.regions.claim)
        if not set(told).isdisjoint(self.regions.everywhere):
            return None
        return tuple(sorted({self.regions.values.get(value, value) for value in told}))


def _values(claims: Mapping[str, object], claim: str) -> list[str]:
    """Return the texts that a claim holds, one or several; dots lead into nested claims."""
    found: object = claims
    for part in claim.split("."):
        found = found.get(part) if isinstance(found, Mapping) else None
    told = found if isinstance(found, list | tuple) else [found]
    return [value for value in told if isinstance(value, str)]


def rights_of(roles: frozenset[str]) -> frozenset[str]:
    """Return what somebody with these roles may do."""
    return frozenset().union(*(RIGHTS.get(role, frozenset()) for role in roles))


def access_rules(settings: Settings) -> AccessRules:
    """Read CX_ACCESS or the home's access.yml.

    Raises
    ------
    UserError
        When the file is named but not there, or says something it may not say.
    """
    path = Path(os.environ.get("CX_ACCESS") or settings.home / "access.yml")
    try:
        told = yaml.safe_load(path.read_text(encoding="utf-8")) or {}
        return AccessRules.model_validate(told)
    except FileNotFoundError:
        if os.environ.get("CX_ACCESS"):
            raise UserError(f"CX_ACCESS names {path}, which is not there") from None
        return AccessRules()
    except ValidationError as error:
        first = error.errors()[0]
        place = ".".join(str(part) for part in first["loc"]) or "the file"
        raise UserError(f"{path}: {place}: {first['msg']}; see docs/security.md") from error
    except (OSError, UnicodeDecodeError, yaml.YAMLError) as error:
        line = str(error).splitlines()[0]
        raise UserError(f"{path} cannot be read ({line}); see docs/security.md") from error


def sign_in_file(settings: Settings) -> Path | None:
    """Return the file with the provider's secrets, checked, or None when no sign-in is set up.

    It is CX_SIGN_IN, else the home's sign_in.toml.

    Raises
    ------
    UserError
        When it is named but not there, lies in the checkout, others may read it, or what it says
        cannot work or is not safe.
    """
    path = Path(os.environ.get("CX_SIGN_IN") or settings.home / "sign_in.toml").expanduser()
    if not path.exists():
        if os.environ.get("CX_SIGN_IN"):
            raise UserError(f"CX_SIGN_IN names {path}, which is not there")
        return None
    path = path.resolve()
    if path.is_relative_to(REPO) and not path.is_relative_to(settings.home):
        raise UserError(f"{path} holds secrets and lies in the checkout; put it elsewhere")
    if stat.S_IMODE(path.stat().st_mode) & 0o077:
        raise UserError(f"others may read {path}, which holds secrets; run `chmod 600 {path}`")
    trouble = _trouble_with(path)
    if trouble:
        raise UserError(f"{path}: {trouble}; see docs/security.md")
    return path


def redirect_uri(path: Path) -> str:
    """Return the address the provider sends people back to, as a checked sign-in file has it."""
    return tomllib.loads(path.read_text(encoding="utf-8"))["auth"]["redirect_uri"]


def app_address(settings: Settings) -> str | None:
    """Return under which address people reach the app, as its sign-in has it; None where none is.

    Parameters
    ----------
    settings : Settings
        Whose sign-in file is read; one that cannot be told from says nothing.
    """
    try:
        path = sign_in_file(settings)
    except UserError:
        return None
    return redirect_uri(path).removesuffix("/oauth2callback") if path else None


def serving_options(settings: Settings, address: str) -> tuple[list[str], dict[str, str], str]:
    """Return options and environment to serve the app with, and the line to say at its start.

    Raises
    ------
    UserError
        When the address can be reached from elsewhere and no sign-in is set up, or what is set
        up cannot work.
    """
    access_rules(settings)  # what it says wrong is said now and not to the first visitor
    path = sign_in_file(settings)
    # The key of the vault is not for this process; cx/lookup.py reads it from its file.
    # And how the app is served stands in app/.streamlit/config.toml, not in what surrounds us.
    environment = {
        name: value
        for name, value in os.environ.items()
        if name != "CX_KEY" and not name.startswith("STREAMLIT_")
    }
    environment |= {"CX_HOME": str(settings.home)}
    environment.pop("CX_APP_SIGN_IN", None)
    if path is None:
        if not is_loopback(address):
            raise UserError(NO_SIGN_IN % address)
        # None of a checkout's or a user's own secrets files, which could set a provider up.
        options = [f"--secrets.files={settings.home / 'sign_in.toml'}"]
        return options, environment, "No sign-in is set up: this machine only (docs/security.md)"
    host = urlsplit(redirect_uri(path)).hostname or ""
    options = [f"--secrets.files={path}"]
    for name in dict.fromkeys(["localhost", "127.0.0.1", host]):
        options.append(f"--server.allowedHosts={name}")
    return options, environment | {"CX_APP_SIGN_IN": "1"}, f"Sign-in is set up by {path}"


def is_loopback(host: str) -> bool:
    """Tell whether an address or name is this machine's own."""
    try:
        return ipaddress.ip_address(host.strip("[]")).is_loopback
    except ValueError:
        return host == "localhost"


def _trouble_with(path: Path) -> str | None:
    """Say what is wrong with a sign-in file, never quoting what it holds."""
    try:
        if path.stat().st_size > MOST_SECRET_BYTES:
            return "is too big for a file of secrets"
        auth = tomllib.loads(path.read_text(encoding="utf-8")).get("auth")
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError):
        return "cannot be read as TOML"
    if not isinstance(auth, dict):
        return "has no section [auth]"
    names = ("redirect_uri", "cookie_secret", "client_id", "client_secret", "server_metadata_url")
    for name in names:
        if not isinstance(auth.get(name), str) or not auth[name]:
            return f"[auth] lacks {name}"
    if len(auth["cookie_secret"]) < 32:
        return "cookie_secret is shorter than 32 characters; make one with `openssl rand -hex 32`"
    if not urlsplit(auth["redirect_uri"]).path.endswith("/oauth2callback"):
        return "redirect_uri must end with /oauth2callback"
    for name in ("redirect_uri", "server_metadata_url"):
        address = urlsplit(auth[name])
        if address.scheme != "https" and not is_loopback(address.hostname or ""):
            return f"{name} must begin with https:// (plain http is for this machine only)"
    if auth.get("expose_tokens"):
        return "expose_tokens must not be set: no page needs the provider's tokens"
    return None
