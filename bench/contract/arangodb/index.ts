import type { DatabaseSettings } from '../../../src/graph/driver/database';
import { tryAll, type Result } from '../assumption';
import type { ContractOptions } from '../options';
import { errorAssumptions } from './errors';
import { optimizerAssumptions } from './optimizer';
import { executionAssumptions, queryAssumptions } from './queries';
import { ArangoServer, described } from './server';
import { ScratchDatabase } from './subject';
import { valueAssumptions } from './values';
import { writeAssumptions } from './writes';

/** Tries on a server what the emulator and the worker assume of ArangoDB. */
export async function arangoContract(settings: DatabaseSettings, options: ContractOptions): Promise<Result[]> {
  const server = new ArangoServer(settings);
  const answer = await server.request('GET', '/_api/collection');
  // A wrong password or database ends the program before anything is tried.
  if (answer.status !== 200) throw new Error(`ArangoDB answers ${described(answer)}`);
  const queries = await queryAssumptions();
  const all = [
    ...queries,
    ...executionAssumptions(queries),
    ...errorAssumptions,
    ...valueAssumptions,
    ...writeAssumptions,
    ...optimizerAssumptions,
  ];
  const scratch = new ScratchDatabase(settings);
  try {
    return await tryAll({ server, scratch }, all, options);
  } finally {
    if (!(await scratch.remove())) options.warn(`drop the database ${scratch.name}`);
  }
}
