"""The rows of a paper as a Markdown page, in the form that ``tasks.parsers.tomesphere`` reads: the way back.

page.py        the page: its parts in order, and which columns the form carries
markdown.py    plain text as Markdown that means just that text
head.py        title, authors, provenance
entities.py    the lists of concepts
references.py  the reference list

Pure functions: rows in, text out.
"""

from tasks.pages.page import render

__all__ = ["render"]
