"""The forms of the flows that are started by hand: bounds, defaults, and what a wrong value is told."""

from datetime import UTC, datetime
from typing import Any

import pytest
from pydantic import BaseModel, ValidationError

from schemas.parameters import Backfill, Maintenance


def test_nothing_is_done_unless_it_is_asked_for() -> None:
    wanted = Backfill(topic="nelm", first_year=2010)
    assert (wanted.dry_run, wanted.last_year, wanted.months) == (True, datetime.now(UTC).year, 3)
    assert Maintenance() == Maintenance(
        dry_run=True, compact_above=0.25, landing_days=None, snapshot_days=None, server_days=None
    )


@pytest.mark.parametrize("model", [Backfill, Maintenance])
def test_every_field_says_what_it_is(model: type[BaseModel]) -> None:
    assert all(field.description for field in model.model_fields.values())


@pytest.mark.parametrize(
    ("model", "values", "told"),
    [
        (Backfill, {"topic": "nelm", "first_year": 2020, "last_year": 2010}, "first_year 2020 is after last_year 2010"),
        (Backfill, {"topic": "nelm", "first_year": 20}, "greater than or equal to 1780"),
        (Backfill, {"topic": "nelm", "first_year": 2020, "months": 5}, "1, 3, 6 or 12"),
        (Backfill, {"topic": "nelm", "first_year": 2020, "year": 5}, "not permitted"),
        (Maintenance, {"landing_days": 1}, "greater than or equal to 7"),
        (Maintenance, {"compact_above": 0}, "greater than or equal to 0.05"),
    ],
)
def test_a_wrong_value_is_refused(model: type[BaseModel], values: dict[str, Any], told: str) -> None:
    with pytest.raises(ValidationError, match=told):
        model.model_validate(values)
