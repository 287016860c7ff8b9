import { DropboxTeamsError } from '../DropboxTeamsError';
import { MAX_NAMED_MEMBERS, type Decision, type SyncProgress } from '../contract/sync';
import * as args from './arguments';
import type { SyncOptions } from './arguments';
import { withClientErrors } from './errors';
import { namedOutcome, namedProgress } from './names';
import { dropNotifications, keepNotification } from './notifications';
import type { ClientServices } from './services';
import type { SyncRun } from './syncRuns';

/** The syncs of connectors, as callers of the client start and control them. */
export class Syncs {
  constructor(private readonly services: ClientServices) {}

  async start(connectorId: string, input: SyncOptions): Promise<SyncRun> {
    const { answerWithinSeconds, ...options } = args.checkedOptions(args.syncOptionsSchema, input, 'options');
    const { graph, connectors, runs } = this.services;
    const { orgId } = await connectors.unpaused(connectorId);
    const request = { connectorId, mode: 'auto', reason: 'manual', ...options } as const;
    const run = await runs.request(orgId, request, answerWithinSeconds);
    return {
      ...run,
      progress: () => withClientErrors(() => this.progress(connectorId)),
      result: () =>
        withClientErrors(async () => namedOutcome(graph, await run.result(), () => this.#namespaceNames(connectorId))),
    };
  }

  async progress(connectorId: string): Promise<SyncProgress | null> {
    const progress = await this.services.runs.progress(args.connectorIdOf(connectorId));
    return progress && namedProgress(this.services.graph, progress);
  }

  async pause(connectorId: string): Promise<boolean> {
    const { temporal, connectors, runs } = this.services;
    await connectors.setPaused(connectorId, true);
    await dropNotifications(temporal, connectorId);
    return runs.pause(connectorId);
  }

  async resume(connectorId: string): Promise<boolean> {
    const { connectors, runs } = this.services;
    await connectors.setPaused(connectorId, false);
    const wasRunning = await runs.resume(connectorId);
    const { strategy } = await connectors.get(connectorId);
    // Notifications that came during the pause were dropped.
    if (strategy === 'webhook') await this.queue(connectorId, []);
    return wasRunning;
  }

  async cancel(connectorId: string): Promise<boolean> {
    await this.services.connectors.get(connectorId);
    return this.services.runs.cancel(connectorId);
  }

  async decide(connectorId: string, answer: 'approve' | 'reject', input: Decision): Promise<void> {
    const decision = args.checkedOptions(args.decisionSchema, input, 'decision');
    await this.services.connectors.get(connectorId);
    if (await this.services.runs.decide(connectorId, answer, decision)) return;
    throw new DropboxTeamsError(
      'SyncNotRunning',
      `No sync of ${connectorId} is running, so nothing waits for an answer`,
    );
  }

  /** Without members, or with very many of them, the run probes all namespaces. */
  async syncMembers(connectorId: string, members: readonly string[]): Promise<SyncRun> {
    const named = namedMembers(members);
    return this.start(connectorId, { reason: 'webhook', ...(named.length > 0 ? { members: named } : {}) });
  }

  async queue(connectorId: string, members: readonly string[]): Promise<void> {
    const named = namedMembers(members);
    const { orgId } = await this.services.connectors.unpaused(connectorId);
    await keepNotification(this.services.temporal, { orgId, connectorId, members: named });
  }

  async #namespaceNames(connectorId: string): Promise<Map<string, string>> {
    const { connectors } = this.services;
    const names = new Map<string, string>();
    for await (const page of connectors.session(await connectors.get(connectorId)).team.namespaces())
      for (const { namespaceId, name } of page) names.set(namespaceId, name);
    return names;
  }
}

/** Empty for more members than a request may name. */
function namedMembers(members: readonly string[]): string[] {
  const given = args.checked(args.namedMembersSchema, members, 'members');
  return given.length <= MAX_NAMED_MEMBERS ? given : [];
}
