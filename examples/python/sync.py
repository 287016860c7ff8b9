"""Starts a sync from Python, follows its progress and prints its result.

    python examples/python/sync.py CONNECTOR

Uses the worker's TEMPORAL_TASK_QUEUE and Temporal's environment configuration: TEMPORAL_ADDRESS, TEMPORAL_NAMESPACE,
TEMPORAL_API_KEY, TEMPORAL_TLS_… and the others. Python needs no code of this project:
workflow types, ids, queries and updates have stable names and take plain JSON.
"""

import asyncio
import json
import os
import sys
import uuid

from temporalio.client import Client, WithStartWorkflowOperation, WorkflowFailureError
from temporalio.common import WorkflowIDConflictPolicy
from temporalio.envconfig import ClientConfig
from temporalio.exceptions import ApplicationError


async def sync(connector_id: str) -> dict:
    config = ClientConfig.load_client_connect_config()
    client = await Client.connect(**{"target_host": "127.0.0.1:7233", **config})
    request = {
        "connectorId": connector_id,
        "mode": "auto",
        "reason": "manual",
        # Lets the workflow recognize the request that started it. Any other request joins or is queued.
        "requestId": str(uuid.uuid4()),
    }
    # The connector has one workflow id, so only one sync runs at a time. Further requests join it or are queued.
    start = WithStartWorkflowOperation(
        "runSync",
        request,
        id=f"dropbox/{connector_id}/sync",
        task_queue=os.environ.get("TEMPORAL_TASK_QUEUE", "dropbox-teams"),
        id_conflict_policy=WorkflowIDConflictPolicy.USE_EXISTING,
    )
    answer = await client.execute_update_with_start_workflow(
        "requestSync", request, start_workflow_operation=start
    )
    print(answer["answer"], file=sys.stderr)
    handle = client.get_workflow_handle(f"dropbox/{connector_id}/sync")
    result = asyncio.ensure_future(handle.result())
    while not result.done():
        progress = await handle.query("progress")
        spaces = progress["namespaces"]
        print(f"{progress['phase']}: {spaces['done']}/{spaces['total']} namespaces", file=sys.stderr)
        await asyncio.wait([result], timeout=0.5)
    try:
        return result.result()
    except WorkflowFailureError as failure:
        # A failed sync fails its workflow. The outcome is in the details of the failure.
        if isinstance(failure.cause, ApplicationError) and failure.cause.details:
            return failure.cause.details[0]
        raise


def main() -> int:
    if len(sys.argv) != 2:
        print("usage: sync.py CONNECTOR", file=sys.stderr)
        return 2
    outcome = asyncio.run(sync(sys.argv[1]))
    print(json.dumps(outcome))
    return 1 if outcome["status"] == "failed" else 0


if __name__ == "__main__":
    code = main()
    sys.stdout.flush()
    # A thread of the SDK may still hand over its last answer, which crashes an interpreter that ends at that moment.
    os._exit(code)
