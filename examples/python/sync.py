"""Starts a sync from Python, follows its progress and prints its result.

    python examples/python/sync.py CONNECTOR

TEMPORAL_ADDRESS, TEMPORAL_NAMESPACE and TEMPORAL_TASK_QUEUE are those of the worker. Nothing of this project is needed
on the Python side: workflow types, ids, queries and updates are stable names with plain JSON.
"""

import asyncio
import json
import os
import sys
import uuid

from temporalio.client import Client, WithStartWorkflowOperation, WorkflowFailureError
from temporalio.common import WorkflowIDConflictPolicy
from temporalio.exceptions import ApplicationError


async def sync(connector_id: str) -> dict:
    client = await Client.connect(
        os.environ.get("TEMPORAL_ADDRESS", "127.0.0.1:7233"),
        namespace=os.environ.get("TEMPORAL_NAMESPACE", "default"),
    )
    request = {
        "connectorId": connector_id,
        "mode": "auto",
        "reason": "manual",
        # Tells the answer to this start from joining a run that is under way.
        "requestId": str(uuid.uuid4()),
    }
    # One sync at a time: the id is the connector's door, and whoever finds it open joins or is queued once.
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
        # A sync that failed ends its workflow as failed; the outcome is among the failure's details.
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
    sys.exit(main())
