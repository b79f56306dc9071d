"""Export the published warehouse as files that other tools read."""

import sys
from datetime import date
from pathlib import Path

from rich.console import Console
from rich.progress import Progress

from schemas.config import load_config
from schemas.errors import ConfigError
from warehouse.datapackage import is_export, write_description
from warehouse.export import Exported, described_tables, export_tables
from warehouse.folder import new_folder
from warehouse.layout import Layout
from warehouse.reading import open_current


def export(config: str | None, style: str, to: str, since: date | None, for_spreadsheets: bool = False) -> int:
    """Write every table and their description to a new folder, or in the place of an earlier export.

    for_spreadsheets: see ``export_tables``. Raises: ConfigError where it is asked for with another format than CSV.
    """
    if for_spreadsheets and style != "csv":
        raise ConfigError(f"--for-spreadsheets goes with --format csv; {style} cannot be taken for formulas")
    layout = Layout(load_config(config).directory)
    exported: list[Exported] = []
    with open_current(layout) as con, new_folder(Path(to), is_export) as folder:
        snapshot = layout.published.resolve().name
        tables = [table.name for table in described_tables(con)]
        with Progress(console=Console(stderr=True), disable=not sys.stderr.isatty(), transient=True) as bars:
            bar = bars.add_task(tables[0], total=len(tables))
            for table in export_tables(con, folder, style, since, for_spreadsheets):
                exported.append(table)
                bars.update(bar, completed=len(exported), description=[*tables, ""][len(exported)])
        write_description(folder, style, exported, snapshot, since, for_spreadsheets)
    for table in exported:
        print(f"{table.table.name:<14} {table.rows:>11,} rows {table.bytes:>15,} bytes  {table.file.name}")
    print(f"exported to {to}, described in datapackage.json")
    return 0
