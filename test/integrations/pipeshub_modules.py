"""The parts of PipesHub's modules that the bridge imports, in the form of its app/connectors/core."""

import sys
from types import ModuleType, SimpleNamespace


class ConnectorInitError(Exception):
    """Its message is shown to the user of the form."""


class ConfigurationService:
    def __init__(self) -> None:
        self.config: dict = {}

    async def get_config(self, _path: str) -> dict:
        return {"enabled": True, **self.config}


class Filter:
    def __init__(self, operator: str, value) -> None:
        self.operator = SimpleNamespace(value=operator)
        self.value = value

    def is_empty(self) -> bool:
        return self.value is None or self.value == []

    def get_operator(self) -> SimpleNamespace:
        return self.operator

    def get_datetime_start(self):
        return self.value.get("start")

    def get_datetime_end(self):
        return self.value.get("end")


class FilterCollection:
    def __init__(self, values: dict) -> None:
        self.filters = {name: Filter(found["operator"], found["value"]) for name, found in values.items()}

    def get(self, name: str):
        return self.filters.get(name)

    def is_enabled(self, name: str, default: bool = True) -> bool:
        manual = self.filters.get("enable_manual_sync")
        if manual is not None and manual.value is True:
            return False
        found = self.filters.get(name)
        return default if found is None or found.is_empty() else bool(found.value)


async def load_connector_filters(config_service, _name: str, connector_id: str, _logger) -> tuple:
    config = await config_service.get_config(f"/services/connectors/{connector_id}/config")
    filters = config.get("filters", {})
    return tuple(FilterCollection(filters.get(kind, {}).get("values", {})) for kind in ("sync", "indexing"))


def install() -> None:
    """Makes them importable under PipesHub's names."""
    _module("app.connectors.core.registry.filters", load_connector_filters=load_connector_filters)
    _module("app.connectors.core.base.connector.connector_service", ConnectorInitError=ConnectorInitError)


def _module(name: str, **members) -> None:
    parts = name.split(".")
    for length in range(1, len(parts) + 1):
        sys.modules.setdefault(".".join(parts[:length]), ModuleType(".".join(parts[:length])))
    for member, value in members.items():
        setattr(sys.modules[name], member, value)
