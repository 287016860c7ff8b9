"""Calls each method of the bridge as PipesHub's connector service does, and prints the results as JSON."""

import asyncio
import json
import logging
import os
import pathlib
import sys
import time
from abc import ABC, abstractmethod
from types import SimpleNamespace

sys.path.insert(0, str(pathlib.Path(__file__).parents[2] / "integrations" / "pipeshub"))
import dropbox_teams_bridge  # noqa: E402
import pipeshub_modules  # noqa: E402
from dropbox_teams_bridge import DropboxTeamsError, bridge  # noqa: E402
from fastapi import HTTPException  # noqa: E402

pipeshub_modules.install()


class BaseConnector(ABC):
    """The part of PipesHub's base class that the bridge uses."""

    def __init__(self, connector_id: str, org_id: str) -> None:
        self.connector_id = connector_id
        self.data_entities_processor = SimpleNamespace(org_id=org_id)
        self.logger = logging.getLogger("pipeshub")
        self.config_service = pipeshub_modules.ConfigurationService()

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
    except HTTPException as error:
        return f"Http{error.status_code}"
    except pipeshub_modules.ConnectorInitError as error:
        return f"form: {error}"
    return "nothing"


async def timed(work) -> dict:
    began = time.monotonic()
    code = await refused(work)
    return {"code": code, "seconds": time.monotonic() - began}


async def without(connector_id: str, org_id: str) -> dict:
    """Each method while the worker or Temporal does not answer."""
    connector = DropboxConnector(connector_id, org_id)
    return {
        "init": await timed(connector.init()),
        "test": await timed(connector.test_connection_and_access()),
        "sync": await timed(connector.run_sync()),
        "reindex": await timed(connector.reindex_records([SimpleNamespace(id="r")])),
        "stream": await timed(connector.stream_record(SimpleNamespace(id="r"))),
        "webhook": await timed(connector.handle_webhook_notification({})),
    }


async def foreign(connector_id: str, org_id: str) -> dict:
    """Each request to the worker's HTTP server while something else answers it, or nothing for long."""
    dropbox_teams_bridge.SILENCE_SECONDS = 1
    connector = DropboxConnector(connector_id, org_id)
    record = SimpleNamespace(id="r")
    return {
        "test": await refused(connector.test_connection_and_access()),
        "link": await refused(connector.get_signed_url(record)),
        "stream": await refused(connector.stream_record(record)),
        "init": await refused(connector.init()),
    }


async def replaced(connector_id: str, org_id: str) -> dict:
    """PipesHub cancels the task of a sync that is still running when it starts the next one."""
    connector = DropboxConnector(connector_id, org_id)
    client = await connector._client()
    handle = client.get_workflow_handle(f"dropbox/{connector_id}/sync")
    task = asyncio.create_task(connector.run_sync())
    while await phase_of(handle) in ("none", "starting", "done"):
        await asyncio.sleep(0.05)
    first = (await handle.describe()).run_id
    task.cancel()
    await asyncio.gather(task, return_exceptions=True)
    code = await refused(connector.run_sync())
    described = await client.get_workflow_handle(f"dropbox/{connector_id}/sync", run_id=first).describe()
    return {"replaced": described.status.name.lower(), "next": code}


async def phase_of(handle) -> str:
    try:
        return (await handle.query("progress"))["phase"]
    except Exception:
        return "none"


async def filtered(connector_id: str, org_id: str, filters: str) -> dict:
    """A sync with these values in PipesHub's forms."""
    connector = DropboxConnector(connector_id, org_id)
    connector.config_service.config = {"filters": json.loads(filters)}
    return {"code": await refused(connector.run_sync())}


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


tasks = {"methods": main, "without": without, "foreign": foreign, "replaced": replaced, "filtered": filtered}
print(json.dumps(asyncio.run(tasks[sys.argv[1]](*sys.argv[2:]))), flush=True)
# A thread of Temporal's client may still be at work, and Python aborts when such a thread outlives the interpreter.
os._exit(0)
