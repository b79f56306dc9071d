"""The part ``alarms:`` of the configuration: what a run is warned of, what fails it, and who is told."""

from typing import Annotated, Any, Literal

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, PositiveFloat, PositiveInt, model_validator


def _word(given: Any) -> Any:
    """YAML reads an unquoted ``off`` as false."""
    return "off" if given is False else given


Level = Annotated[Literal["off", "warn", "fail"], BeforeValidator(_word)]
LEVEL = "off; warn: summary, log and report say so; fail: the run ends as Failed, too, and what was loaded stays"
Share = Annotated[float, Field(gt=0, le=1)]


class _Model(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class TopicFailed(_Model):
    """A topic could not be brought up to date."""

    level: Level = Field("fail", description=LEVEL)


class RejectRate(_Model):
    """Too many of the papers that a topic fetched were rejected."""

    level: Level = Field("warn", description=LEVEL)
    above: Share = Field(0.1, description="Share of the papers fetched; more than this raises the alarm")
    at_least: PositiveInt = Field(20, description="Papers that a topic must have fetched; of fewer a share says little")


class SilentSource(_Model):
    """The source of a topic has given nothing, in any run, for a long time."""

    level: Level = Field("warn", description=LEVEL)
    days: PositiveFloat = Field(30, description="Days since a run of the topic last fetched a paper")


class FallingRows(_Model):
    """A table has fewer rows than before the run."""

    level: Level = Field("warn", description=LEVEL)
    above: Share = Field(0.05, description="Share of the rows; a greater loss raises the alarm")
    at_least: PositiveInt = Field(100, description="Rows that a table must have had; of fewer a share says little")


class Webhook(_Model):
    """Who is told when a run fails or crashes: an address that takes a small JSON, https or on this machine."""

    level: Literal["warn", "fail"] = Field("fail", description="fail: failed runs; warn: runs with a warning, too")
    environment: str | None = Field(
        None, pattern=r"^[A-Za-z_][A-Za-z0-9_]*$", description="Environment variable that holds the address"
    )
    secret_block: str | None = Field(
        None, pattern=r"^[a-z0-9-]+$", description="Secret block in Prefect that holds the address"
    )

    @model_validator(mode="after")
    def _one_place(self) -> "Webhook":
        if (self.environment is None) == (self.secret_block is None):
            raise ValueError("name either environment or secret_block, which holds the address")
        return self


class Automations(_Model):
    """What the Prefect server watches by itself once `paperhouse automations` has installed it."""

    late_minutes: float = Field(15, ge=0.17, description="A run that is late and has not begun after that is reported")
    stuck_hours: float = Field(12, ge=0.003, description="A run that is under way for longer is reported")
    quiet_hours: float = Field(48, ge=0.003, description="No ingest that succeeded for longer is reported")


class Alarms(_Model):
    """What a run is warned of, what fails it, and who is told."""

    topic_failed: TopicFailed = TopicFailed()
    reject_rate: RejectRate = RejectRate()
    silent_source: SilentSource = SilentSource()
    falling_rows: FallingRows = FallingRows()
    webhook: Webhook | None = None
    automations: Automations = Automations()
