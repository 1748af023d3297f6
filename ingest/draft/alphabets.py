"""How much like words of one language a text reads: by its letters beyond ASCII."""

from __future__ import annotations

import re
import unicodedata
from collections import Counter

# By how often they stand in text, per thousand: in the wrong table of one script letters change
# places, and only this tells.
_RUSSIAN = dict(
    zip("оеаинтсрвлкмдпуяыьгзбчйхжшюцщэфъё", (
        110, 85, 80, 74, 67, 63, 55, 47, 45, 44, 35, 32, 30, 28, 26, 20, 19, 17, 17, 16, 16, 14,
        12, 10, 9, 7, 6, 5, 4, 3, 3, 0.4, 0.4,
    ), strict=True)
)  # fmt: skip
_UKRAINIAN = {letter: often for letter, often in _RUSSIAN.items() if letter not in "ыэёъ"} | dict(
    zip("іїєґ", (57, 8, 8, 0.5), strict=True)
)
_BELARUSIAN = {letter: often for letter, often in _RUSSIAN.items() if letter not in "ищъ"} | dict(
    zip("іў", (60, 12), strict=True)
)
_SERBIAN = {
    letter: often for letter, often in _RUSSIAN.items() if letter not in "йщъыьэюяё"
} | dict(zip("јљњћђџѓќѕ", (50, 8, 10, 7, 3, 1, 2, 2, 1), strict=True))
_GREEK = dict(
    zip("αοιετσνρκπυμλςίάόγδθέήχύώφωηβξζϊψϋΐΰ", (
        90, 75, 70, 65, 75, 45, 65, 40, 40, 40, 37, 33, 28, 40, 30, 25, 25, 18, 17, 13, 20, 20,
        12, 15, 12, 9, 16, 27, 7, 5, 4, 2, 2, 1, 0.5, 0.5,
    ), strict=True)
)  # fmt: skip
_HEBREW = dict(
    zip("יוהלארתבשמםענחדכקפןסטגצזךףץ", (
        105, 100, 95, 70, 65, 58, 55, 50, 48, 46, 30, 30, 29, 25, 25, 24, 22, 17, 15, 15, 13, 13,
        11, 10, 7, 2, 2,
    ), strict=True)
)  # fmt: skip
_ARABIC = dict(
    zip("اليمونرتبهعدةسفحكقأجشصطخإىضزثءذغئظآؤ", (
        125, 115, 70, 65, 60, 60, 50, 45, 40, 40, 40, 35, 30, 30, 30, 22, 22, 22, 20, 15, 13, 11,
        10, 9, 9, 8, 7, 6, 6, 5, 5, 5, 4, 3, 3, 2,
    ), strict=True)
)  # fmt: skip
_FREQUENT = (_RUSSIAN, _UKRAINIAN, _BELARUSIAN, _SERBIAN, _GREEK, _HEBREW, _ARABIC)
# The others' letters, the frequent ones first.
_WESTERN = (
    "üäöß", "éèàêçôûîâùëïœ", "óíáéñúü", "ãçáéíóêõúâàôü", "èàùòìéó", "ëéïöüèó", "åøæéö", "äöåé",
    "áíðéóöþúæý", "éàèíóçúòïü",
)  # fmt: skip
_CENTRAL = ("łąężśćóńź", "íáéěřůýčšžúťóďň", "áíéýčšžúťôľóňäďĺŕ", "áéöőóíüúű", "čšžćđ", "ëç")
_OTHERS = (
    *("äõüöšž", "ăîâțşșţ", "ıüşğçöi̇âîû", "ėįšųūžąęč", "āīšēņūļģžčķ"),
    "กขคงจชซญฐณดตถทธนบปผพฟภมยรลวศษสหอฮะาิีึืุูเแโใไ่้็์ัำๆ",
)
# Who writes several of these languages in one file says less by each letter.
_OF_SEVERAL = 0.78
_SIGNS = "«»„“”‘’–—…№€°§"
_SCRIPTS = (r"A-Za-zÀ-ÖØ-öø-ɏ", r"Ͱ-Ͽ", r"Ѐ-ӿ", r"֐-׿", r"؀-ۿ", r"฀-๿")
_MIXED = re.compile("|".join(f"[{one}][{''.join(each for each in _SCRIPTS if each != one)}]"
                             for one in _SCRIPTS))  # fmt: skip
_FLIPPED = re.compile(r"[ß-öø-ÿа-џά-ώ][A-ZА-ЯЀ-ЏÀ-ÖØ-ÞΆ-Ϋ]")
# Letters that stand at a word's end alone, within one; and Greek's sigma for within, at the end.
_ENDS = re.compile(r"[ςםןףץך](?=[Ά-ώא-ת])|[ةى](?=[ء-ي])|(?<=[ά-ώ])σ(?![ά-ώ])")
_HEAPED = re.compile(r"[À-ÖØ-öø-ɏ]{3,}")


def _by_place(letters: str, share: float = 1.0) -> dict[str, float]:
    half = len(letters) / 2
    return {
        letter: share * (0.95 if place < half else 0.8)
        for place, letter in enumerate(dict.fromkeys(letters))
    }


_LANGUAGES = tuple(
    [{letter: min(1.0, 0.45 + often / 80) for letter, often in each.items()} for each in _FREQUENT]
    + [_by_place(each) for each in (*_WESTERN, *_CENTRAL, *_OTHERS)]
    + [_by_place("".join(each), _OF_SEVERAL) for each in (_WESTERN, _CENTRAL)]
)
# Turkey's capital dotted i is two signs in lower case.
_ALIAS = {"İ": "ı"}


def likeness(text: str) -> float:
    """Return how much like words of the likeliest language a text reads, up to 1.

    By the letters beyond ASCII: which language knows them all, and how often it writes them;
    capitals within a word, two scripts in one, or accents in a heap speak against it.
    """
    strange = Counter(_ALIAS.get(each, each.lower()) for each in text if each > "\x7f")
    if not strange:
        return 0.0
    foreign = {
        letter: 0.2
        if letter in _SIGNS
        else -0.5
        if unicodedata.category(letter[0]).startswith("L")
        else -0.6
        for letter in strange
    }
    points = max(
        sum(many * language.get(letter, foreign[letter]) for letter, many in strange.items())
        for language in _LANGUAGES
    )
    wrong = sum(len(each.findall(text)) for each in (_FLIPPED, _MIXED, _ENDS))
    # No language of Latin letters strings three accented ones together.
    heaped = sum(map(len, _HEAPED.findall(text)))
    return (points - wrong - heaped / 2) / strange.total()
