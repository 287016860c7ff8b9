"""Calls each method of the bridge as PipesHub's connector service does, and prints the results as JSON."""

import asyncio
import json
import pathlib
import sys
from abc import ABC, abstractmethod
from types import SimpleNamespace

sys.path.insert(0, str(pathlib.Path(__file__).parents[2] / "integrations" / "pipeshub"))
from dropbox_teams_bridge import DropboxTeamsError, bridge  # noqa: E402


class BaseConnector(ABC):
    """The part of PipesHub's base class that the bridge uses."""

    def __init__(self, connector_id: str, org_id: str) -> None:
        self.connector_id = connector_id
        self.data_entities_processor = SimpleNamespace(org_id=org_id)

    @abstractmethod
    async def run_sync(self) -> None: ...


@bridge
class DropboxConnector(BaseConnector):
    async def run_sync(self) -> None:
        raise AssertionError("the bridge has replaced it")


async def body_of(response) -> int:
    return sum([len(piece) async for piece in response.body_iterator])


async def refused(work) -> str:
    try:
        await work
    except DropboxTeamsError as error:
        return error.code
    return "nothing"


async def main(connector_id: str, org_id: str, file_key: str, reader: str, stranger: str) -> dict:
    connector = DropboxConnector(connector_id, org_id)
    record = SimpleNamespace(id=file_key)
    result = {"init": await connector.init(), "test": await connector.test_connection_and_access()}
    await connector.run_sync()
    # Requests during a sync are answered when it has ended.
    client = await connector._client()
    asked = asyncio.gather(connector.run_sync(), connector.run_sync(), connector.run_incremental_sync())
    await asked
    result["running"] = (await client.get_workflow_handle(f"dropbox/{connector_id}/sync").describe()).status.name
    await connector.handle_webhook_notification({"list_folder": {"teams": {"dbtid:1": ["dbmid:unknown"]}}})
    response = await connector.stream_record(record)
    result["type"] = response.media_type
    result["disposition"] = response.headers["content-disposition"]
    result["bytes"] = await body_of(response)
    result["asReader"] = await body_of(await connector.stream_record(record, user_id=reader))
    result["asStranger"] = await refused(connector.stream_record(record, user_id=stranger))
    result["link"] = await connector.get_signed_url(record)
    result["unknown"] = await refused(connector.stream_record(SimpleNamespace(id="nothing")))
    await connector.reindex_records([record])
    await connector.cleanup()
    result["elsewhere"] = await refused(DropboxConnector("unknown", org_id).run_sync())
    return result


print(json.dumps(asyncio.run(main(*sys.argv[1:]))))
