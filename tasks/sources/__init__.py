"""Sources: where documents come from. One file a source; each yields raw documents and knows nothing of rows."""
