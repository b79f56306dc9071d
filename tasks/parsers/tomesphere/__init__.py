"""Paper pages of tomesphere.com, Markdown, as rows: the summary view and the complete paper.

page.py      parts a page by its headings and puts the rows together
markdown.py  Markdown to blocks of plain text
header.py    title line, provenance, source; authors.py their names
entities.py  the lists of concepts
references.py, body.py   what a complete paper has on top
"""

from tasks.parsers.tomesphere.page import parse

__all__ = ["parse"]
