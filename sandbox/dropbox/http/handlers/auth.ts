import type { UserCall } from '../route';

/** Revokes the token, its refresh token and all other access tokens of the same approval. */
export function revokeToken(call: UserCall): void {
  call.simulator.grants.revoke(call.token.grant);
}
