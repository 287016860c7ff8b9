import { tryAll, type Result } from '../assumption';
import type { ContractOptions } from '../options';
import { DropboxApi, type DropboxAccess } from './api';
import { choiceAssumptions } from './choices';
import { errorAssumptions, rateLimitAssumption } from './errors';
import { Scratch } from './scratch';
import { Team } from './team';
import { wireAssumptions } from './wire';

const all = [...choiceAssumptions, ...wireAssumptions, ...errorAssumptions, rateLimitAssumption];

/** Tries on a team what the simulator and the worker assume of Dropbox. */
export async function dropboxContract(access: DropboxAccess, options: ContractOptions): Promise<Result[]> {
  const team = new Team(new DropboxApi(access));
  const scratch = new Scratch(team, options.waitSeconds);
  // Credentials that are refused end the program before anything is tried.
  await team.admin();
  try {
    return await tryAll({ team, scratch }, all, options);
  } finally {
    if (!(await scratch.remove())) options.warn(`remove by hand what is called "${scratch.name} …"`);
  }
}
