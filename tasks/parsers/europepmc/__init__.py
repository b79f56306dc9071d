"""Answers of Europe PMC's REST service as rows.

answers      a page of /search: its records, its next cursor; what is no answer
record       a record as rows: the paper; people its authors, dates when, kinds what and whether retracted
notices      corrections, retractions and concerns that a record names
references   /{SRC}/{ID}/references: the reference list of a paper that another document describes

``parse`` reads search answers (kind ``europepmc-search``), ``parse_references`` reference lists (kind
``europepmc-references``); both follow the parser's interface of ``tasks.parsers.rows``.
"""

from tasks.parsers.europepmc.answers import next_cursor, parse, records
from tasks.parsers.europepmc.references import parse as parse_references

__all__ = ["next_cursor", "parse", "parse_references", "records"]
