"""Forwards the work of PipesHub's Dropbox connector to the Dropbox Teams worker.

PipesHub calls connector objects in its own process and has no interface for external connectors.
`bridge(DropboxConnector)` replaces the methods of the registered class by those below: syncs run in the worker through
Temporal, and contents come from its HTTP server. PipesHub keeps its own registration, consent and filters.

Settings, from the environment of PipesHub's connector service:
    TEMPORAL_ADDRESS, TEMPORAL_NAMESPACE   the Temporal server of the worker (127.0.0.1:7233, default)
    DROPBOX_TEAMS_TASK_QUEUE               the worker's task queue (dropbox-teams)
    DROPBOX_TEAMS_URL                      the worker's HTTP server, such as http://dropbox-teams:8090
    PIPESHUB_JWT_SECRET                    scopedJwtSecret of the installation, the same as in the worker
"""

from __future__ import annotations

import os
import time
import uuid
from collections.abc import AsyncIterator
from typing import Any, Optional

import aiohttp
import jwt
from temporalio.client import Client, WithStartWorkflowOperation, WorkflowFailureError, WorkflowUpdateFailedError
from temporalio.common import WorkflowIDConflictPolicy

INDEXING_SCOPE = "connector:signedUrl"
TOKEN_SECONDS = 3600
PIECE_BYTES = 256 * 1024
# A sync may end before it accepts a request. The next attempt then starts a new sync.
REQUEST_ATTEMPTS = 6
# A webhook that names more members starts a sync of all members.
MOST_NAMED_MEMBERS = 500


class DropboxTeamsError(Exception):
    """A failure of the worker. `code` is stable, and the message says what to do."""

    def __init__(self, code: str, message: str) -> None:
        super().__init__(message)
        self.code = code


class DropboxTeamsBridge:
    """The methods of PipesHub's BaseConnector. They use `connector_id` and `data_entities_processor.org_id` of the
    bridged class."""

    _temporal: Optional[Client] = None

    async def init(self) -> bool:
        """True when the worker and Temporal answer."""
        await self._client()
        async with aiohttp.ClientSession() as session:
            async with session.get(f"{_url()}/health/live") as answer:
                return answer.status == 200

    async def test_connection_and_access(self) -> bool:
        """True when Dropbox accepts the app, the admin and every scope. Otherwise raises what has to be fixed."""
        report = await self._get_json(f"/api/v1/internal/connector/{self.connector_id}/test")
        if not report["ok"]:
            first = report["problems"][0]
            raise DropboxTeamsError(first["code"], "; ".join(problem["message"] for problem in report["problems"]))
        return True

    async def run_sync(self) -> None:
        await self._sync("auto")

    async def run_incremental_sync(self) -> None:
        await self._sync("incremental")

    async def handle_webhook_notification(self, notification: dict) -> None:
        """Returns when Temporal has the request, and does not wait for the sync."""
        teams = (notification.get("list_folder") or {}).get("teams") or {}
        members = sorted({member for members in teams.values() for member in members})
        more = {"members": members} if 0 < len(members) <= MOST_NAMED_MEMBERS else {}
        client = await self._client()
        # The workflow has a unique id, and forwards the request to the connector's sync.
        await client.start_workflow(
            "runIncrementalSync",
            {"connectorId": self.connector_id, "reason": "webhook", **more},
            id=f"dropbox/{self.connector_id}/pipeshub/{uuid.uuid4()}",
            task_queue=_task_queue(),
        )

    async def get_signed_url(self, record: Any) -> Optional[str]:
        """A link that works for four hours, or None for a file that Dropbox has to export."""
        return (await self._get_json(f"/api/v1/internal/record/{record.id}/signedUrl"))["signedUrl"]

    async def stream_record(self, record: Any, user_id: Optional[str] = None, convertTo: Optional[str] = None) -> Any:
        """The content as a StreamingResponse. With a user, the graph decides whether the user may read the record."""
        path = f"/api/v1/internal/stream/record/{record.id}" if user_id is None else f"/api/v1/stream/record/{record.id}"
        session = aiohttp.ClientSession(timeout=aiohttp.ClientTimeout(total=None, sock_connect=30))
        try:
            answer = await session.get(f"{_url()}{path}", headers=self._authorization(user_id))
            if answer.status != 200:
                raise await _refusal(answer)
        except BaseException:
            await session.close()
            raise
        headers = {
            name: answer.headers[name] for name in ("Content-Disposition", "Content-Length") if name in answer.headers
        }
        return _streaming_response(_pieces(session, answer), answer.headers.get("Content-Type"), headers)

    async def reindex_records(self, record_results: list) -> None:
        """Sends the record events of these records again."""
        keys = [getattr(record, "id", None) or record["_key"] for record in record_results]
        if keys:
            client = await self._client()
            await client.execute_workflow(
                "reindexRecords",
                {"connectorId": self.connector_id, "recordKeys": keys},
                id=f"dropbox/{self.connector_id}/reindex/{uuid.uuid4()}",
                task_queue=_task_queue(),
            )

    async def cleanup(self) -> None:
        """Drops the connection to Temporal. The graph stays as it is."""
        self._temporal = None

    async def _sync(self, mode: str) -> None:
        """Starts or joins the connector's sync, and waits until it ends."""
        client = await self._client()
        await self._request(client, {"connectorId": self.connector_id, "mode": mode, "reason": "pipeshub"})
        try:
            outcome = await client.get_workflow_handle(self._sync_id()).result()
        except WorkflowFailureError as failure:
            cause: Any = failure
            while cause.__cause__ is not None:
                cause = cause.__cause__
            raise DropboxTeamsError(getattr(cause, "type", None) or "SyncFailed", str(cause)) from failure
        if outcome["status"] == "failed":
            error = outcome.get("error") or {"code": "SyncFailed", "message": "the sync failed"}
            raise DropboxTeamsError(error["code"], error["message"])

    async def _request(self, client: Client, request: dict) -> None:
        request = {**request, "requestId": str(uuid.uuid4())}
        for attempt in range(1, REQUEST_ATTEMPTS + 1):
            start = WithStartWorkflowOperation(
                "runSync",
                request,
                id=self._sync_id(),
                task_queue=_task_queue(),
                id_conflict_policy=WorkflowIDConflictPolicy.USE_EXISTING,
            )
            try:
                await client.execute_update_with_start_workflow("requestSync", request, start_workflow_operation=start)
                return
            except WorkflowUpdateFailedError as refused:
                closed = getattr(refused.cause, "type", None) == "AcceptedUpdateCompletedWorkflow"
                if not closed or attempt == REQUEST_ATTEMPTS:
                    raise DropboxTeamsError("SyncFailed", str(refused.cause)) from refused

    def _sync_id(self) -> str:
        """The connector's one workflow id, by which Temporal admits one sync at a time."""
        return f"dropbox/{self.connector_id}/sync"

    async def _client(self) -> Client:
        if self._temporal is None:
            self._temporal = await Client.connect(
                os.environ.get("TEMPORAL_ADDRESS", "127.0.0.1:7233"),
                namespace=os.environ.get("TEMPORAL_NAMESPACE", "default"),
            )
        return self._temporal

    async def _get_json(self, path: str) -> dict:
        async with aiohttp.ClientSession() as session:
            async with session.get(f"{_url()}{path}", headers=self._authorization(None)) as answer:
                if answer.status != 200:
                    raise await _refusal(answer)
                return await answer.json()

    def _authorization(self, user_id: Optional[str]) -> dict:
        now = int(time.time())
        claims = {
            "orgId": self.data_entities_processor.org_id,
            "scopes": [INDEXING_SCOPE],
            "iat": now,
            "exp": now + TOKEN_SECONDS,
            **({} if user_id is None else {"userId": user_id}),
        }
        return {"Authorization": f"Bearer {jwt.encode(claims, os.environ['PIPESHUB_JWT_SECRET'], algorithm='HS256')}"}


METHODS = [name for name in vars(DropboxTeamsBridge) if not name.startswith("__")]


def bridge(connector_class: type) -> type:
    """Replaces the methods of PipesHub's registered connector class in place, and returns the class."""
    for name in METHODS:
        setattr(connector_class, name, vars(DropboxTeamsBridge)[name])
    # The abstract methods of its base class are implemented now.
    if getattr(connector_class, "__abstractmethods__", None):
        connector_class.__abstractmethods__ = frozenset(connector_class.__abstractmethods__ - set(METHODS))
    return connector_class


def _url() -> str:
    return os.environ["DROPBOX_TEAMS_URL"].rstrip("/")


def _task_queue() -> str:
    return os.environ.get("DROPBOX_TEAMS_TASK_QUEUE", "dropbox-teams")


async def _refusal(answer: aiohttp.ClientResponse) -> DropboxTeamsError:
    body = await answer.json(content_type=None) or {}
    return DropboxTeamsError(body.get("code") or f"Http{answer.status}", body.get("error") or answer.reason or "")


async def _pieces(session: aiohttp.ClientSession, answer: aiohttp.ClientResponse) -> AsyncIterator[bytes]:
    """Yields pieces as the receiver reads them. A broken transfer raises an error."""
    try:
        async for piece in answer.content.iter_chunked(PIECE_BYTES):
            yield piece
    finally:
        answer.close()
        await session.close()


def _streaming_response(pieces: AsyncIterator[bytes], content_type: Optional[str], headers: dict) -> Any:
    # Only this function needs FastAPI, which PipesHub has.
    from fastapi.responses import StreamingResponse

    return StreamingResponse(pieces, media_type=content_type, headers=headers)
