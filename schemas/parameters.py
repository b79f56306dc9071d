"""The parameters of the flows that are started by hand, as models: the Prefect UI shows each as a form."""

from datetime import UTC, datetime
from typing import Literal

from pydantic import BaseModel, ConfigDict, Field, model_validator

#: The first year for which Europe PMC has more than single papers.
FIRST_YEAR = 1780


def _this_year() -> int:
    return datetime.now(UTC).year


class _Parameters(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)

    dry_run: bool = Field(True, description="Only say what would be done")


class Backfill(_Parameters):
    """What of the past to fetch."""

    topic: str = Field(description="A topic of the configuration that is a search of Europe PMC")
    first_year: int = Field(ge=FIRST_YEAR, le=2100, description="First year of publication")
    last_year: int = Field(
        default_factory=_this_year, ge=FIRST_YEAR, le=2100, description="Last year of publication; this year if empty"
    )
    months: Literal[1, 3, 6, 12] = Field(
        3, description="Length of a window; between two windows other runs may write the warehouse"
    )

    @model_validator(mode="after")
    def _years_in_order(self) -> "Backfill":
        if self.first_year > self.last_year:
            raise ValueError(f"first_year {self.first_year} is after last_year {self.last_year}; swap them")
        return self


class Maintenance(_Parameters):
    """What to tidy up; what is left empty is kept for good."""

    compact_above: float = Field(
        0.25, ge=0.05, le=1, description="Rebuild the warehouse file where this part of it, or more, is free blocks"
    )
    landing_days: int | None = Field(
        None, ge=7, description="Remove landed documents that nothing refers to after so many days"
    )
    snapshot_days: int | None = Field(
        None, ge=1, description="Remove the snapshot before the published one after so many days"
    )
    server_days: int | None = Field(
        None, ge=1, description="Remove flow runs of Paperhouse, their logs and artifacts, from the server after days"
    )
