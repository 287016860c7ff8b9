/** Documents, transactions and indexes as the worker needs them, in a scratch database. */
import { setTimeout as delay } from 'node:timers/promises';
import { CollectionType } from 'arangojs/collections';
import type { Assumption } from '../assumption';
import { begin, insert } from './errors';
import { described, succeeded, type ArangoAnswer, type ArangoServer } from './server';
import { answers, shows, type Subject } from './subject';

/** Longer than a query waits for a key, and shorter than the second that a single document waits. */
const LOCK_WAIT_MS = 500;

const seen = (name: string, claim: string, expected: unknown, see: (subject: Subject) => Promise<unknown>) =>
  shows(name, claim, expected, see, true);

const commit = (server: ArangoServer, id: string): Promise<ArangoAnswer> =>
  server.request('PUT', `/_api/transaction/${id}`);
const abort = (server: ArangoServer, id: string): Promise<ArangoAnswer> =>
  server.request('DELETE', `/_api/transaction/${id}`);
const createIndex = (server: ArangoServer, collection: string, definition: object): Promise<ArangoAnswer> =>
  server.request('POST', `/_api/index?collection=${collection}`, { type: 'persistent', ...definition });

async function countOf(server: ArangoServer, collection: string, transaction?: string): Promise<unknown> {
  const answer = await server.query(`RETURN LENGTH(FOR d IN ${collection} RETURN 1)`, {}, transaction);
  return succeeded<{ result: unknown[] }>('the query', answer).result[0];
}

const transactions: readonly Assumption<Subject>[] = [
  seen('transaction', 'sees its own writes, which others see after the commit', [1, 0, 1], async ({ scratch }) => {
    const { server, name } = await scratch.collection();
    const id = await begin(server, name);
    await insert(server, name, {}, id);
    const during = [await countOf(server, name, id), await countOf(server, name)];
    await commit(server, id);
    return [...during, await countOf(server, name)];
  }),
  seen('transaction snapshot', 'is that of its beginning', [0, '409 1200'], async ({ scratch }) => {
    const { server, name } = await scratch.collection();
    const id = await begin(server, name);
    const read = await countOf(server, name, id);
    await insert(server, name, { _key: 'a' });
    const late = described(await server.query(`UPSERT {_key: "a"} INSERT {_key: "a"} UPDATE {} IN ${name}`, {}, id));
    await abort(server, id);
    return [read, late];
  }),
  seen('transaction end', 'can be repeated, but not changed', ['200', '200', '400 1653'], async ({ scratch }) => {
    const { server, name } = await scratch.collection();
    const id = await begin(server, name);
    return [await commit(server, id), await commit(server, id), await abort(server, id)].map(described);
  }),
  answers(
    'transaction of other collections',
    'refuses a write to a collection that it has not named',
    '400 1652',
    async ({ scratch }) => {
      const [{ server, name }, other] = [await scratch.collection(), await scratch.collection()];
      const id = await begin(server, name);
      const answer = await insert(server, other.name, {}, id);
      await abort(server, id);
      return answer;
    },
    true,
  ),
  seen('failed query', 'leaves nothing behind', ['409 1210', 1], async ({ scratch }) => {
    const { server, name } = await scratch.collection();
    await insert(server, name, { _key: 'b' });
    const answer = await server.query(`FOR k IN ["a", "b", "c"] INSERT {_key: k} INTO ${name}`);
    return [described(answer), await countOf(server, name)];
  }),
  seen(
    'failed query in a transaction',
    'leaves the writes of its earlier rows, so that the transaction has to be aborted',
    ['409 1210', 2],
    async ({ scratch }) => {
      const { server, name } = await scratch.collection();
      await insert(server, name, { _key: 'b' });
      const id = await begin(server, name);
      const answer = await server.query(`FOR k IN ["a", "b", "c"] INSERT {_key: k} INTO ${name}`, {}, id);
      const count = await countOf(server, name, id);
      await abort(server, id);
      return [described(answer), count];
    },
  ),
  seen('key of an open transaction', 'lets a query fail without a wait', ['409 1200', true], async ({ scratch }) => {
    const { server, name } = await scratch.collection();
    const id = await begin(server, name);
    await insert(server, name, { _key: 'a' }, id);
    const started = performance.now();
    const answer = await server.query(`INSERT {_key: "a"} INTO ${name}`);
    const isAtOnce = performance.now() - started < LOCK_WAIT_MS;
    await abort(server, id);
    return [described(answer), isAtOnce];
  }),
  seen('open cursor in a transaction', 'prevents its end', ['500 28', '200', '200'], async ({ scratch }) => {
    const { server, name } = await scratch.collection();
    const id = await begin(server, name);
    const query = await server.query('FOR i IN 1..3 RETURN i', { batchSize: 1 }, id);
    const cursor = succeeded<{ id: string }>('the query', query).id;
    const early = await commit(server, id);
    const rest: ArangoAnswer[] = [];
    for (let n = 0; n < 2; n++) rest.push(await server.request('POST', `/_api/cursor/${cursor}`));
    return [early, rest[1] as ArangoAnswer, await commit(server, id)].map(described);
  }),
  seen('transaction that waits for a lock', 'is refused after its lockTimeout', '500 18', async ({ scratch }) => {
    const { server, name } = await scratch.collection();
    const beginExclusive = (lockTimeout?: number): Promise<ArangoAnswer> =>
      server.request('POST', '/_api/transaction/begin', { collections: { exclusive: name }, lockTimeout });
    const { id } = succeeded<{ result: { id: string } }>('the transaction', await beginExclusive()).result;
    const refused = await beginExclusive(0.5);
    await abort(server, id);
    return described(refused);
  }),
  seen(
    'query that writes nothing',
    'waits for a transaction with exclusive access to a collection that it could write',
    [true, '201'],
    async ({ scratch }) => {
      const { server, name } = await scratch.collection();
      const body = { collections: { exclusive: [name] } };
      const begun = await server.request('POST', '/_api/transaction/begin', body);
      const { id } = succeeded<{ result: { id: string } }>('the transaction', begun).result;
      const query = server.query(`LET fence = (FOR d IN [] UPDATE d IN ${name}) RETURN 1`);
      const isWaiting = await Promise.race([query.then(() => false), delay(LOCK_WAIT_MS, true)]);
      await abort(server, id);
      return [isWaiting, described(await query)];
    },
  ),
];

const documents: readonly Assumption<Subject>[] = [
  seen(
    'revision',
    'that does not match: 412 in the document API, 409 in AQL',
    ['412 1200', '409 1200'],
    async ({ scratch }) => {
      const { server, name } = await scratch.collection();
      await insert(server, name, { _key: 'a' });
      const document = { _key: 'a', _rev: '_old' };
      const replaced = await server.request('PUT', `/_api/document/${name}/a?ignoreRevs=false`, document);
      const query = `UPDATE @d IN ${name} OPTIONS { ignoreRevs: false }`;
      return [replaced, await server.query(query, { bindVars: { d: document } })].map(described);
    },
  ),
  seen(
    'write of several documents',
    'succeeds, with the errors inside',
    [202, [undefined, 1210], true],
    async ({ scratch }) => {
      const { server, name } = await scratch.collection();
      const answer = await insert(server, name, [{ _key: 'a' }, { _key: 'a' }]);
      const items = answer.body as { errorNum?: number }[];
      return [answer.status, items.map(({ errorNum }) => errorNum), answer.headers.has('x-arango-error-codes')];
    },
  ),
  seen(
    'conflict in a list',
    'has the attributes of an error only',
    ['error', 'errorMessage', 'errorNum'],
    async ({ scratch }) => {
      const { server, name } = await scratch.collection();
      await insert(server, name, { _key: 'a' });
      const path = `/_api/document/${name}?ignoreRevs=false`;
      const [item] = (await server.request('PUT', path, [{ _key: 'a', _rev: '_old' }])).body as object[];
      return Object.keys(item ?? {}).sort();
    },
  ),
  seen('upsert', 'sees its own earlier rows', [2], async ({ scratch }) => {
    const { server, name } = await scratch.collection();
    const query = `FOR i IN [1, 1] UPSERT {a: i} INSERT {a: i, n: 1} UPDATE {n: OLD.n + 1} IN ${name}`;
    succeeded('UPSERT', await server.query(query));
    return (await server.rows(`FOR d IN ${name} RETURN d.n`)).rows;
  }),
  seen('writers of one document at once', 'succeed or conflict', [], async ({ scratch }) => {
    const { server, name } = await scratch.collection();
    await insert(server, name, { _key: 'a', n: 0 });
    const query = `FOR d IN ${name} UPDATE d WITH { n: d.n + 1 } IN ${name}`;
    const all = await Promise.all(Array.from({ length: 16 }, () => server.query(query)));
    const { rows } = await server.rows(`FOR d IN ${name} RETURN d.n`);
    const succeeded = all.filter(({ status }) => status === 201).length;
    const others = all.map(described).filter((answer) => answer !== '201' && answer !== '409 1200');
    return rows[0] === succeeded ? others : [...others, 'an update is lost'];
  }),
  seen('ignored insert', 'has no NEW', [null], async ({ scratch }) => {
    const { server, name } = await scratch.collection();
    await insert(server, name, { _key: 'a' });
    const query = `INSERT {_key: "a"} INTO ${name} OPTIONS { overwriteMode: "ignore" } RETURN NEW`;
    return (await server.rows(query)).rows;
  }),
  seen('update', 'merges objects, and keeps null', [{ a: { b: 1, c: null } }], async ({ scratch }) => {
    const { server, name } = await scratch.collection();
    await insert(server, name, { _key: 'a', a: { b: 1 } });
    succeeded('UPDATE', await server.query(`UPDATE "a" WITH {a: {c: null}} IN ${name}`));
    return (await server.rows(`FOR d IN ${name} RETURN KEEP(d, "a")`)).rows;
  }),
  seen('edges', 'may lead nowhere', 202, async ({ scratch }) => {
    const { server, name } = await scratch.collection({}, CollectionType.EDGE_COLLECTION);
    return (await insert(server, name, { _from: 'noSuchCollection/1', _to: 'noSuchCollection/2' })).status;
  }),
  seen('edges of two directions', 'are refused in one traversal', '400 1218', async ({ scratch }) => {
    const { server, name } = await scratch.collection({}, CollectionType.EDGE_COLLECTION);
    return described(await server.query(`FOR v IN 1..1 OUTBOUND "users/1" ${name}, INBOUND ${name} RETURN v`));
  }),
  seen('order of keys', 'is that of bytes', ['-', '1', 'A', 'B', '_', 'a', 'b'], async ({ scratch }) => {
    const { server, name } = await scratch.collection();
    await insert(
      server,
      name,
      ['a', 'B', '_', '1', 'A', '-', 'b'].map((_key) => ({ _key })),
    );
    return (await server.rows(`FOR d IN ${name} SORT d._key RETURN d._key`)).rows;
  }),
  seen('streamed write', 'commits with its last batch', [0, 3], async ({ scratch }) => {
    const { server, name } = await scratch.collection();
    const query = `FOR i IN 1..3 INSERT {} INTO ${name} RETURN NEW._key`;
    const answer = await server.query(query, { batchSize: 1, options: { stream: true } });
    let page = succeeded<{ id: string; hasMore: boolean }>('the query', answer);
    const before = await countOf(server, name);
    while (page.hasMore) page = succeeded('the batch', await server.request('POST', `/_api/cursor/${page.id}`));
    return [before, await countOf(server, name)];
  }),
];

const indexes: readonly Assumption<Subject>[] = [
  seen('index', 'that exists is found by its definition', ['201', '200', false], async ({ scratch }) => {
    const { server, name } = await scratch.collection();
    const both = [
      await createIndex(server, name, { fields: ['a', 'b'], inBackground: true }),
      await createIndex(server, name, { fields: ['a', 'b'], inBackground: true }),
    ];
    const { isNewlyCreated } = both[1]?.body as { isNewlyCreated: boolean };
    return [...both.map(described), isNewlyCreated];
  }),
  seen('unique index', 'refuses a second document without the field', '409 1210', async ({ scratch }) => {
    const { server, name } = await scratch.collection();
    await createIndex(server, name, { fields: ['a'], unique: true });
    await insert(server, name, {});
    return described(await insert(server, name, {}));
  }),
  seen('index range', 'over hex digits is a subtree', ['2f61', '2f612f62'], async ({ scratch }) => {
    const { server, name } = await scratch.collection();
    await createIndex(server, name, { fields: ['p'] });
    await insert(
      server,
      name,
      ['2f61', '2f612f62', '2f6161', '2f62', '2f61ff'].map((p) => ({ p })),
    );
    const range = 'FILTER d.p == "2f61" OR (d.p >= "2f612f" AND d.p < "2f6130")';
    return (await server.rows(`FOR d IN ${name} ${range} SORT d.p RETURN d.p`)).rows;
  }),
  ...(
    [
      ['of an unknown type', '400 10', { type: 'no-such-type', fields: ['a'] }],
      ['that expires and is unique', '400 10', { type: 'ttl', fields: ['a'], expireAfter: 1, unique: true }],
      ['with a slash in its name', '400 1208', { fields: ['a'], name: 'a/b' }],
    ] as const
  ).map(([what, expected, definition]) =>
    seen(`index ${what}`, 'is refused', expected, async ({ scratch }) => {
      const { server, name } = await scratch.collection();
      return described(await createIndex(server, name, definition));
    }),
  ),
];

export const writeAssumptions: readonly Assumption<Subject>[] = [...transactions, ...documents, ...indexes];
