"""Which operation of a document a request is for; knows paths, no server."""

from __future__ import annotations

from mockserver.openapi.contract import Contract, Operation


class Routing:
    """The operations of a document by method and path, and the paths that they have."""

    def __init__(self, contract: Contract) -> None:
        self._tables = [(contract.base_path, contract.table), *contract.elsewhere.items()]

    def find(self, method: str, target: str) -> Operation | None:
        """The operation that a request is for; None for none. `target` is a path, with or without query."""
        return self.place(method, target)[0]

    def place(self, method: str, target: str) -> tuple[Operation | None, tuple[str, ...]]:
        """The same, with the values in the path: in the order of its variables."""
        path = target.partition("?")[0]
        for base, table in self._tables:
            if base and not path.startswith(f"{base}/"):
                continue
            found = table.find_raw(path[len(base) :])
            if found is not None:
                return found[0].get(method), found[1]
        return None, ()
