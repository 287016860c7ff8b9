import { DropboxActor } from './actor';
import type { Caller } from './caller';
import { DropboxTeam } from './team';
import type { Actor, CallCounts } from './types';

/** The calls of one activity or request: counted together, and cancelled together. */
export class DropboxSession {
  /** Routes of the team itself. */
  readonly team: DropboxTeam;

  constructor(private readonly caller: Caller) {
    this.team = new DropboxTeam(caller);
  }

  /** Requests of this session so far, without those for access tokens, which all sessions of a connector share. */
  get calls(): CallCounts {
    return this.caller.calls;
  }

  /** Routes that are called for a member or an admin. */
  as(actor: Actor): DropboxActor {
    return new DropboxActor(this.caller, actor);
  }
}
