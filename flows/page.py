"""Write a paper of the published warehouse as a Markdown page."""

from flows.terminal import output
from schemas.config import load_config
from schemas.errors import PaperhouseError
from schemas.identifiers import readings
from tasks.pages import render
from tasks.parsers.rows import PaperRows
from warehouse.layout import Layout
from warehouse.lookup import lookup
from warehouse.reading import open_current


def show_page(config: str | None, wanted: str, full: bool) -> int:
    """Print the page of the paper that has this id, in any spelling."""
    layout = Layout(load_config(config).directory)
    with open_current(layout) as con:
        found = [row["paper_id"] for row in lookup(con, "find_papers", **readings(wanted))]
        if not found:
            raise PaperhouseError(f"{wanted}: no paper of {layout.published} has this id")
        if len(found) > 1:
            raise PaperhouseError(f"{wanted}: several papers have this id, name one of them: {', '.join(found)}")
        (rows,) = lookup(con, "paper", paper_id=found[0])
    children = {table: rows[table] or [] for table in ("authors", "entities", "references", "sections")}
    print(render(PaperRows(rows["paper"], **children), full=full), end="", file=output())
    return 0
