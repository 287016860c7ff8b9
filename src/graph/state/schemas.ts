import { failure } from '../../failures';
import { mapEntry } from '../../sync/records';
import type { StandaloneGraph } from '../driver/graph';
import { withRetries } from '../driver/retries';

/** The oldest version of PipesHub whose schemas accept what this connector writes. */
const OLDEST_PIPESHUB = 'v0.6.0';

interface Rule {
  additionalProperties?: unknown;
  properties?: Record<string, { enum?: unknown[] } | undefined>;
}

/** A file and its record, as a sync writes them. */
const { record, file, indexing } = mapEntry(
  {
    '.tag': 'file',
    id: 'id:1',
    name: 'a.txt',
    path_lower: '/a.txt',
    rev: '1',
    size: 1,
    client_modified: '2026-01-01T00:00:00Z',
    server_modified: '2026-01-01T00:00:00Z',
  },
  {
    namespace: { connectorId: 'c', orgId: 'o', kind: 'personal', name: '', externalGroupId: 'g', recordGroupKey: 'g' },
    now: 1,
    parentItemId: null,
    explicitlyShared: false,
    filters: {},
  },
);
const written: Record<string, object> = { records: { ...record, ...indexing }, files: file };

/** Fields of a document that a schema has no place for, or whose value it does not list. */
function refusedFields(rule: Rule, document: object): string[] {
  if (rule.additionalProperties !== false) return [];
  return Object.entries(document).flatMap(([field, value]) => {
    if (field === '_key') return [];
    const property = rule.properties?.[field];
    return property !== undefined && (property.enum?.includes(value) ?? true) ? [] : [field];
  });
}

/** Checks that the schemas that PipesHub has set accept records and files. @throws GraphRefused */
export async function requireSchemas({ database }: StandaloneGraph): Promise<void> {
  for (const [collection, document] of Object.entries(written)) {
    const { schema } = await withRetries(() => database.collection(collection).properties());
    const rule = (schema as { rule?: Rule } | null | undefined)?.rule;
    const refused = rule === undefined ? [] : refusedFields(rule, document);
    if (refused.length === 0) continue;
    throw failure(
      'GraphRefused',
      `PipesHub's schema of ${collection} does not accept ${refused.join(', ')}: ` +
        `this connector needs PipesHub ${OLDEST_PIPESHUB} or later, started once on this database`,
    );
  }
}
