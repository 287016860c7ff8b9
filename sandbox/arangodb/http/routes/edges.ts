import { ArangoFailure } from '../../errors';
import { isLegalId } from '../../storage/keys';
import type { EdgeDirection } from '../../storage/types';
import { type Exchange, type Reply, success } from '../exchange';

/** `/_api/edges/{collection}`: the edges of a vertex. */
export function edges(exchange: Exchange): Reply {
  const [name] = exchange.path;
  if (name === undefined || exchange.path.length > 1) throw exchange.unknownPath();
  if (exchange.method !== 'GET') throw exchange.wrongMethod();
  const collection = exchange.database.get(name);
  if (!collection.isEdge) throw new ArangoFailure(10, `'${name}' is not an edge collection`);
  const vertex = exchange.query.get('vertex');
  if (!isLegalId(vertex)) throw new ArangoFailure(1205, 'illegal document handle');
  const direction = exchange.query.get('direction') ?? 'any';
  if (!isDirection(direction)) throw new ArangoFailure(10, "<direction> must be by 'any', 'in' or 'out'");
  const found = exchange.read((transaction) => [...transaction.edges(name, vertex, direction)]);
  return success(200, { edges: found, stats: { scannedIndex: found.length, filtered: 0 } });
}

const isDirection = (text: string): text is EdgeDirection => text === 'any' || text === 'in' || text === 'out';
