"""Where the time of a first ingest goes: the same work step by step in one process, without Prefect's engine.

usage: PYTHONPATH=. python benchmarks/steps.py FOLDER

FOLDER: JATS articles. Prints seconds of the processors as a Markdown table; the parts of a load are among its whole.
"""

import argparse
import tempfile
import time
from contextlib import ExitStack
from pathlib import Path
from types import ModuleType
from unittest.mock import patch

import plain
from measures.timed import Timed

import tasks.load
import warehouse.load
from schemas.config import load_config
from tasks.runs import begin_runs
from warehouse.layout import Layout

STARTED = time.process_time()
#: The steps, and under each its parts: what is called, by the module that calls it.
STEPS: dict[str, tuple[ModuleType, str]] = {
    "fetch: read, hash, compress, flush": (plain, "fetch_unit"),
    "parse": (plain, "parse"),
    "validate": (plain, "validate_parsed"),
    "load": (plain, "load_valid"),
    "- of it: what is known of the papers": (tasks.load, "unite"),
    "- replace the rows": (warehouse.load, "_replace"),
    "- resolve references, link concepts": (warehouse.load, "derive"),
    "- full-text index": (warehouse.load, "index_touched"),
    "- checks": (warehouse.load, "run_checks"),
    "publish": (plain, "publish"),
}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("articles", type=Path)
    options = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="steps-") as folder, ExitStack() as patched:
        file = Path(folder) / "paperhouse.yaml"
        file.write_text(f"topics: [{{name: articles, source: jats, path: {options.articles.absolute()}}}]\n")
        config = load_config(str(file))
        timed = {}
        for step, (module, name) in STEPS.items():
            timed[step] = Timed(getattr(module, name))
            patched.enter_context(patch.object(module, name, timed[step]))
        begin_runs.fn(Layout(config.directory))
        counts = plain.ingest(config, config.topics[0], None)
        plain.publish(Layout(config.directory))
    print(f"{counts}\n\n| step | seconds of a processor |\n| --- | --- |")
    print(f"| start: imports | {STARTED:.1f} |")
    for step, one in timed.items():
        print(f"| {step} | {one.seconds:.1f} |")
    parts = sum(one.seconds for step, one in timed.items() if step.startswith("- "))
    print(f"| - transaction, commit, checkpoint | {timed['load'].seconds - parts:.1f} |")
    print(f"| all of it | {time.process_time():.1f} |")


if __name__ == "__main__":
    main()
