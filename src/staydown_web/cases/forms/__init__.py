"""Untrusted input to clean values: filings, additions, addresses."""

from staydown_web.cases.forms.addresses import (
    address_key,
    clean_url,
    holds_address,
    origin_of,
    same_website,
)
from staydown_web.cases.forms.cleaning import (
    MOST_CHARACTERS,
    MOST_FILES,
    MOST_URLS,
    check_shown,
    clean_addition,
    clean_filing,
    errors_of,
)
from staydown_web.cases.forms.filing import Answers, FiledFile, Filing
from staydown_web.cases.forms.reaching import is_email, is_phone

__all__ = [
    "MOST_CHARACTERS",
    "MOST_FILES",
    "MOST_URLS",
    "Answers",
    "FiledFile",
    "Filing",
    "address_key",
    "check_shown",
    "clean_addition",
    "clean_filing",
    "clean_url",
    "errors_of",
    "holds_address",
    "is_email",
    "is_phone",
    "origin_of",
    "same_website",
]
