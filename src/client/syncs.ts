import type { HeldNamespace } from '../contract/held';
import { MAX_NAMED_MEMBERS, type SyncAnswer, type SyncProgress, type SyncRequest } from '../contract/sync';
import { DropboxTeamsError } from '../DropboxTeamsError';
import { answerHeld } from '../graph/state/namespaces';
import * as args from './arguments';
import type { SyncOptions } from './arguments';
import { AGREEMENT_ATTEMPTS } from './connectors';
import { clientError, withClientErrors } from './errors';
import { namedHeld, namedOutcome, namedProgress } from './names';
import { dropNotifications, keepNotification } from './notifications';
import type { ClientServices } from './services';
import type { SyncRun } from './syncRuns';

/** How long a worker may take to accept the sync that carries out an answer. */
const ANSWER_WITHIN_SECONDS = 30;

export interface Decision {
  /** Absent: every namespace that is held. */
  namespaceId?: string;
}

/** What an operator has answered, and the sync that acts on it. */
export interface Answered {
  /** What was answered, with the figures that the answer is for. */
  held: HeldNamespace[];
  /** null: no sync could be requested. The next one acts on the answer. */
  sync: SyncAnswer | null;
  /** Why no sync could be requested. */
  problem?: string;
}

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
        withClientErrors(async () => namedOutcome(graph, await run.result(), () => this.namespaceNames(connectorId))),
    };
  }

  async progress(connectorId: string): Promise<SyncProgress | null> {
    const progress = await this.services.runs.progress(args.connectorIdOf(connectorId));
    return progress && namedProgress(this.services.graph, progress);
  }

  async pause(connectorId: string): Promise<boolean> {
    const { temporal, connectors, runs } = this.services;
    await this.requireTemporal(connectorId);
    await connectors.pause(connectorId);
    await dropNotifications(temporal, connectorId);
    const wasRunning = await runs.pause(connectorId);
    await this.agree(connectorId, { paused: true });
    return wasRunning;
  }

  async resume(connectorId: string): Promise<boolean> {
    const { connectors, runs } = this.services;
    await this.requireTemporal(connectorId);
    await connectors.resume(connectorId);
    const wasRunning = await runs.resume(connectorId);
    await this.agree(connectorId, { paused: false });
    const { strategy } = await connectors.get(connectorId);
    // Notifications that came during the pause were dropped.
    if (strategy === 'webhook') await this.queue(connectorId, []);
    return wasRunning;
  }

  /**
   * Pauses the running sync or ends its pause until it is as stored, beginning with what this caller has asked of it.
   * Another caller may have stored the opposite since then, and asked for it first.
   */
  private async agree(connectorId: string, asked: { paused: boolean }): Promise<void> {
    const { connectors, runs } = this.services;
    let { paused } = asked;
    for (let attempt = 0; attempt < AGREEMENT_ATTEMPTS; attempt += 1) {
      const stored = await connectors.get(connectorId);
      if (stored.paused === paused) return;
      paused = stored.paused;
      await (paused ? runs.pause(connectorId) : runs.resume(connectorId));
    }
  }

  /**
   * The stored connector and the Schedule have to agree. Without Temporal nothing is stored, so that a command that
   * fails has changed nothing. @throws ConnectorUnknown, TemporalUnavailable, TemporalRefused
   */
  private async requireTemporal(connectorId: string): Promise<void> {
    await this.services.connectors.get(connectorId);
    await this.services.temporal.ping();
  }

  async cancel(connectorId: string): Promise<boolean> {
    await this.services.connectors.get(connectorId);
    return this.services.runs.cancel(connectorId);
  }

  /** The answer is stored first: it counts whether or not a sync can be requested now. */
  async decide(connectorId: string, answer: 'approve' | 'reject', input: Decision): Promise<Answered> {
    const { namespaceId } = args.checkedOptions(args.decisionSchema, input, 'decision');
    const { graph, connectors, now } = this.services;
    await connectors.get(connectorId);
    const decision = answer === 'approve' ? 'approved' : 'rejected';
    const answered = await answerHeld(graph, { connectorId, now: now() }, decision, namespaceId);
    if (answered.length === 0) {
      const place = namespaceId === undefined ? connectorId : `namespace ${namespaceId} of ${connectorId}`;
      throw new DropboxTeamsError('NothingHeld', `nothing in ${place} is held, so nothing waits for an answer`);
    }
    const held = answered.flatMap(namedHeld).map((one) => ({ ...one, answer: decision }) as const);
    try {
      const { orgId } = await connectors.unpaused(connectorId);
      const request: SyncRequest = { connectorId, mode: 'auto', reason: 'approval' };
      return { held, sync: (await this.services.runs.request(orgId, request, ANSWER_WITHIN_SECONDS)).answer };
    } catch (error) {
      return { held, sync: null, problem: clientError(error).message };
    }
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

  private async namespaceNames(connectorId: string): Promise<Map<string, string>> {
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
