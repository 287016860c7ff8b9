import { DropboxActor } from './actor';
import type { Caller } from './caller';
import { DropboxTeam } from './team';
import type { Actor, CallCounts } from './types';

/** Calls of one piece of work: counted together, ended together. */
export class DropboxSession {
  /** Routes of the team itself. */
  readonly team: DropboxTeam;

  constructor(private readonly caller: Caller) {
    this.team = new DropboxTeam(caller);
  }

  /** Requests of this session so far; requests for access tokens are not among them, since sessions share those. */
  get calls(): CallCounts {
    return this.caller.calls;
  }

  /** Routes that see with a member's eyes. */
  as(actor: Actor): DropboxActor {
    return new DropboxActor(this.caller, actor);
  }
}
