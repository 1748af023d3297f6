"""One spelling of an identifier: what a pseudonym is made of, at the door and at a look-up."""

from __future__ import annotations


def normalised(expression: str, domain: str, country_code: str, trunk_prefix: str) -> str:
    """Return SQL that brings every spelling of an identifier to one text, null if none is left.

    Phones come to E.164 digits with a plus; what names a country (+ or 00, in brackets or not) is
    kept without a trunk prefix put in brackets behind it, `+49 (0)151`; other numbers get the
    contract's country code in place of the trunk prefix.
    """
    if domain == "phone":
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
        return (
            f"case when {digits} = '' then null "
            f"when {names_country} then '+' || {digits} "
            f"when starts_with({digits}, '00') then '+' || substr({digits}, 3) "
            f"else '+' || '{country_code}' || {national} end"
        )
    if domain == "email":
        return f"nullif(lower(trim({expression})), '')"
    if domain == "document":
        return f"nullif(upper(regexp_replace({expression}, '[^0-9A-Za-zА-Яа-яЁё]', '', 'g')), '')"
    return f"nullif(lower(strip_accents(regexp_replace(trim({expression}), '\\s+', ' ', 'g'))), '')"
