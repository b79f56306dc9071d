"""What became of a flow other than an ingest: a line for the Prefect UI, and lines for the terminal."""

from dataclasses import dataclass, field

from prefect.states import Completed, Failed, State


@dataclass
class Outcome:
    """message: in one line. lines: more for the terminal and the log. errors: why something failed, a line each."""

    message: str
    lines: list[str] = field(default_factory=list)
    errors: list[str] = field(default_factory=list)

    def state(self) -> State["Outcome"]:
        """The flow's end: failed where something failed."""
        if self.errors:
            return Failed(message="; ".join(self.errors), data=self)
        return Completed(message=self.message, data=self)
