import { ArangoFailure } from '../../errors';
import { SYSTEM_DATABASE } from '../../storage/engine';
import { type Exchange, type Reply, success } from '../exchange';

/** `/_api/database`. All operations but `current` and `user` are only allowed in `_system`. */
export function databases(exchange: Exchange): Reply {
  const { method, path, database, state } = exchange;
  const [name] = path;
  if (path.length > 1) throw exchange.unknownPath();
  if (method === 'GET' && name === 'current') {
    const { id } = database;
    return success(200, { result: { name: database.name, id, path: '', isSystem: database.name === SYSTEM_DATABASE } });
  }
  const names = state.engine.listDatabases().map((other) => other.name);
  if (method === 'GET' && name === 'user') return success(200, { result: names });
  if (database.name !== SYSTEM_DATABASE) throw new ArangoFailure(1230, 'operation only allowed in system database');
  if (method === 'GET' && name === undefined) return success(200, { result: names });
  if (method === 'POST' && name === undefined) {
    state.engine.createDatabase(exchange.object(1208)['name']);
    return success(201, { result: true });
  }
  if (method === 'DELETE' && name !== undefined) {
    state.engine.dropDatabase(name);
    return success(200, { result: true });
  }
  throw exchange.wrongMethod();
}
