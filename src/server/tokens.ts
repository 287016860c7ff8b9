import { createVerifier, TokenError } from 'fast-jwt';
import { z } from 'zod';
import type { Config } from '../config';

/** Claims of a token of PipesHub. */
export interface Claims {
  orgId: string;
  userId: string | null;
  scopes: string[];
  /** Signed for a user's browser, not for a service. PipesHub gives such a token no scopes. */
  isSession: boolean;
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
  exp: z.number(),
  orgId: z.string().min(1),
  userId: z.string().min(1).nullish(),
  scopes: z.array(z.string()).default([]),
});

/** How far the clocks of two machines may differ. */
const CLOCK_TOLERANCE_MS = 30_000;

export type TokenCheck = (authorization: string | undefined) => Claims;

/**
 * HS256 tokens with an expiry, as PipesHub's services sign them for each other with `scopedJwtSecret`, and for browsers
 * with `jwtSecret`. A token is refused that is older, or valid for longer, than the maximum age.
 */
export function tokenCheck(settings: Config['http']['tokens']): TokenCheck {
  const { secrets, sessionSecret, audience, issuer } = settings;
  const maxAgeMs = settings.maxAgeHours * 60 * 60 * 1000;
  const verifierOf = (key: string): ((token: string) => unknown) =>
    createVerifier({
      key,
      algorithms: ['HS256'],
      clockTolerance: CLOCK_TOLERANCE_MS,
      maxAge: maxAgeMs,
      requiredClaims: [
        'exp',
        'orgId',
        ...(audience === undefined ? [] : ['aud']),
        ...(issuer === undefined ? [] : ['iss']),
      ],
      ...(audience === undefined ? {} : { allowedAud: audience }),
      ...(issuer === undefined ? {} : { allowedIss: issuer }),
    });
  const verifiers = [
    ...secrets.map((secret) => ({ verify: verifierOf(secret), isSession: false })),
    ...(sessionSecret === undefined ? [] : [{ verify: verifierOf(sessionSecret), isSession: true }]),
  ];

  return (authorization) => {
    if (verifiers.length === 0) throw new Unauthorized(401, 'contents are not served: no secret for tokens is set');
    const token = /^Bearer\s+(\S+)$/i.exec(authorization ?? '')?.[1];
    if (token === undefined) throw new Unauthorized(401, 'a bearer token is missing');
    const { payload, isSession } = verified(token, verifiers);
    const claims = claimsSchema.safeParse(payload);
    if (!claims.success) throw new Unauthorized(401, 'the token is not valid');
    const { exp, orgId, userId, scopes } = claims.data;
    if (exp * 1000 > Date.now() + maxAgeMs + CLOCK_TOLERANCE_MS) {
      throw new Unauthorized(401, 'the token is valid for too long');
    }
    return { orgId, userId: userId ?? null, scopes: isSession ? [] : scopes, isSession };
  };
}

interface Verifier {
  verify: (token: string) => unknown;
  isSession: boolean;
}

/** The payload, by the first verifier whose secret has signed it. @throws Unauthorized */
function verified(token: string, verifiers: readonly Verifier[]): { payload: unknown; isSession: boolean } {
  for (const { verify, isSession } of verifiers) {
    try {
      return { payload: verify(token), isSession };
    } catch (error) {
      if (!(error instanceof TokenError)) throw error;
      if (error.code === TokenError.codes.invalidSignature) continue;
      const isExpired = error.code === TokenError.codes.expired;
      throw new Unauthorized(401, isExpired ? 'the token has expired' : 'the token is not valid');
    }
  }
  throw new Unauthorized(401, 'the token is not valid');
}
