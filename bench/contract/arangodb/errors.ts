/** The errors that the worker reacts to, and a harmless way to cause each of them. */
import { CollectionType } from 'arangojs/collections';
import { arangoErrors } from '../../../src/graph/driver/errors';
import { compare, NotTried, type Assumption } from '../assumption';
import { described, succeeded, type ArangoAnswer, type ArangoServer } from './server';
import { answers, type Subject } from './subject';

interface Cause {
  /** Status and error number. */
  expected: string;
  writes?: true;
  ask(subject: Subject): Promise<ArangoAnswer>;
}

const UNKNOWN = '4711471147114711';
/** Runs for hours, without memory and without reading a collection. */
export const LONG_QUERY = 'FOR a IN 1..1000000 FOR b IN 1..1000000 FILTER a * b < 0 RETURN 1';

/** Begins a transaction on a collection. @returns its id */
export async function begin(server: ArangoServer, write: string): Promise<string> {
  const answer = await server.request('POST', '/_api/transaction/begin', { collections: { write } });
  return succeeded<{ result: { id: string } }>('the new transaction', answer).result.id;
}

export const insert = (
  server: ArangoServer,
  collection: string,
  document: unknown,
  transaction?: string,
): Promise<ArangoAnswer> => server.request('POST', `/_api/document/${collection}`, document, transaction);

/** Why there is none: it needs a server in a state that a client can't bring about, or another user. */
type Causes = Record<keyof typeof arangoErrors, Cause | string>;

const causes: Causes = {
  forbidden: 'it needs a user without rights',
  lockTimeout: 'it depends on how long a lock is held',
  locked: 'it depends on how long a lock is held',
  deadlock: 'ArangoDB seldom reports it',
  shuttingDown: 'it needs a server that stops',
  resourceLimit: 'it depends on the memory limits of the server',
  startingUp: 'it needs a server that starts',
  readOnly: 'it needs a server in read-only mode',
  conflict: {
    expected: '409 1200',
    writes: true,
    async ask({ scratch }) {
      const { server, name } = await scratch.collection();
      const [one, two] = [await begin(server, name), await begin(server, name)];
      await insert(server, name, { _key: 'a' }, one);
      const answer = await insert(server, name, { _key: 'a' }, two);
      for (const id of [one, two]) await server.request('DELETE', `/_api/transaction/${id}`);
      return answer;
    },
  },
  documentNotFound: {
    expected: '404 1202',
    ask: async ({ server }) => server.request('GET', `/_api/document/${await server.someCollection()}/no-such-key`),
  },
  collectionNotFound: {
    expected: '404 1203',
    ask: ({ server }) => server.query('FOR d IN noSuchCollectionOfTheContract RETURN 1'),
  },
  duplicateName: {
    expected: '409 1207',
    writes: true,
    async ask({ scratch }) {
      const { server, name } = await scratch.collection();
      return server.request('POST', '/_api/collection', { name });
    },
  },
  uniqueConstraint: {
    expected: '409 1210',
    writes: true,
    async ask({ scratch }) {
      const { server, name } = await scratch.collection();
      await insert(server, name, { _key: 'a' });
      return insert(server, name, { _key: 'a' });
    },
  },
  documentTooLarge: 'its limit is not documented',
  databaseNotFound: {
    expected: '404 1228',
    ask: ({ server }) => server.with({ database: 'no-such-database' }).request('GET', '/_api/version'),
  },
  queryKilled: {
    expected: '410 1500',
    ask: ({ server }) => server.query(LONG_QUERY, { options: { maxRuntime: 0.3 } }),
  },
  cursorNotFound: {
    expected: '404 1600',
    ask: ({ server }) => server.request('POST', `/_api/cursor/${UNKNOWN}`),
  },
  schemaViolation: {
    expected: '400 1620',
    writes: true,
    async ask({ scratch }) {
      const rule = { type: 'object', properties: { size: { type: 'number' } } };
      const { server, name } = await scratch.collection({ schema: { rule, level: 'moderate', message: 'no' } });
      return insert(server, name, { size: 'large' });
    },
  },
  transactionAborted: 'it needs a transaction that is idle for a minute',
  transactionNotFound: {
    expected: '404 1655',
    ask: async ({ server }) =>
      server.request('PUT', `/_api/document/${await server.someCollection()}/no-such-key`, {}, UNKNOWN),
  },
};

const known = Object.entries(causes).map(([name, cause]): Assumption<Subject> => ({
  name: `error ${arangoErrors[name as keyof typeof arangoErrors]} ${name}`,
  claim: typeof cause === 'string' ? 'is an error that the worker reacts to' : `is answered with ${cause.expected}`,
  writes: typeof cause !== 'string' && cause.writes === true,
  try: async (subject) => {
    if (typeof cause === 'string') throw new NotTried(cause);
    return compare(cause.expected, described(await cause.ask(subject)));
  },
}));

/** What the document API refuses of one document. */
const refusals: readonly [number, string, unknown, CollectionType?][] = [
  [1221, 'an illegal key', { _key: 'a/b' }],
  [1227, 'a document that is no object', 7],
  [1233, 'an edge without ends', { _from: 'x' }, CollectionType.EDGE_COLLECTION],
];

export const errorAssumptions: readonly Assumption<Subject>[] = [
  ...known,
  ...refusals.map(([errorNum, what, document, type]) =>
    answers(
      `error ${errorNum}`,
      `is the answer to ${what}`,
      `400 ${errorNum}`,
      async ({ scratch }) => {
        const { server, name } = await scratch.collection({}, type);
        return insert(server, name, document);
      },
      true,
    ),
  ),
  answers('wrong password', 'is answered with 401', '401 11', async ({ server }) => {
    const answer = await server.with({ password: `not ${Date.now()}` }).request('GET', '/_api/version');
    if (answer.status === 200) throw new NotTried('the server asks for no password');
    return answer;
  }),
];
