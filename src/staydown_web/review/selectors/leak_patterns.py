"""Shapes of what leads to a person: addresses, numbers, accounts, and names after a title."""

from __future__ import annotations

import re

_ZONES = (
    "com|net|org|info|biz|app|dev|xyz|online|site|club|live|chat|social|example|onion|"
    "eu|uk|de|fr|es|it|nl|be|at|ch|pl|pt|se|no|dk|fi|ie|cz|ro|gr|hu|us|ca|au|in|br|mx|ru|ua|"
    "io|me|tv|co|cc|to|gg|ly|fm|ws|xxx|porn|sex|adult|cam|tube"
)
_MAIL = re.compile(
    r"[\w.+-]+\s?(?:@|\(at\)|\[at\]|\{at\}| at (?=\S+ ?(?:\.|dot\b)))\s?[\w-]+"
    r"(?:\s?(?:\.|\(dot\)|\[dot\]| dot )\s?[\w-]+)+",
    re.IGNORECASE,
)
_ADDRESS = re.compile(
    r"\b(?:h(?:tt|xx)ps?|ftp|magnet|tg|data):\S+|\bwww\.\S+"
    rf"|\b[\w-]{{2,}}(?:\.[\w-]+)*(?:\.|\[\.\]|\(dot\))(?:{_ZONES})\b(?:/\S*)?"
    r"|\b(?:\d{1,3}\.){3}\d{1,3}\b|\b[\w-]+(?:\.[\w-]+)+/\S+",
    re.IGNORECASE,
)
_CASE_NUMBER = re.compile(
    r"\b[CR]-?\s?[2-9A-HJ-NP-TV-Z]{4}[- ][2-9A-HJ-NP-TV-Z]{4}\b|\bC-[2-9A-HJ-NP-TV-Z]{4}\b",
    re.IGNORECASE,
)
_FILE_NUMBER = re.compile(
    r"\b(?:case|file|reference|ref|ticket|report|docket|aktenzeichen|az|fall|dossier|expediente|caso)"
    r"\.?\s*(?:number|no|nr|nº|n°|num|#|:)*\.?\s*[:#]?\s*(?=[\w/-]*\d)[\w/-]{3,}",
    re.IGNORECASE,
)
_PHONE = re.compile(
    r"(?:\+|\b00)\d[\d ()/.-]{6,}\d|\(0\d{1,5}\)[ \d/-]{4,}\d|\b0\d{1,5}[ /-]\d[\d -]{4,}\d"
    r"|(?<!\d)(?:\(\d{3}\) ?|\d{3}[-. ])\d{3}[-. ]\d{4}(?!\d)"
)
_IDENTITY = re.compile(
    r"\b[A-Z]{2}\d{2}(?: ?[A-Z0-9]{4}){3,}(?: ?\d{1,4})?\b|\b\d{3}-\d{2}-\d{4}\b"
)
_NUMBER = re.compile(r"(?<![\d/.-])\d{6,}(?![\d/])")
_BIRTH = re.compile(
    r"\b(?:born|birthday|née|geboren|nacida?|née? le)\b[^.]{0,20}\d{2,4}", re.IGNORECASE
)
_ACCOUNT = re.compile(
    r"(?<![\w@])@\w[\w.-]+|\bu/[\w-]{3,}|\b\w{2,}#\d{4}\b"
    r"|\b(?:user ?name|username|account|profile|handle|nickname|benutzer|konto|profil|cuenta|"
    r"usuario|compte|snapchat|instagram|telegram|discord|tiktok|onlyfans|whatsapp|kik|signal)"
    r"\s*(?:is|named|called|name|id|heißt)?\s*[:=“\"„'«]\s*\S{3,}"
    r"|\b(?:snapchat|instagram|telegram|discord|tiktok|onlyfans|kik)\s+[a-z]+[\d_.]\S*"
    r"|\b(?=\w*[a-z])(?=\w*\d)(?=\w*_|[a-z]{3,}\d{2,}\b)\w{5,}\b",
    re.IGNORECASE,
)
_STREET = re.compile(
    r"\b\d{1,5}[a-z]?,? (?:[\w.]+ ){1,3}(?:street|st|road|rd|avenue|ave|lane|drive|close|"
    r"square|way)\b"
    r"|\b\w*(?:straße|strasse|weg|gasse|platz|allee) \d{1,4}[a-z]?\b"
    r"|\b(?:\d{1,4},? )?(?:rue|avenue|boulevard) (?:de |du |des |d'|la |l')*\w+"
    r"|\b\d{1,4},? place \w+|\bplace (?:de |du |des |d'|la |l')+\w+"
    r"|\b(?:calle|avenida|plaza|paseo) (?:de |del |la )*\w+(?:,? \d{1,4})?",
    re.IGNORECASE,
)
HONORIFIC = re.compile(
    r"\b(?:Ms|Mrs|Mr|Miss|Mx|Dr|Prof|Sir|Lady|Frau|Fr|Herr|Herrn|Hr|Madame|Mme|Mlle|Monsieur|"
    r"Señora|Señor|Sra|Sr|Doña|Don)\b\.? +[^\W\d_]\w+(?: [^\W\d_a-z]\w+)?"
)
CALLED = re.compile(
    r"\b(?:named|called|known as|alias|aka|a\.k\.a\.|name is|names?:|namens|heißt|genannt|"
    r"nommée?|appelée?|s'appelle|llamad[ao]|se llama|nombre es)\s+[“\"„'«]?(?!the\b|a\b|an\b)"
    r"([^\W\d_]\w+)",
    re.IGNORECASE,
)
PATTERNS: tuple[tuple[str, re.Pattern[str]], ...] = (
    ("email", _MAIL),
    ("address", _ADDRESS),
    ("case_number", _CASE_NUMBER),
    ("case_number", _FILE_NUMBER),
    ("number", _IDENTITY),
    ("phone", _PHONE),
    ("number", _NUMBER),
    ("number", _BIRTH),
    ("account", _ACCOUNT),
    ("street", _STREET),
)
"""Kind of leak and its shape; the first that fits a stretch of the text names it."""
