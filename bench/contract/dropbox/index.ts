import { tryAll, type Result } from '../assumption';
import { DropboxApi, type DropboxAccess } from './api';
import { choiceAssumptions } from './choices';
import { errorAssumptions, rateLimitAssumption } from './errors';
import { Scratch } from './scratch';
import { Team } from './team';
import { wireAssumptions } from './wire';

export interface ContractOptions {
  /** Whether to try what changes something too, in a scratch folder. */
  write: boolean;
  /** How long the effect of a change is waited for. */
  waitSeconds: number;
  /** Called with each result. */
  report: (result: Result) => void;
  /** Called with what a person has to do afterwards. */
  warn: (message: string) => void;
}

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
