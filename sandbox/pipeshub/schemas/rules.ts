/** A JSON Schema (draft 4) of one field, as ArangoDB's schema validation takes it. */
export type FieldRule = Readonly<Record<string, unknown>>;

/** A collection's schema as ArangoDB stores it. Level `strict` checks every insert and update. */
export interface CollectionSchema {
  rule: { type: 'object'; properties: Record<string, FieldRule>; required?: string[]; additionalProperties?: boolean };
  level: 'strict';
  message: string;
}

export const string: FieldRule = { type: 'string' };
export const nonEmptyString: FieldRule = { type: 'string', minLength: 1 };
export const nullableString: FieldRule = { type: ['string', 'null'] };
export const number: FieldRule = { type: 'number' };
export const nullableNumber: FieldRule = { type: ['number', 'null'] };
export const boolean: FieldRule = { type: 'boolean' };
export const nullableBoolean: FieldRule = { type: ['boolean', 'null'] };

export function oneOf(values: readonly string[]): FieldRule {
  return { type: 'string', enum: values };
}

/** `closed` refuses fields that the schema does not name, as PipesHub's document collections do. */
export function closed(subject: string, required: string[], properties: Record<string, FieldRule>): CollectionSchema {
  return schema(subject, { type: 'object', properties, required, additionalProperties: false });
}

/** Extra fields are allowed, as in most of PipesHub's edge collections. */
export function open(subject: string, required: string[], properties: Record<string, FieldRule>): CollectionSchema {
  // JSON Schema draft 4 requires at least one name in `required`.
  const needed = required.length > 0 ? { required } : {};
  return schema(subject, { type: 'object', properties, ...needed, additionalProperties: true });
}

function schema(subject: string, rule: CollectionSchema['rule']): CollectionSchema {
  return { rule, level: 'strict', message: `Document does not match the ${subject} schema.` };
}
