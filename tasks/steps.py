"""Ask the Prefect server which steps of a run took longest."""

from prefect.client.orchestration import get_client
from prefect.client.schemas.filters import FlowRunFilter, FlowRunFilterId

#: Task runs that the server gives in one answer, and answers that are asked for: a bound, not an expectation.
PAGE, PAGES = 200, 5


def slowest_steps(flow_run_id: str, most: int) -> list[tuple[str, float]]:
    """The names and seconds of the longest task runs of a flow run that have ended, of its first thousand."""
    this_run = FlowRunFilter(id=FlowRunFilterId(any_=[flow_run_id]))
    steps: list[tuple[str, float]] = []
    with get_client(sync_client=True) as client:
        for page in range(PAGES):
            runs = client.read_task_runs(flow_run_filter=this_run, limit=PAGE, offset=page * PAGE)
            steps += [(run.name, run.total_run_time.total_seconds()) for run in runs if run.end_time]
            if len(runs) < PAGE:
                break
    return sorted(steps, key=lambda step: -step[1])[:most]
