"""Faults, crashes, load and hostile input: the suite behind docs/reliability.md.

`make torture` runs its long form (PAPERHOUSE_LONG=1) and shows the figures; `make test` runs a short one.
"""

import os

#: Whether the long form runs.
LONG = bool(os.environ.get("PAPERHOUSE_LONG"))
#: What all chance of the suite starts from.
SEED = int(os.environ.get("PAPERHOUSE_SEED", "1"))
