import type { Graph } from '../graph/driver/graph';
import { listDeadLetters } from '../graph/state/deadLetters';
import type { DeadLetterDocument } from '../sync/syncDocuments';
import { withClientErrors } from './errors';

const PAGE = 1000;

/** All dead letters of a connector, in pages. Each page is read when it is asked for. */
export async function* deadLetterPages(graph: Graph, connectorId: string): AsyncGenerator<DeadLetterDocument[]> {
  const pageAfter = (after: string | null): Promise<DeadLetterDocument[]> =>
    withClientErrors(() => listDeadLetters(graph, connectorId, after, PAGE));
  for (let page = await pageAfter(null); page.length > 0; page = await pageAfter(page.at(-1)?._key ?? null)) yield page;
}
