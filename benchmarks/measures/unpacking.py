"""Articles out of an archive, under names of their own, and articles that changed."""

import re
import tarfile
from pathlib import Path

ARTICLES = (".xml", ".nxml")
_TITLE = re.compile(rb"(<article-title[^>]*>)")


def unpack(archive: Path, folder: Path) -> int:
    """Write the articles of a tar archive into a folder that is made for them. Returns how many."""
    folder.mkdir(parents=True)
    count = 0
    with tarfile.open(archive) as tar:
        for member in tar:
            content = tar.extractfile(member) if member.isfile() and member.name.endswith(ARTICLES) else None
            if content is not None:
                count += 1
                (folder / f"{count:06}.xml").write_bytes(content.read())
    return count


def change(article: bytes) -> bytes:
    """The article with another title."""
    return _TITLE.sub(rb"\1Changed: ", article, count=1)
