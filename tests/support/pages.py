"""Pages as a reader has them."""

import re
from html import unescape


def words_of(page: str) -> str:
    """The text of a page, or of a part of it, without its tags."""
    return unescape(re.sub(r"<[^>]+>", "", page))
