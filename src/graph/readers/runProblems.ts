import { gapLine } from '../../sync/gaps';
import type { NamespaceDocument } from '../../sync/syncDocuments';
import type { Graph } from '../driver/graph';
import { defineQuery } from '../driver/query';
import { GAPS, HELD, type StoredGap } from '../state/namespaces';
import { isReadable } from '../state/readableNamespace';

/** What a run could not read or store, and what waits for something. */
export interface RunProblems {
  /** A line for each namespace with a gap. */
  gaps: string[];
  /** Namespaces in which something awaits approval, or was rejected. */
  held: NamespaceDocument[];
  deadLetters: number;
  /** Whether there are records that no entry points to any more. */
  orphans: boolean;
  /** Whether there are record events that have not been published. */
  events: boolean;
}

const problems = defineQuery<{ connectorId: string }, Omit<RunProblems, 'gaps'> & { gaps: StoredGap[] }>(
  'runProblems.read',
  `LET gaps = (${GAPS})
   LET held = (${HELD})
   LET deadLetters = COUNT(FOR letter IN dropboxDeadLetters FILTER letter.connectorId == @connectorId RETURN 1)
   LET orphans = (FOR orphan IN dropboxDetached FILTER orphan.connectorId == @connectorId LIMIT 1 RETURN 1)
   LET events = (FOR event IN dropboxOutbox FILTER event.connectorId == @connectorId LIMIT 1 RETURN 1)
   RETURN { gaps, held, deadLetters, orphans: LENGTH(orphans) > 0, events: LENGTH(events) > 0 }`,
  { connectorId: 'c' },
);

/** Reads the problems that are stored of a connector, in one request. */
export async function readRunProblems(graph: Graph, connectorId: string): Promise<RunProblems> {
  const [found] = await graph.run(problems, { connectorId });
  if (!found) throw new Error('the query of the problems returned no row');
  const held = found.held.filter((namespace) => isReadable(connectorId, namespace));
  return { ...found, held, gaps: found.gaps.map(({ namespaceId, problem }) => gapLine(namespaceId, problem)) };
}
