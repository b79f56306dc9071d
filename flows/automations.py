"""What the Prefect server itself watches, since a run that never starts, dies or hangs cannot tell: as code.

``paperhouse automations`` installs them, or renews them; running it again changes nothing. They are known by the
beginning of their names; one of such a name that is no longer here is removed. Events and triggers:
https://docs.prefect.io/v3/concepts/event-triggers.
"""

import os
from datetime import timedelta

import httpx
from prefect.automations import AutomationCore, CallWebhook, DoNothing, EventTrigger, Posture
from prefect.blocks.webhook import Webhook as WebhookBlock
from prefect.client.orchestration import SyncPrefectClient, get_client
from prefect.exceptions import PrefectHTTPStatusError

from schemas import alarms
from schemas.config import load_config
from schemas.errors import PaperhouseError
from tasks.server import FLOWS
from tasks.webhook import address

PREFIX = "paperhouse: "
CRASHED = "crashed run"
BLOCK = "paperhouse-alarms"
#: The flow that must succeed now and then; all are watched.
INGEST = "ingest"
#: Events of one run within that time are one crash: a client repeats a report whose answer is late.
REPEATED = timedelta(minutes=2)
ENDED = {f"prefect.flow-run.{state}" for state in ("Completed", "Failed", "Crashed", "Cancelled")}
#: The same keys as flows/hooks.py posts, as far as the server knows them.
PAYLOAD = """\
{% set url = flow_run | ui_url if flow_run else none %}
{% set about = automation.name ~ (", run " ~ flow_run.name if flow_run else "") %}
{
  "text": {{ (about ~ ": " ~ automation.description ~ (" (" ~ url ~ ")" if url else "")) | tojson }},
  "flow": {{ (flow.name if flow else none) | tojson }},
  "run": {{ (flow_run.name if flow_run else none) | tojson }},
  "run_id": {{ (flow_run.id | string if flow_run else none) | tojson }},
  "url": {{ url | tojson }},
  "state": {{ (flow_run.state.name if flow_run and flow_run.state else none) | tojson }},
  "message": {{ automation.description | tojson }},
  "alarms": [{"alarm": {{ automation.name | tojson }}, "level": "fail", "topic": null}],
  "counts": null
}"""


def install(config: str | None) -> int:
    """Install or renew the automations on the configured server, and say what was done. Returns 0.

    Raises: PaperhouseError where no server is configured, or it does not answer.
    """
    settings = load_config(config).alarms
    if not os.environ.get("PREFECT_API_URL"):
        raise PaperhouseError(
            "automations live on a Prefect server, and none is configured: start one with `prefect server start` and "
            "set PREFECT_API_URL"
        )
    try:
        with get_client(sync_client=True) as client:
            wanted = automations(settings.automations, _action(settings.webhook))
            for automation in wanted:
                print(f"{_renew(client, automation)}: {automation.name}")
            for name in _forget(client, {automation.name for automation in wanted}):
                print(f"removed: {name}")
    except (PrefectHTTPStatusError, httpx.TransportError, RuntimeError) as error:
        url = os.environ["PREFECT_API_URL"]
        what = " ".join(str(error).split())
        raise PaperhouseError(
            f"{url} does not take the automations: {what}; `paperhouse doctor` looks at it"
        ) from error
    if settings.webhook is None:
        print("nobody is told outside the UI: alarms.webhook names no address")
    return 0


def tells_of_crashes(client: SyncPrefectClient, url: str) -> bool:
    """Whether the server itself calls this address when a run crashes."""
    installed = client.read_automations_by_name(PREFIX + CRASHED)
    if not any(found.enabled and isinstance(action, CallWebhook) for found in installed for action in found.actions):
        return False
    try:
        return WebhookBlock.load(BLOCK).url.get_secret_value() == url
    except ValueError:  # the block was deleted
        return False


def automations(settings: alarms.Automations, action: CallWebhook | DoNothing) -> list[AutomationCore]:
    """The automations of these thresholds."""
    late, stuck, quiet = settings.late_minutes, settings.stuck_hours, settings.quiet_hours
    described = {
        "late run": (
            f"a run was due and has not begun within {late:g} minutes; look whether a worker runs",
            _absent(
                {"prefect.flow-run.Pending", "prefect.flow-run.Running", "prefect.flow-run.AwaitingRetry", *ENDED},
                timedelta(minutes=late),
                after="prefect.flow-run.Late",
            ),
        ),
        CRASHED: (
            "a run died; the next one finishes its work; look at its log and at the worker's",
            EventTrigger(
                type="event",
                posture=Posture.Reactive,
                expect={"prefect.flow-run.Crashed"},
                match_related=_of_flows(list(FLOWS)),
                for_each={"prefect.resource.id"},
                threshold=1,
                within=REPEATED,
            ),
        ),
        "stuck run": (
            f"a run is under way for more than {stuck:g} hours; look at its log, and cancel it where it hangs",
            _absent(ENDED, timedelta(hours=stuck), after="prefect.flow-run.Running"),
        ),
        "no successful run": (
            f"no ingest has succeeded for {quiet:g} hours; look at the last runs, the worker and the schedule",
            EventTrigger(
                type="event",
                posture=Posture.Proactive,
                expect={"prefect.flow-run.Completed"},
                match_related=_of_flows([INGEST]),
                threshold=1,
                within=timedelta(hours=quiet),
            ),
        ),
    }
    return [
        AutomationCore(
            name=PREFIX + name, description=text, enabled=True, tags=["paperhouse"], trigger=trigger, actions=[action]
        )
        for name, (text, trigger) in described.items()
    ]


def _absent(expect: set[str], within: timedelta, after: str) -> EventTrigger:
    """Fires for a run where, after an event of it, none of these others came in time."""
    return EventTrigger(
        type="event",
        posture=Posture.Proactive,
        after={after},
        expect=expect,
        match_related=_of_flows(list(FLOWS)),
        for_each={"prefect.resource.id"},
        threshold=1,
        within=within,
    )


def _of_flows(names: list[str]) -> dict[str, str | list[str]]:
    return {"prefect.resource.role": "flow", "prefect.resource.name": names}


def _action(webhook: alarms.Webhook | None) -> CallWebhook | DoNothing:
    """Call the webhook, through the server's own copy of its address: a Webhook block, which keeps it encrypted.

    Without a webhook, nothing: the UI's event feed still shows that the automation fired.
    """
    if webhook is None:
        return DoNothing(type="do-nothing")
    block = WebhookBlock(url=address(webhook)).save(BLOCK, overwrite=True)
    return CallWebhook(type="call-webhook", block_document_id=block, payload=PAYLOAD)


def _renew(client: SyncPrefectClient, wanted: AutomationCore) -> str:
    """Make the server's automation of that name what is wanted. Returns what was done."""
    there = client.read_automations_by_name(wanted.name)
    if not there:
        client.create_automation(wanted)
        return "installed"
    if AutomationCore.model_validate(there[0].model_dump()).model_dump() == wanted.model_dump():
        return "unchanged"
    client.update_automation(there[0].id, wanted)
    return "renewed"


def _forget(client: SyncPrefectClient, wanted: set[str]) -> list[str]:
    """Remove automations of ours that are no longer wanted. Returns their names."""
    old = [found for found in client.read_automations() if found.name.startswith(PREFIX) and found.name not in wanted]
    for automation in old:
        client.delete_automation(automation.id)
    return [automation.name for automation in old]
