/** Which index the optimizer takes. The indexes of the worker rest on its estimates, which are not documented. */
import type { Assumption } from '../assumption';
import { succeeded } from './server';
import { shows, type Subject } from './subject';

/** Documents of the collection, of which one has `rare` and `shared`. */
const DOCUMENTS = 1000;
const FILL = `FOR i IN 1..${DOCUMENTS}
  INSERT i == 7 ? { team: 1, own: i, rare: 1, shared: ["x", "y"] } : { team: 1, own: i } INTO `;

interface Plan {
  nodes: { type: string; indexes?: { fields: string[] }[] }[];
}

/** `indexes` are created after the documents, since then their estimates are those of the documents. */
const takes = (
  name: string,
  claim: string,
  expected: string,
  indexes: readonly object[],
  filter: string,
): Assumption<Subject> =>
  shows(
    `index ${name}`,
    claim,
    expected,
    async ({ scratch }) => {
      const { server, name: collection } = await scratch.collection();
      succeeded('the new documents', await server.query(FILL + collection));
      for (const index of indexes) {
        const definition = { type: 'persistent', ...index };
        succeeded('the new index', await server.request('POST', `/_api/index?collection=${collection}`, definition));
      }
      const query = `FOR d IN ${collection} FILTER ${filter} RETURN d.own`;
      const { plan } = succeeded<{ plan: Plan }>('explain', await server.request('POST', '/_api/explain', { query }));
      return plan.nodes.flatMap(({ indexes: used = [] }) => used.map(({ fields }) => fields.join())).join(' ');
    },
    true,
  );

const ofShared = [{ fields: ['team', 'own'] }, { fields: ['team', 'shared[*]'] }];
const shared = 'd.team == 1 AND "x" IN d.shared[*] AND d.own < 900';

export const optimizerAssumptions: readonly Assumption<Subject>[] = [
  takes(
    'sparse, with its range last',
    'is used',
    'team,rare',
    [{ fields: ['team', 'rare'], sparse: true }],
    'd.rare > 0 AND d.rare < 9 AND d.team == 1',
  ),
  takes(
    'sparse, with its range first',
    'is not used',
    '',
    [{ fields: ['rare', 'team'], sparse: true }],
    'd.rare > 0 AND d.rare < 9 AND d.team == 1',
  ),
  takes('of the first field and another', 'is overrated', 'team,own', ofShared, shared),
  takes(
    'of the first field alone',
    'corrects the estimate of the others that begin with it',
    'team,shared[*]',
    [{ fields: ['team'] }, ...ofShared],
    shared,
  ),
];
