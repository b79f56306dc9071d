"""Fixtures for all tests."""

from collections.abc import Callable, Iterator
from contextlib import ExitStack

import pytest

from tasks.sources.pace import HostPace
from tests.apis.server import ApiServer, Service


@pytest.fixture
def serve() -> Iterator[Callable[..., ApiServer]]:
    """Starts a server of the services given to it; it stops with the test."""
    with ExitStack() as stack:

        def start(*services: Service) -> ApiServer:
            return stack.enter_context(ApiServer(services))

        HostPace.forget()  # ports are used again; what an earlier server asked for does not hold for this one
        yield start
