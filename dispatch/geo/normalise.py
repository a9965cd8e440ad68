"""The one normaliser of addresses: what the index stores and what a search asks for pass through here. Pure.

A name becomes lower-case ASCII words, abbreviations written out. Which abbreviation means what depends on the
languages a city's own street names are written in (`detect_languages`): `st` is `street` in English, `saint` in
French and `straße` nowhere.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import lru_cache

from anyascii import anyascii

# Whole words that are abbreviations, by language. Values are already normalised.
_WORDS: dict[str, dict[str, str]] = {
    "de": {
        "str": "strasse", "pl": "platz", "st": "sankt", "dr": "doktor", "prof": "professor", "al": "allee",
        "gr": "grosse", "kl": "kleine", "bf": "bahnhof", "hbf": "hauptbahnhof",
    },
    "fr": {
        "av": "avenue", "ave": "avenue", "bd": "boulevard", "bld": "boulevard", "boul": "boulevard", "r": "rue",
        "pl": "place", "rte": "route", "ch": "chemin", "che": "chemin", "st": "saint", "ste": "sainte",
        "imp": "impasse", "all": "allee", "fg": "faubourg", "fbg": "faubourg", "sq": "square", "pass": "passage",
        "crs": "cours", "gal": "general", "mal": "marechal", "dr": "docteur", "res": "residence",
    },
    "ca": {
        "c": "carrer", "cr": "carrer", "av": "avinguda", "avda": "avinguda", "avgda": "avinguda", "pl": "placa",
        "ctra": "carretera", "crta": "carretera", "pg": "passeig", "ptge": "passatge", "st": "sant", "sta": "santa",
        "urb": "urbanitzacio", "trav": "travessera", "ed": "edifici", "rda": "ronda",
    },
    "es": {
        "c": "calle", "cl": "calle", "av": "avenida", "avda": "avenida", "avd": "avenida", "pl": "plaza",
        "pza": "plaza", "plza": "plaza", "ctra": "carretera", "cra": "carretera", "pso": "paseo", "po": "paseo",
        "trav": "travesia", "sta": "santa", "sto": "santo", "gta": "glorieta", "urb": "urbanizacion", "rda": "ronda",
    },
    "en": {
        "rd": "road", "st": "street", "str": "street", "ave": "avenue", "av": "avenue", "ln": "lane", "dr": "drive",
        "sq": "square", "ct": "court", "blvd": "boulevard", "cres": "crescent", "ter": "terrace", "pl": "place",
        "pk": "park", "gdns": "gardens", "hwy": "highway", "cl": "close", "gr": "grove", "mt": "mount",
    },
    "fi": {"k": "katu", "kt": "katu", "t": "tie", "p": "polku", "a": "aukio"},
    "sv": {"g": "gatan", "gt": "gatan", "v": "vagen", "st": "sankt", "s": "sodra", "n": "norra"},
}  # fmt: skip

# Endings of compound words that are written with a full stop, `Hauptstr.`; the bare form counts only where listed.
_ENDINGS: dict[str, tuple[tuple[str, str, bool], ...]] = {
    "de": (("str", "strasse", True), ("pl", "platz", False), ("w", "weg", False), ("g", "gasse", False)),
    "fi": (("k", "katu", False), ("t", "tie", False), ("p", "polku", False)),
    "sv": (("g", "gatan", False), ("v", "vagen", False), ("gat", "gatan", True)),
}

# Spellings that stand for one letter: `Muehlstrasse` is `Mühlstraße`.
_DIGRAPHS: dict[str, tuple[tuple[str, str], ...]] = {
    "de": (("ae", "a"), ("oe", "o"), ("ue", "u"), ("sz", "ss")),
    "sv": (("aa", "a"),),
    "fi": (("aa", "a"),),
}

_EVIDENCE: dict[str, re.Pattern[str]] = {
    "de": re.compile(r"(strasse|weg|platz|gasse|allee)$"),
    "fr": re.compile(r"^(rue|avenue|boulevard|chemin|impasse|route|place)\b"),
    "ca": re.compile(r"^(carrer|avinguda|placa|passeig|carretera|passatge)\b"),
    "es": re.compile(r"^(calle|avenida|plaza|paseo|camino|callejon)\b"),
    "en": re.compile(r"\b(street|road|avenue|lane|drive|close|court|way)$"),
    "fi": re.compile(r"(katu|tie|polku|kuja|aukio|tori|ranta)$"),
    "sv": re.compile(r"(gatan|vagen|stigen|grand|torget|esplanaden)$"),
}
LANGUAGES = tuple(_EVIDENCE)
_ENOUGH_EVIDENCE = 0.04  # share of a city's street names

_NUMBER = re.compile(r"^(\d{1,4})\s*([a-z]{1,2}|bis|ter|quater)?$")
_POSTCODE = re.compile(r"^(\d{5}|ad\d{3})$")
_FLOOR = re.compile(r"\b(krs|kerros|floor|level|etage|stock|og|eg|piso|apt|flat|bat|sisapiha|porras)\b.*$")
_LONGEST_RANGE = 40


@dataclass(frozen=True, slots=True)
class Reading:
    """One way to read what was typed: the words of a name and, perhaps, a house number."""

    name: str
    number: str | None = None


@lru_cache(maxsize=4096)
def fold(text: str) -> str:
    """Return lower-case ASCII words with single spaces; punctuation separates words, apostrophes too."""
    return " ".join(re.findall(r"[a-z0-9]+", anyascii(text).casefold()))


def normalise(name: str, languages: Sequence[str] = LANGUAGES) -> str:
    """Return `name` as it is stored and compared: folded, abbreviations of `languages` written out."""
    text = anyascii(name).casefold()
    for language in languages:
        for short, long, bare in _ENDINGS.get(language, ()):
            stop = r"(?:\.|(?=[\s,;/-]|\d|$))" if bare else r"\."
            text = re.sub(rf"(?<=[a-z]{{2}}){short}{stop}", long + " ", text)
    words = [_word(word, languages) for word in re.findall(r"[a-z0-9]+", text)]
    return " ".join(words)


def _word(word: str, languages: Sequence[str]) -> str:
    for language in languages:
        if word in _WORDS[language]:
            return _WORDS[language][word]
    for language in languages:
        for double, single in _DIGRAPHS.get(language, ()):
            word = word.replace(double, single)
    return word


def spellings(name: str, languages: Sequence[str]) -> tuple[str, ...]:
    """Return the ways `name` may be meant where one abbreviation has several meanings (`st`, `av`), likeliest first."""
    readings = {normalise(name, languages): None}
    for language in languages:
        readings[normalise(name, (language,))] = None
    readings[fold(name)] = None
    return tuple(readings)


def detect_languages(street_names: Iterable[str]) -> tuple[str, ...]:
    """Return the languages that a city's street names are written in, the commonest first."""
    counts: Counter[str] = Counter()
    total = 0
    for name in street_names:
        total += 1
        folded = fold(name)
        counts.update(language for language, sign in _EVIDENCE.items() if sign.search(folded))
    return tuple(lang for lang, n in counts.most_common() if n >= max(_ENOUGH_EVIDENCE * total, 2))


def number_key(number: str) -> str:
    """Return one house number as it is compared: `12 A` and `12a` are the same, `12 bis` is `12bis`."""
    return re.sub(r"[^a-z0-9/-]", "", anyascii(number).casefold())


def number_value(key: str) -> int | None:
    """Return the leading digits of a key, None when it has none (`A1`)."""
    match = re.match(r"\d{1,6}", key)
    return int(match.group()) if match else None


def number_keys(tagged: str) -> tuple[tuple[str, str], ...]:
    """Return the pairs (label, key to find it by) of a tagged number.

    `12;14` is two addresses; `12-14` is one that is found by 12, by 14 and by 12-14, as are numbers in between.
    Floors and entrances in words are dropped: `2, 2. krs./Floor 2` is 2.
    """
    pairs: dict[tuple[str, str], None] = {}
    for part in re.split(r"[;,]", _FLOOR.sub("", anyascii(tagged).casefold())):
        label = re.sub(r"\s+", " ", part).strip(" .-/")
        key = number_key(label)
        if not key or number_value(key) is None or len(key) > 12 or re.fullmatch(r"\d+\.", part.strip()):
            continue
        shown = key if not re.fullmatch(r"\d+ (bis|ter|quater)", label) else label
        pairs[shown, key] = None
        pairs.update(((shown, inner), None) for inner in _inside(key))
    return tuple(pairs)


def _inside(key: str) -> Iterable[str]:
    """Return the single numbers that a range such as `12-16` stands for."""
    ends = re.fullmatch(r"(\d+)([a-z]?)-(\d*)([a-z]?)", key)
    if not ends or not (ends[3] or ends[4]):
        return ()
    if not ends[3]:  # 30a-g
        return [ends[1] + chr(c) for c in range(ord(ends[2] or "a"), ord(ends[4]) + 1)]
    low, high = sorted((int(ends[1]), int(ends[3])))
    if high - low > _LONGEST_RANGE:
        return [ends[1] + ends[2], ends[3] + ends[4]]
    step = 2 if (high - low) % 2 == 0 else 1
    return [ends[1] + ends[2], *map(str, range(low, high + 1, step)), ends[3] + ends[4]]


def is_postcode(word: str) -> bool:
    """Tell whether a folded word looks like a postcode (five digits, or Andorra's)."""
    return _POSTCODE.match(word) is not None


def readings(text: str, postcodes: frozenset[str] = frozenset()) -> tuple[Reading, ...]:
    """Return the ways to read what was typed, likeliest first; names are not yet normalised.

    The number may come first or last, stand apart from its letter (`12 b`), be a range, or be part of the name
    (`17. Juni`), so the whole text is always one reading. `postcodes` are the town's own.
    """
    cleaned = re.sub(r"\s*([-/])\s*(?=\d)", r"\1", text.strip(" ,;"))
    found: dict[Reading, None] = {}
    parts = [part for part in re.split(r"[,;]", cleaned) if part.strip()]
    for part in (cleaned, *parts) if len(parts) > 1 else (cleaned,):
        words = _without_postcode([word for word in re.split(r"[\s,;]+", part) if word], postcodes)
        found |= dict.fromkeys(_numbered(words))
    if len(parts) > 1 and not any(map(str.isdigit, parts[0])):
        number = next((reading.number for reading in found), None)
        found[Reading(parts[0].strip(), number)] = None
    found[Reading(" ".join(_without_postcode(re.split(r"[\s,;]+", cleaned), postcodes)))] = None
    return tuple(found)[:5]


def _numbered(words: list[str]) -> Iterable[Reading]:
    """The readings in which one of `words` is the house number, the last one first."""
    for index in (*range(len(words) - 1, 0, -1), 0) if words else ():
        key, width = _number_at(words, index)
        rest = words[:index] + words[index + width :]
        if key and any(map(str.isalpha, "".join(rest))):
            yield Reading(" ".join(rest), key)


def _without_postcode(words: list[str], postcodes: frozenset[str]) -> list[str]:
    """Drop what looks like a postcode, or is one of the town's while another number is left for the house."""
    kept = [word for word in words if word and not is_postcode(fold(word).replace(" ", ""))]
    numbers = [word for word in kept if word[0].isdigit()]
    if len(numbers) > 1:
        kept = [word for word in kept if fold(word) not in postcodes or word == numbers[0]]
    return kept


def _number_at(words: list[str], index: int) -> tuple[str | None, int]:
    """Return (number key, how many words it takes) at `index`; (None, 0) when no number starts there."""
    key = number_key(words[index])
    if not re.fullmatch(r"\d{1,4}([a-z]{1,2}|bis|ter)?([-/]\d{0,4}[a-z]?)?", key) or words[index].endswith("."):
        return None, 0
    following = fold(words[index + 1]) if index + 1 < len(words) else ""
    if key.isdigit() and _NUMBER.match(key + following) and 0 < len(following) <= 3 and following.isalpha():
        if len(following) == 1 or following in ("bis", "ter"):
            return key + following, 2
    return key, 1
