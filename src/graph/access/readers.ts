import { Readers } from '../../sync/readers';
import type { StandaloneGraph } from '../driver/graph';
import { allMembers } from './members';

/** Reads all members once, to answer for any namespace who can read it. */
export async function readReaders(graph: StandaloneGraph, connectorId: string): Promise<Readers> {
  const readers = new Readers();
  for await (const batch of allMembers(graph, connectorId)) for (const member of batch) readers.add(member);
  return readers;
}
