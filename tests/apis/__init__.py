"""The services that Paperhouse fetches from, played on loopback by real HTTP, with faults on demand.

    library           the papers behind all services; tests make it, change it, or read it from a folder
    europepmc, annotations, pubtator, tomesphere
                      a service a file, each a function that returns ``answer(request) -> Reply | None``
    services          all of them over one library, at the addresses of the contract's example configuration
    server            speaks HTTP for them all, and logs what was asked and when
    faults, chance    misbehaviour: ordered one by one, or by chance with a seed

By hand: ``python -m tests.apis --corpus DIR --port 8800 [--faults RATE --seed N] [--log FILE]``.
"""
