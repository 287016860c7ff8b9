import type { UserCall } from '../route';

/** Disables the token, its refresh token and all tokens of the same approval. */
export function revokeToken(call: UserCall): void {
  call.simulator.grants.revoke(call.token.grant);
}
