import { failureTypeOf } from '../../../src/failures';
import { requireSchemas } from '../../../src/graph/state/schemas';
import { useDatabase } from '../../support/database';

const arango = useDatabase();

interface Schema {
  rule: { properties: Record<string, object> };
}

/** Sets PipesHub's schema of records without a field that older versions do not have. */
async function forget(field: string): Promise<void> {
  const records = arango.db.collection('records');
  const { schema } = (await records.properties()) as unknown as { schema: Schema };
  const { [field]: _older, ...properties } = schema.rule.properties;
  const changed = { ...schema, rule: { ...schema.rule, properties } };
  await records.properties({ schema: changed } as unknown as Parameters<typeof records.properties>[0]);
}

test('the schemas of a supported PipesHub accept what a sync writes', async () => {
  await expect(requireSchemas(arango.graph)).resolves.toBeUndefined();
});

test('older schemas are refused, and the message names the field and the version', async () => {
  await forget('parsingStatus');
  const error: unknown = await requireSchemas(arango.graph).catch((refusal: unknown) => refusal);
  expect(failureTypeOf(error)).toBe('GraphRefused');
  expect((error as Error).message).toMatch(/records does not accept parsingStatus.*v0\.6\.0/);
});
