"""Words that no text of a user may contain, because nobody has said what they claim.

No organization has reviewed a figure of this plugin, and SCER is a draft. A reader who sees
`certified` next to a letter believes otherwise, whoever typed it.
"""

from __future__ import annotations

import re
import unicodedata
from typing import Final

_WORDS: Final = (
    "certified",
    "certification",
    "approved",
    "approval",
    "conformant",
    "conformance",
    "endorsed",
    "endorsement",
    "accredited",
    "accreditation",
)
# Not within longer words: `uncertified` claims nothing. Digits and underscores separate words.
_CLAIM: Final = re.compile(rf"(?<![a-z])(?:{'|'.join(_WORDS)})(?![a-z])")
_IMPERSONATING: Final = re.compile(
    r"(?<![a-z])(?:scer|software carbon (?:efficiency|intensity)|sci|iso|iec|gsf"
    r"|green software foundation|ai energy score|hugging ?face|equal-width stars)(?![a-z])"
)
# Letters of other alphabets that look like Latin ones (Unicode Technical Standard 39).
_ALIKE: Final = str.maketrans("абвеморстухіјԁѕαεικνορτυχ", "abbemopctyxijdsaeikvoptux")


def _plain(text: str) -> str:
    """A text as it reads: compatibility forms, marks and invisible characters aside."""
    decomposed = unicodedata.normalize("NFKD", text)
    seen = "".join(c for c in decomposed if unicodedata.category(c) not in ("Mn", "Cf"))
    return seen.casefold().translate(_ALIKE)


def overclaim(text: str) -> str | None:
    """The first word of a text that claims a review nobody has made; None if there is none."""
    found = _CLAIM.search(_plain(text))
    return found[0] if found else None


def impersonated(name: str) -> str | None:
    """The scheme or organization that a name of the user's own borrows; None if there is none."""
    found = _IMPERSONATING.search(_plain(name))
    return found[0] if found else None


def without_claims(text: str) -> str:
    """Return a text that makes no such claim.

    Raises:
        ValueError: It contains one of the words.
    """
    if word := overclaim(text):
        raise ValueError(f"the word {word!r} is refused: nobody has reviewed these figures")
    return text
