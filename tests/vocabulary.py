"""Mapping sets that nobody published, as small as a test needs them."""

COLUMNS = "subject_id\tsubject_label\tpredicate_id\tobject_id"
#: A concept of MONDO with its name, and the one of MeSH that is the same.
LIVER_FAILURE = ("MONDO:0100192", "liver failure", "mesh:D017093")
NEOPLASM = ("MONDO:0019496", "neuroendocrine neoplasm", "mesh:D018358")


def mapping_set(*mappings: tuple[str, str, str], version: str = "1") -> str:
    """A set of exact matches in SSSOM."""
    rows = (f"{subject}\t{name}\tskos:exactMatch\t{same}" for subject, name, same in mappings)
    return "\n".join([f"# mapping_set_version: {version}", "# subject_source: x:mondo", COLUMNS, *rows]) + "\n"
