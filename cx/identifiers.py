"""One spelling of an identifier: what a pseudonym is made of, at the door and at a look-up."""

from __future__ import annotations

from dataclasses import dataclass

# Dialling code → what national numbers begin with, where that is not 0 (or not left out abroad:
# Italy's 06 is +39 06), and the digits of a number without it, where all have as many.
_TRUNK = {
    **{"1": "1", "7": "8", "36": "06", "375": "80", "993": "8"},
    **dict.fromkeys(("39", "225", "229", "242", "378"), ""),
}
_DIGITS = {
    **dict.fromkeys(("1", "7", "30", "44", "90", "91"), 10),
    **dict.fromkeys(("31", "33", "34", "41", "48", "61", "351", "375", "380", "420", "421"), 9),
    **dict.fromkeys(("45", "47", "371"), 8),
}
# Digits as keyboards of other scripts write them: full width, Arabic, Persian and Urdu, Hindi.
_ZEROS = (0xFF10, 0x0660, 0x06F0, 0x0966)
_OTHERS = "＋" + "".join(chr(zero + digit) for zero in _ZEROS for digit in range(10))
_PLAIN = "+" + "0123456789" * len(_ZEROS)
# What every phone number holds that is written as usual, and none of the odd ones below.
_USUAL = "[+(]{0,2}(?:[0-9][ ()/.-]{0,3}){1,15}"
_FLOAT = r"^(\+?\d{7,})\.0$"
_FEWEST_DIGITS = 7  # behind a country's code
_MOST_DIGITS = 15  # of E.164, behind the zeros that lead abroad
# What a document's number is made of.
_LETTERS = "0-9A-Za-zА-Яа-яЁё"


def trunk_of(country_code: str) -> str:
    """Return what a country's national numbers begin with, for a contract that does not say it."""
    return _TRUNK.get(country_code, "0")


def normalised(expression: str, domain: str, country_code: str, trunk_prefix: str) -> str:
    """Return SQL that brings every spelling of an identifier to one text, null if none is left.

    Phones come to E.164 digits with a plus; what names a country (+ or 00, in brackets or not) is
    kept without a trunk prefix put in brackets behind it, `+49 (0)151`; other numbers get the
    contract's country code in place of the trunk prefix. Where all numbers of the country have as
    many digits, one that has those of its country code more bears it already, without a plus, and
    one that has just them begins with no prefix: 843 is a place in Russia, 8 843 leads there.
    Digits of another script are digits, `.0` behind many of them is a program's, and what holds
    no digit but zeros is no number; what holds no @ is no address of mail.
    """
    if domain == "phone":
        expression = _in_ascii(expression)
        if trunk_prefix:
            # behind a country only: a national number may begin with the prefix in brackets
            expression = (
                rf"regexp_replace({expression}, '^([^0-9]*(?:\+|00)[0-9 ()./-]*)"
                rf"\(\s*{trunk_prefix}\s*\)', '\1')"
            )
        digits = rf"regexp_replace({expression}, '[^0-9]', '', 'g')"
        names_country = rf"regexp_matches({expression}, '^[^0-9]*\+')"
        national = digits
        if trunk_prefix:
            national = (
                f"case when starts_with({digits}, '{trunk_prefix}') "
                f"then substr({digits}, {len(trunk_prefix) + 1}) else {digits} end"
            )
        many = _DIGITS.get(country_code)
        proven = (
            f"when strlen({digits}) = {many} and not starts_with({digits}, '0') "
            f"then '+{country_code}' || {digits} "
            f"when strlen({digits}) = {many + 1} and starts_with({digits}, '0') "
            f"then '+{country_code}' || substr({digits}, 2) "
            f"when strlen({digits}) = {many + len(country_code)} "
            f"and starts_with({digits}, '{country_code}') then '+' || {digits} "
            if many
            else ""
        )
        return (
            f"case when ltrim({digits}, '0') = '' then null "
            f"when {names_country} then '+' || {digits} "
            f"when starts_with({digits}, '00') then '+' || substr({digits}, 3) {proven}"
            f"else '+' || '{country_code}' || {national} end"
        )
    if domain == "email":
        return f"case when contains({expression}, '@') then lower(trim({expression})) end"
    if domain == "document":
        return f"nullif(upper(regexp_replace({expression}, '[^{_LETTERS}]', '', 'g')), '')"
    return f"nullif(lower(strip_accents(regexp_replace(trim({expression}), '\\s+', ' ', 'g'))), '')"


def identifying(expression: str, domain: str) -> str:
    """Return SQL for a text that is null where `normalised` is: cheap, for a look at every row."""
    if domain == "phone":
        return f"case when regexp_matches({_in_ascii(expression)}, '[1-9]') then {expression} end"
    if domain == "document":
        return f"case when regexp_matches({expression}, '[{_LETTERS}]') then {expression} end"
    if domain == "email":
        return f"case when contains({expression}, '@') then {expression} end"
    return normalised(expression, domain, "", "")


@dataclass(frozen=True)
class Faults:
    """What makes an identifier another than the one meant, as SQL.

    Parameters
    ----------
    found : str
        Whether there is any; cheap for what is written as usual.
    reasons : list of (condition, text)
        Which, first fault first.
    """

    found: str
    reasons: list[tuple[str, str]]


def faults_of(
    expression: str, domain: str, country_code: str = "", trunk_prefix: str = "0"
) -> Faults | None:
    """Return what is looked for in an identifier; None where nothing is.

    4915112345678 in Germany is a number that bears its code, or one whose 0 was lost: where numbers
    have no length of their own (`_DIGITS`) nothing tells, and completed it would be +494915….
    """
    if domain != "phone":
        return None
    text = _in_ascii(expression)
    digits = f"ltrim(regexp_replace({text}, '[^0-9]', '', 'g'), '0')"
    reasons = [
        (
            f"regexp_matches({text}, '[0-9].*\\p{{L}}.*[0-9]')",
            "holds letters between its digits (an extension, or a number that a program has "
            "shortened): say in sql which is the number, or have it sent as text",
        ),
        (
            f"regexp_matches(regexp_replace({text}, '[0-9]', '', 'g'), '\\p{{Nd}}')",
            "holds digits of a script that is not read: translate(…) them in sql",
        ),
        (
            f"strlen({digits}) > {_MOST_DIGITS}",
            f"has more than {_MOST_DIGITS} digits, as no phone number has: are they several? say "
            "in sql which is meant",
        ),
    ]
    doubt = "false"
    if country_code and country_code not in _DIGITS:
        all_digits = f"regexp_replace({expression}, '[^0-9]', '', 'g')"
        doubt = (
            f"starts_with({expression}, '{country_code}') "
            f"and strlen({all_digits}) >= {len(country_code) + _FEWEST_DIGITS}"
        )
        said = (
            f"begins with {country_code}, its country's own code, without + or 00: where it bears "
            f"it say {{sql: \"'+' || …\"}}, else '{trunk_prefix}' || …"
        )
        reasons.append((doubt, said))
    each = " or ".join(condition for condition, _ in reasons)
    usual = f"coalesce(regexp_full_match({expression}, '{_USUAL}'), true)"
    return Faults(f"case when {usual} then {doubt} else {each} end", reasons)


def _in_ascii(expression: str) -> str:
    """Return SQL for a phone number without what keyboards and programs add to it."""
    read = rf"regexp_replace(translate({expression}, '{_OTHERS}', '{_PLAIN}'), '{_FLOAT}', '\1')"
    return (
        rf"case when regexp_matches({expression}, '[^ -~]|\.0$') then {read} else {expression} end"
    )
