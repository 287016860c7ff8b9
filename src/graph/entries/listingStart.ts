import type { SyncPointDocument } from '../../sync/documents';
import { folderCursorName, syncPointKey } from '../../sync/keys';
import type { GraphContext } from '../driver/context';
import type { Graph } from '../driver/graph';
import { defineQuery } from '../driver/query';

/** What is stored of a namespace when an attempt begins to list it. */
export interface ListingStart {
  /** Its folder cursor, and what that is bound to. */
  point: Pick<SyncPointDocument, 'cursor' | 'boundTo'> | null;
  /** Whether no entry of it is stored: a listing from the start can leave nothing out. */
  isEmpty: boolean;
  /** Whether the connector has dead letters, of which the listing may remove some. */
  hasDeadLetters: boolean;
}

const start = defineQuery<{ connectorId: string; namespaceId: string; syncPoint: string }, ListingStart>(
  'listingStart.read',
  `LET point = FIRST(
     FOR one IN syncPoints
       FILTER one.syncPointKey == @syncPoint
       SORT one._key
       RETURN KEEP(one, "cursor", "boundTo")
   )
   LET entries = (
     FOR e IN dropboxEntries
       FILTER e.connectorId == @connectorId AND e.namespaceId == @namespaceId
       LIMIT 1
       RETURN 1
   )
   LET letters = (
     FOR letter IN dropboxDeadLetters
       FILTER letter.connectorId == @connectorId
       LIMIT 1
       RETURN 1
   )
   RETURN { point, isEmpty: LENGTH(entries) == 0, hasDeadLetters: LENGTH(letters) > 0 }`,
  { connectorId: 'connector', namespaceId: '1', syncPoint: 'org/connector/records/name' },
);

/** To be read once no earlier attempt can write any more. */
export async function readListingStart(
  graph: Graph,
  { connectorId, orgId }: Pick<GraphContext, 'connectorId' | 'orgId'>,
  namespaceId: string,
): Promise<ListingStart> {
  const syncPoint = syncPointKey(orgId, connectorId, folderCursorName(namespaceId));
  const [found] = await graph.run(start, { connectorId, namespaceId, syncPoint });
  return found ?? { point: null, isEmpty: false, hasDeadLetters: true };
}
