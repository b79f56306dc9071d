"""Articles out of an archive, under names of their own; articles that changed, and more of them."""

import re
import tarfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

ARTICLES = (".xml", ".nxml")
_TITLE = re.compile(rb"(<article-title[^>]*>)")
_ID = re.compile(rb"<article-id[^>]*>[^<]+")


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


def multiply(articles: Path, folder: Path, times: int) -> int:
    """The articles, and each of them again under ids of its own, so many times in all. Returns how many."""
    folder.mkdir(parents=True)
    files = sorted(articles.iterdir())
    for number in range(times):
        for file in files:
            own = b"%d" % number if number else b""
            content = _ID.sub(lambda found: found[0] + own, file.read_bytes())  # noqa: B023 (called at once)
            (folder / f"{number}-{file.name}").write_bytes(content)
    return times * len(files)


@contextmanager
def changed(articles: Path, every: int) -> Iterator[None]:
    """Each n-th article with another title, for as long as it lasts."""
    before = {file: file.read_bytes() for file in sorted(articles.iterdir())[::every]}
    for file, content in before.items():
        file.write_bytes(_TITLE.sub(rb"\1Changed: ", content, count=1))
    try:
        yield
    finally:
        for file, content in before.items():
            file.write_bytes(content)
