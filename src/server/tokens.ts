import { createVerifier, TokenError } from 'fast-jwt';
import { z } from 'zod';

/** Claims of a token of PipesHub. */
export interface Claims {
  orgId: string;
  userId: string | null;
  scopes: string[];
}

/** Answered with 401 (no valid token) or 403 (a valid token without the right). */
export class Unauthorized extends Error {
  override readonly name = 'Unauthorized';
  constructor(
    readonly statusCode: 401 | 403,
    message: string,
  ) {
    super(message);
  }
}

const claimsSchema = z.looseObject({
  orgId: z.string().min(1),
  userId: z.string().min(1).nullish(),
  scopes: z.array(z.string()).default([]),
});

/** How far the clocks of two machines may differ, ms. */
const CLOCK_TOLERANCE_MS = 30_000;

export type TokenCheck = (authorization: string | undefined) => Claims;

/** HS256 tokens with an expiry, as PipesHub's services sign them for each other with `scopedJwtSecret`. */
export function tokenCheck(secret: string | undefined): TokenCheck {
  if (secret === undefined) {
    return () => {
      throw new Unauthorized(401, 'contents are not served: PIPESHUB_JWT_SECRET is not set');
    };
  }
  const verify = createVerifier({
    key: secret,
    algorithms: ['HS256'],
    clockTolerance: CLOCK_TOLERANCE_MS,
    requiredClaims: ['exp', 'orgId'],
  });
  return (authorization) => {
    const token = /^Bearer\s+(\S+)$/i.exec(authorization ?? '')?.[1];
    if (token === undefined) throw new Unauthorized(401, 'a bearer token is missing');
    let payload: unknown;
    try {
      payload = verify(token);
    } catch (error) {
      if (!(error instanceof TokenError)) throw error;
      throw new Unauthorized(
        401,
        error.code === TokenError.codes.expired ? 'the token has expired' : 'the token is not valid',
      );
    }
    const claims = claimsSchema.safeParse(payload);
    if (!claims.success) throw new Unauthorized(401, 'the token is not valid');
    const { orgId, userId, scopes } = claims.data;
    return { orgId, userId: userId ?? null, scopes };
  };
}
