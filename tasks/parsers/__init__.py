"""Parsers: from the bytes of a landed document to rows. Pure functions; no network, no files, no database."""
