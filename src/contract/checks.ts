/** Checks of inputs, signals and updates, which any program may send. Workflow code imports this file. */
import { isObject, isText } from '../guards';
import type { SyncRequest } from './sync';

export type Check = (value: unknown) => boolean;

export const isTexts = (value: unknown): value is string[] => Array.isArray(value) && value.every(isText);
export const isFlag = (value: unknown): boolean => typeof value === 'boolean';
export const isNumber = (value: unknown): boolean => typeof value === 'number' && Number.isFinite(value);
/**
 * ArangoDB's rule for keys, and shorter than it allows: the connector's id is the key of its app in PipesHub. Temporal
 * refuses an id of a workflow that is made of a much longer one. `.` and `..` have another meaning in a URL.
 */
export const keyPattern = /^(?!\.{1,2}$)[A-Za-z0-9_\-.@()+,=;$!*'%:]{1,200}$/;
export const isConnectorId: Check = (value) => isText(value) && keyPattern.test(value);
const isOneOf =
  (...values: string[]): Check =>
  (value) =>
    typeof value === 'string' && values.includes(value);
export const optional =
  (check: Check): Check =>
  (value) =>
    value === undefined || value === null || check(value);

/** The fields of a request for a sync. A reason may be any text: it is shown. */
export const requestChecks: Readonly<Record<keyof SyncRequest, Check>> = {
  connectorId: isConnectorId,
  mode: optional(isOneOf('auto', 'full', 'incremental')),
  members: optional(isTexts),
  dryRun: optional(isFlag),
  reason: optional(isText),
  // `beginRun` checks what is in them.
  filters: optional(isObject),
  requestId: optional(isText),
};

/** A request without the fields that are null or unknown; null if it is malformed. */
export function syncRequestOf(value: unknown): SyncRequest | null {
  if (!isObject(value)) return null;
  const checks = Object.entries(requestChecks);
  if (!checks.every(([field, check]) => check(value[field]))) return null;
  const fields = checks.flatMap(([field]) => (value[field] == null ? [] : [[field, value[field]] as const]));
  return Object.fromEntries(fields) as unknown as SyncRequest;
}

/**
 * Adds to a state that an older version wrote the fields of `template` that it lacks. Returns undefined if a field has
 * another type than in the template, where null matches any type.
 */
export function filledFrom<T>(template: T, value: unknown): T | undefined {
  if (value === undefined) return template;
  if (template === null) return value as T;
  if (!isObject(template)) return isSameKind(template, value) ? (value as T) : undefined;
  if (!isObject(value)) return undefined;
  const filled: Record<string, unknown> = { ...value };
  for (const [field, part] of Object.entries(template)) {
    const inner = filledFrom(part, value[field]);
    if (inner === undefined) return undefined;
    filled[field] = inner;
  }
  return filled as T;
}

const isSameKind = (a: unknown, b: unknown): boolean => typeof a === typeof b && Array.isArray(a) === Array.isArray(b);
