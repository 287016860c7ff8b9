"""Forwards the work of PipesHub's Dropbox connector to the Dropbox Teams worker.

PipesHub calls connector objects in its own process and has no interface for external connectors.
`bridge(DropboxConnector)` replaces the methods of the registered class by those below: syncs run in the worker through
Temporal, and contents come from its HTTP server. PipesHub keeps its own registration, consent and filter forms; each sync
hands the values of the forms to the worker.

Settings, from the environment of PipesHub's connector service:
    TEMPORAL_ADDRESS, TEMPORAL_NAMESPACE   the Temporal server of the worker (127.0.0.1:7233, default)
    TEMPORAL_TLS_…, TEMPORAL_API_KEY       TLS, a client certificate or an API key, and all else of Temporal's environment
                                           configuration
    TEMPORAL_PAYLOAD_KEY, TEMPORAL_PAYLOAD_KEY_PREVIOUS
                                           the keys of the worker, where it encrypts what it sends to Temporal; needs the
                                           package cryptography
    DROPBOX_TEAMS_TASK_QUEUE               the worker's task queue (dropbox-teams)
    DROPBOX_TEAMS_URL                      the worker's HTTP server, such as http://dropbox-teams:8090
    PIPESHUB_JWT_SECRET                    scopedJwtSecret of the installation, the same as in the worker
"""

from __future__ import annotations

import asyncio
import base64
import dataclasses
import hashlib
import importlib.util
import json
import os
import re
import time
import uuid
from collections.abc import AsyncIterator, Iterator, Sequence
from contextlib import contextmanager
from datetime import timedelta
from typing import Any, Optional

import aiohttp
import jwt
import temporalio.converter
from temporalio.api.common.v1 import Payload
from temporalio.client import (
    Client,
    WithStartWorkflowOperation,
    WorkflowFailureError,
    WorkflowHandle,
    WorkflowUpdateFailedError,
    WorkflowUpdateRPCTimeoutOrCancelledError,
)
from temporalio.common import WorkflowIDConflictPolicy
from temporalio.envconfig import ClientConfig
from temporalio.service import RPCError, RPCStatusCode

INDEXING_SCOPE = "connector:signedUrl"
TOKEN_SECONDS = 3600
PIECE_BYTES = 256 * 1024
# A sync may end before it accepts a request. The next attempt then starts a new sync.
REQUEST_ATTEMPTS = 6
# A webhook that names more members starts a sync of all members.
MOST_NAMED_MEMBERS = 500
# How long a worker may take to accept a request, and Temporal to answer.
ACCEPT_SECONDS = 7
ANSWER_SECONDS = 2
# The worker ends a transfer in which Dropbox is silent for five minutes. A longer silence is its own.
SILENCE_SECONDS = 330
# A sync continues while Temporal can't be reached. So long the bridge waits for Temporal to come back.
OUTAGE_SECONDS = 60
ENCRYPTED = b"binary/encrypted"
NONCE_BYTES = 12
TAG_BYTES = 16
UNREACHABLE = (RPCStatusCode.UNAVAILABLE, RPCStatusCode.DEADLINE_EXCEEDED, RPCStatusCode.CANCELLED)


class DropboxTeamsError(Exception):
    """A failure of the worker. `code` is stable, and the message says what to do."""

    def __init__(self, code: str, message: str, status: int = 503) -> None:
        super().__init__(message)
        self.code = code
        # Of the worker's HTTP server; 503 when it does not answer.
        self.status = status


class DropboxTeamsBridge:
    """The methods of PipesHub's BaseConnector. They use `connector_id` and `data_entities_processor.org_id` of the
    bridged class."""

    _temporal: Optional[Client] = None

    async def init(self) -> bool:
        """True when the worker, Temporal and ArangoDB answer. Otherwise the form shows what has to be fixed."""
        try:
            client = await self._client()
            with _temporal_errors():
                await client.service_client.check_health(timeout=timedelta(seconds=ANSWER_SECONDS))
            health = await self._get_json("/health", "status", accepted=(200, 503))
        except DropboxTeamsError as error:
            raise _init_error(str(error)) from error
        for warning in health.get("warnings", []):
            self.logger.warning("Dropbox Teams worker: %s", warning)
        if health["status"] != "ok":
            # Only a token that the worker accepts gets the reasons.
            problems = health.get("problems") or {"token": "Temporal or ArangoDB does not answer; its log says which"}
            raise _init_error("; ".join(problems.values()))
        return True

    async def test_connection_and_access(self) -> bool:
        """True when Dropbox accepts the app, the admin and every scope. Otherwise raises what has to be fixed."""
        report = await self._get_json(f"/api/v1/internal/connector/{self.connector_id}/test", "ok")
        if not report["ok"]:
            first = report["problems"][0]
            raise DropboxTeamsError(first["code"], "; ".join(problem["message"] for problem in report["problems"]))
        return True

    async def run_sync(self) -> None:
        await self._sync("auto")

    async def run_incremental_sync(self) -> None:
        """The worker continues from its cursors by itself. A full sync that is owed has to be a full one."""
        await self._sync("auto")

    async def handle_webhook_notification(self, notification: dict) -> None:
        """Returns when Temporal has the request, and does not wait for the sync."""
        teams = (notification.get("list_folder") or {}).get("teams") or {}
        members = sorted({member for members in teams.values() for member in members})
        more = {"members": members} if 0 < len(members) <= MOST_NAMED_MEMBERS else {}
        client = await self._client()
        # The workflow has a unique id, and forwards the request to the connector's sync.
        with _temporal_errors():
            await client.start_workflow(
                "runIncrementalSync",
                {"connectorId": self.connector_id, "reason": "webhook", **more},
                id=f"dropbox/{self.connector_id}/pipeshub/{uuid.uuid4()}",
                task_queue=_task_queue(),
                rpc_timeout=timedelta(seconds=ACCEPT_SECONDS),
            )

    async def get_signed_url(self, record: Any) -> Optional[str]:
        """A link that works for four hours, or None for a file that Dropbox has to export."""
        try:
            path = f"/api/v1/internal/record/{record.id}/signedUrl"
            return (await self._get_json(path, "signedUrl"))["signedUrl"]
        except DropboxTeamsError as error:
            raise _http_exception(error) from error

    async def stream_record(self, record: Any, user_id: Optional[str] = None, convertTo: Optional[str] = None) -> Any:
        """The content as a StreamingResponse. With a user, the graph decides whether the user may read the record."""
        path = f"/api/v1/internal/stream/record/{record.id}" if user_id is None else f"/api/v1/stream/record/{record.id}"
        limits = aiohttp.ClientTimeout(total=None, sock_connect=30, sock_read=SILENCE_SECONDS)
        session = aiohttp.ClientSession(timeout=limits)
        try:
            with _worker_errors():
                answer = await session.get(
                    f"{_url()}{path}", headers=self._authorization(user_id), allow_redirects=False
                )
                if answer.status != 200:
                    raise await _refusal(answer)
                # A page of something in front of the worker must not become the content of a file.
                if "Content-Disposition" not in answer.headers:
                    raise _foreign(answer)
        except DropboxTeamsError as error:
            await session.close()
            # PipesHub forwards the status of this exception only. Its indexing retries all but 4xx.
            raise _http_exception(error) from error
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
        if not keys:
            return
        client = await self._client()
        with _temporal_errors():
            handle = await client.start_workflow(
                "reindexRecords",
                {"connectorId": self.connector_id, "recordKeys": keys},
                id=f"dropbox/{self.connector_id}/reindex/{uuid.uuid4()}",
                task_queue=_task_queue(),
                rpc_timeout=timedelta(seconds=ANSWER_SECONDS),
            )
            await _accepted(handle)
        await _result(handle)

    async def cleanup(self) -> None:
        """Drops the connection to Temporal. The graph stays as it is."""
        self._temporal = None

    async def _sync(self, mode: str) -> None:
        """Starts the connector's sync, or one more after the running one, and waits until it ends. PipesHub cancels this
        before it starts the next one, when it stops, and when it disables or deletes the connector. The sync continues:
        what it has read is of use to the next one, and it ends by itself when the connector is disabled or deleted."""
        client = await self._client()
        request = {"connectorId": self.connector_id, "mode": mode, "reason": "pipeshub"}
        filters = await self._filters()
        if filters is not None:
            request["filters"] = filters
        await self._request(client, request)
        outcome = await _result(client.get_workflow_handle(self._sync_id()))
        if outcome["status"] == "failed":
            error = outcome.get("error") or {"code": "SyncFailed", "message": "the sync failed"}
            raise DropboxTeamsError(error["code"], error["message"])
        held = [one for one in outcome.get("held", []) if "answer" not in one]
        if held:
            deletes, revokes = (sum(one[what] for one in held) for what in ("deletes", "revokes"))
            raise DropboxTeamsError(
                "ApprovalNeeded",
                f"{deletes} deletions and {revokes} revocations in {len(held)} folders are held until an operator decides: "
                f"dropbox-teams approve {self.connector_id}, or dropbox-teams reject {self.connector_id}. "
                "Everything else is synced.",
            )

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
                with _temporal_errors():
                    update = client.execute_update_with_start_workflow(
                        "requestSync",
                        request,
                        start_workflow_operation=start,
                        rpc_timeout=timedelta(seconds=ACCEPT_SECONDS),
                    )
                    # The client sends the call again after its time limit.
                    await asyncio.wait_for(update, ACCEPT_SECONDS)
                return
            except (asyncio.TimeoutError, WorkflowUpdateRPCTimeoutOrCancelledError) as silent:
                await self._request_later(client, request)
                raise _worker_unavailable("it syncs as soon as a worker runs") from silent
            except WorkflowUpdateFailedError as refused:
                closed = getattr(refused.cause, "type", None) == "AcceptedUpdateCompletedWorkflow"
                if not closed or attempt == REQUEST_ATTEMPTS:
                    raise DropboxTeamsError("SyncFailed", str(refused.cause)) from refused

    async def _request_later(self, client: Client, request: dict) -> None:
        """Temporal stores a signal at once, but an update only when a worker has accepted it. The request id makes the
        worker accept one of the two."""
        with _temporal_errors():
            await client.start_workflow(
                "runSync",
                request,
                id=self._sync_id(),
                task_queue=_task_queue(),
                id_conflict_policy=WorkflowIDConflictPolicy.USE_EXISTING,
                start_signal="enqueueSync",
                start_signal_args=[request],
                rpc_timeout=timedelta(seconds=ANSWER_SECONDS),
            )

    async def _filters(self) -> Optional[dict]:
        """The values of PipesHub's forms, as the worker names them. None where PipesHub does not say, which its own
        loader turns into no filters at all."""
        from app.connectors.core.registry.filters import load_connector_filters

        try:
            config = await self.config_service.get_config(f"/services/connectors/{self.connector_id}/config")
        except Exception as error:  # PipesHub's stores raise errors of their own
            raise DropboxTeamsError("FiltersUnavailable", f"PipesHub's filters can't be read: {error}") from error
        if not config or not config.get("enabled", True):
            return None
        # From the same answer: where PipesHub's loader gets none, it says that there are no filters.
        sync, indexing = await load_connector_filters(_Answered(config), "dropbox", self.connector_id, self.logger)
        filters: dict = {}
        for name in ("modified", "created"):
            found = sync.get(name)
            if found is None or found.is_empty():
                continue
            for bound, value in (("After", found.get_datetime_start()), ("Before", found.get_datetime_end())):
                if value is not None:
                    filters[f"{name}{bound}"] = int(value)
        extensions = sync.get("file_extensions")
        if extensions is not None and not extensions.is_empty():
            operator = extensions.get_operator()
            filters["extensions"] = {"operator": getattr(operator, "value", operator), "values": list(extensions.value)}
        # With manual indexing switched on, PipesHub's `is_enabled` is false for every kind of record.
        if not indexing.is_enabled("files", default=True):
            filters["manualIndexing"] = True
        elif not indexing.is_enabled("shared", default=True):
            filters["indexShared"] = False
        return filters

    def _sync_id(self) -> str:
        """The connector's one workflow id, by which Temporal admits one sync at a time."""
        return f"dropbox/{self.connector_id}/sync"

    async def _client(self) -> Client:
        if self._temporal is None:
            with _temporal_errors():
                self._temporal = await Client.connect(**_connect_config(), data_converter=data_converter())
        return self._temporal

    async def _get_json(self, path: str, required: str, accepted: tuple = (200,)) -> dict:
        """The worker's answer, which has a field of this name."""
        with _worker_errors():
            async with aiohttp.ClientSession(timeout=aiohttp.ClientTimeout(total=60, sock_connect=5)) as session:
                async with session.get(
                    f"{_url()}{path}", headers=self._authorization(None), allow_redirects=False
                ) as answer:
                    if answer.status not in accepted:
                        raise await _refusal(answer)
                    body = await _object_of(answer)
                    if required not in body:
                        raise _foreign(answer)
                    return body

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


class EncryptionCodec(temporalio.converter.PayloadCodec):
    """Encrypts and decrypts payloads as the worker does, with AES-256-GCM. The first key encrypts, all of them decrypt.
    What is not encrypted is taken as it is."""

    def __init__(self, keys: Sequence[bytes]) -> None:
        self._keys = {_key_id(key): key for key in keys}

    async def encode(self, payloads: Sequence[Payload]) -> list[Payload]:
        if not self._keys:
            return list(payloads)
        key_id, key = next(iter(self._keys.items()))
        return [_encrypted(payload, key_id, key) for payload in payloads]

    async def decode(self, payloads: Sequence[Payload]) -> list[Payload]:
        return [
            self._open(payload) if payload.metadata.get("encoding") == ENCRYPTED else payload for payload in payloads
        ]

    def _open(self, payload: Payload) -> Payload:
        key_id = payload.metadata.get("encryption-key-id", b"").decode()
        if key_id not in self._keys:
            raise DropboxTeamsError(
                "SecretKeyWrong",
                f"a payload in Temporal was encrypted with another key (id {key_id}): set TEMPORAL_PAYLOAD_KEY to that "
                "key, or add it to TEMPORAL_PAYLOAD_KEY_PREVIOUS",
            )
        from cryptography.exceptions import InvalidTag

        nonce, sealed = payload.data[:NONCE_BYTES], payload.data[NONCE_BYTES:]
        tag, body = sealed[:TAG_BYTES], sealed[TAG_BYTES:]
        try:
            plain = _aes_gcm(self._keys[key_id]).decrypt(nonce, body + tag, _authenticated(key_id))
        except InvalidTag as error:
            raise DropboxTeamsError("SecretKeyWrong", "an encrypted payload in Temporal was altered") from error
        opened = json.loads(plain)
        metadata = {name: base64.b64decode(value) for name, value in opened["metadata"].items()}
        return Payload(metadata=metadata, data=base64.b64decode(opened["data"]))


def data_converter() -> temporalio.converter.DataConverter:
    """For a client of Temporal. With TEMPORAL_PAYLOAD_KEY, what it sends is encrypted."""
    previous = os.environ.get("TEMPORAL_PAYLOAD_KEY_PREVIOUS", "").split(",")
    texts = [os.environ.get("TEMPORAL_PAYLOAD_KEY", ""), *previous]
    keys = [_payload_key(text.strip()) for text in texts if text.strip()]
    if keys and importlib.util.find_spec("cryptography") is None:
        raise DropboxTeamsError(
            "InvalidArgument", "TEMPORAL_PAYLOAD_KEY is set, which needs the package cryptography: pip install cryptography"
        )
    converter = temporalio.converter.default()
    if keys:
        failures = temporalio.converter.DefaultFailureConverterWithEncodedAttributes
        converter = dataclasses.replace(converter, failure_converter_class=failures)
    # Without a key it says what to do about what is encrypted.
    return dataclasses.replace(converter, payload_codec=EncryptionCodec(keys))


def _payload_key(text: str) -> bytes:
    # As the worker checks it: what another key encrypts, the worker never opens.
    if not re.fullmatch(r"[A-Za-z0-9+/]{43}=", text):
        raise DropboxTeamsError(
            "InvalidArgument",
            "a key in TEMPORAL_PAYLOAD_KEY or TEMPORAL_PAYLOAD_KEY_PREVIOUS is not 32 bytes in base64, for example the "
            "output of: openssl rand -base64 32",
        )
    return base64.b64decode(text)


def _key_id(key: bytes) -> str:
    return hashlib.sha256(b"dropbox-teams key id\0" + key).hexdigest()[:16]


def _authenticated(key_id: str) -> bytes:
    return ENCRYPTED + b":" + key_id.encode()


def _aes_gcm(key: bytes) -> Any:
    # Only an installation that encrypts has this package.
    from cryptography.hazmat.primitives.ciphers.aead import AESGCM

    return AESGCM(key)


def _encrypted(payload: Payload, key_id: str, key: bytes) -> Payload:
    metadata = {name: base64.b64encode(value).decode() for name, value in payload.metadata.items()}
    plain = json.dumps({"metadata": metadata, "data": base64.b64encode(payload.data).decode()}).encode()
    nonce = os.urandom(NONCE_BYTES)
    sealed = _aes_gcm(key).encrypt(nonce, plain, _authenticated(key_id))
    return Payload(
        metadata={"encoding": ENCRYPTED, "encryption-key-id": key_id.encode()},
        data=nonce + sealed[-TAG_BYTES:] + sealed[:-TAG_BYTES],
    )


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


def _connect_config() -> dict:
    return {"target_host": "127.0.0.1:7233", **ClientConfig.load_client_connect_config()}


async def _object_of(answer: aiohttp.ClientResponse) -> dict:
    """The worker answers with a JSON object. Empty for anything else."""
    try:
        body = await answer.json(content_type=None)
    except (ValueError, LookupError):
        return {}
    return body if isinstance(body, dict) else {}


async def _refusal(answer: aiohttp.ClientResponse) -> DropboxTeamsError:
    body = await _object_of(answer)
    if not isinstance(body.get("error"), str):
        return _foreign(answer)
    return DropboxTeamsError(body.get("code") or f"Http{answer.status}", body["error"], answer.status)


def _foreign(answer: aiohttp.ClientResponse) -> DropboxTeamsError:
    """Its status says nothing about a record: with a 404, PipesHub would not ask for it again."""
    return DropboxTeamsError(
        "WorkerUnavailable",
        f"Something other than the worker answers at {_url()} with HTTP {answer.status}: "
        "is DROPBOX_TEAMS_URL right, and what is in front of the worker?",
    )


def _worker_unavailable(what_then: str = "start the worker") -> DropboxTeamsError:
    return DropboxTeamsError("WorkerUnavailable", f"No worker of Dropbox Teams answers: {what_then}")


class _Answered:
    """PipesHub's configuration service with an answer that it has given."""

    def __init__(self, config: dict) -> None:
        self._config = config

    async def get_config(self, _path: str) -> dict:
        return self._config


@contextmanager
def _worker_errors() -> Iterator[None]:
    """For requests to the worker's HTTP server."""
    try:
        yield
    except (aiohttp.ClientError, asyncio.TimeoutError) as error:
        raise _worker_unavailable(f"is it running, and is DROPBOX_TEAMS_URL ({_url()}) right?") from error


@contextmanager
def _temporal_errors() -> Iterator[None]:
    try:
        yield
    except RPCError as error:
        if error.status in UNREACHABLE:
            raise _temporal_unavailable(error) from error
        raise DropboxTeamsError("TemporalRefused", f"Temporal refused the request: {error.message}") from error
    except (RuntimeError, OSError) as error:
        # The client raises them when it can't connect, and when it can't read a certificate.
        raise _temporal_unavailable(error) from error


def _temporal_unavailable(cause: Exception) -> DropboxTeamsError:
    address = _connect_config()["target_host"]
    return DropboxTeamsError("TemporalUnavailable", f"Temporal at {address} does not answer ({cause})")


async def _accepted(handle: WorkflowHandle) -> None:
    """Waits until a worker has taken the workflow: the server itself writes its first two events."""
    until = time.monotonic() + ACCEPT_SECONDS
    while True:
        described = await handle.describe(rpc_timeout=timedelta(seconds=ANSWER_SECONDS))
        if described.close_time is not None or described.history_length > 2:
            return
        if time.monotonic() > until:
            raise _worker_unavailable("the request is carried out as soon as a worker runs")
        await asyncio.sleep(0.2)


async def _result(handle: WorkflowHandle) -> Any:
    """The result of a workflow, also after an outage of Temporal, in which the workflow continues."""
    lost_at: Optional[float] = None
    while True:
        asked_at = time.monotonic()
        try:
            return await handle.result()
        except WorkflowFailureError as failure:
            cause: Any = failure
            while cause.__cause__ is not None:
                cause = cause.__cause__
            raise DropboxTeamsError(getattr(cause, "type", None) or "SyncFailed", str(cause)) from failure
        except RPCError as error:
            now = time.monotonic()
            # An answer that was waited for, and then lost, begins another outage.
            if lost_at is None or now - asked_at > OUTAGE_SECONDS:
                lost_at = now
            if error.status not in UNREACHABLE or now - lost_at > OUTAGE_SECONDS:
                raise _temporal_unavailable(error) from error
            await asyncio.sleep(1)


def _init_error(message: str) -> Exception:
    """PipesHub's form shows the message of this exception only."""
    from app.connectors.core.base.connector.connector_service import ConnectorInitError

    return ConnectorInitError(message)


def _http_exception(error: DropboxTeamsError) -> Exception:
    from fastapi import HTTPException

    return HTTPException(status_code=error.status, detail=str(error))


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
