"""Everything DuckDB, and the documents at rest beside it."""
