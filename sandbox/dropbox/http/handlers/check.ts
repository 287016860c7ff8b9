import type { check } from 'dropbox';

export function echo(_call: unknown, arg: { query: string }): check.EchoResult {
  return { result: arg.query };
}
