"""The Prefect server's own database: what old runs of Paperhouse left there, and what became of runs that died."""

from collections.abc import Iterable
from datetime import UTC, datetime, timedelta
from uuid import UUID

from prefect import task
from prefect.cache_policies import NO_CACHE
from prefect.client.orchestration import SyncPrefectClient, get_client
from prefect.client.schemas.filters import (
    ArtifactFilter,
    ArtifactFilterFlowRunId,
    FlowFilter,
    FlowFilterName,
    FlowRunFilter,
    FlowRunFilterEndTime,
    FlowRunFilterState,
    FlowRunFilterStateType,
)
from prefect.client.schemas.objects import TERMINAL_STATES, StateType
from prefect.client.schemas.sorting import FlowRunSort
from prefect.exceptions import ObjectNotFound
from prefect.states import Crashed

#: The flows of Paperhouse; a server may have others, which are not ours to tidy up.
FLOWS = ("ingest", "backfill", "sweep", "refresh", "maintain", "verify", "vocabularies", "publish")
#: Flow runs or artifacts that one request reads: the server's own limit.
PAGE = 200


@task(name="tidy server", task_run_name="tidy server", cache_policy=NO_CACHE)
def tidy_server(days: int, dry_run: bool) -> int:
    """Delete the flow runs of Paperhouse that ended more than so many days ago, with their artifacts and logs.

    The server deletes the logs of a run by itself some moments after the run. Returns how many runs.
    """
    before = datetime.now(UTC) - timedelta(days=days)
    found = 0
    with get_client(sync_client=True) as client:
        while ids := _old_runs(client, before, offset=found if dry_run else 0):
            found += len(ids)
            if not dry_run:
                for flow_run_id in ids:
                    _delete(client, flow_run_id)
    return found


def _old_runs(client: SyncPrefectClient, before: datetime, offset: int) -> list[UUID]:
    runs = client.read_flow_runs(
        flow_filter=FlowFilter(name=FlowFilterName(any_=list(FLOWS))),
        flow_run_filter=FlowRunFilter(
            end_time=FlowRunFilterEndTime(before_=before),
            state=FlowRunFilterState(type=FlowRunFilterStateType(any_=sorted(TERMINAL_STATES))),
        ),
        sort=FlowRunSort.END_TIME_DESC,
        limit=PAGE,
        offset=offset,
    )
    return [run.id for run in runs]


def _delete(client: SyncPrefectClient, flow_run_id: UUID) -> None:
    of_run = ArtifactFilter(flow_run_id=ArtifactFilterFlowRunId(any_=[flow_run_id]))
    while artifacts := client.read_artifacts(artifact_filter=of_run, limit=PAGE):
        for artifact in artifacts:
            client.delete_artifact(artifact.id)
    client.delete_flow_run(flow_run_id)


def close_dead_runs(flow_run_ids: Iterable[str]) -> None:
    """Say on the server that runs died, of which it still believes that they run; the caller knows that they do not."""
    with get_client(sync_client=True) as client:
        for flow_run_id in flow_run_ids:
            try:
                state = client.read_flow_run(UUID(flow_run_id)).state
            except (ObjectNotFound, ValueError):  # of another server, or of none
                continue
            if state and state.type in (StateType.RUNNING, StateType.PENDING, StateType.CANCELLING):
                message = "the process died, or lost its server; the next run took its work up"
                client.set_flow_run_state(UUID(flow_run_id), Crashed(message=message), force=True)
