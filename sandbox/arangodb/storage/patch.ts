import { isPlainObject, setAttribute } from '../values';

export interface MergeRules {
  /** Keep attributes whose new value is null. */
  readonly keepNull: boolean;
  /** Merge objects attribute by attribute instead of replacing them. */
  readonly mergeObjects: boolean;
}

/** Applies a patch to the old attributes. Arrays are replaced, not merged; nulls inside arrays always stay. */
export function mergePatch(
  old: Readonly<Record<string, unknown>>,
  patch: Readonly<Record<string, unknown>>,
  rules: MergeRules,
): Record<string, unknown> {
  const merged: Record<string, unknown> = { ...old };
  for (const [name, value] of Object.entries(patch)) {
    if (value === null && !rules.keepNull) {
      delete merged[name];
      continue;
    }
    const before = Object.hasOwn(old, name) ? old[name] : undefined;
    const result =
      rules.mergeObjects && isPlainObject(value) && isPlainObject(before)
        ? mergePatch(before, value, rules)
        : rules.keepNull
          ? value
          : withoutNulls(value);
    setAttribute(merged, name, result);
  }
  return merged;
}

function withoutNulls(value: unknown): unknown {
  if (!isPlainObject(value)) return value;
  const kept = Object.entries(value).filter(([, item]) => item !== null);
  return Object.fromEntries(kept.map(([name, item]) => [name, withoutNulls(item)]));
}
