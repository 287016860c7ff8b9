import { TestDatabase } from './testDatabase';

let db: TestDatabase;

beforeEach(() => {
  db = new TestDatabase().collection('c', [
    { _key: '1', v: 1, o: { a: 1, b: 2 } },
    { _key: '2', v: 2 },
  ]);
  db.collection('other').edges('links').index('c', ['unique'], { unique: true, sparse: true });
});

const all = () => db.query('FOR d IN c SORT d._key RETURN UNSET(d, "_id", "_rev")');

describe('INSERT', () => {
  it('returns the new document in NEW', () => {
    expect(db.query('INSERT { _key: "3", v: 3 } INTO c RETURN NEW.v')).toEqual([3]);
    expect(db.query('FOR i IN 4..5 INSERT { _key: TO_STRING(i) } IN c LET k = NEW._key RETURN k')).toEqual(['4', '5']);
    expect(db.value('LENGTH(c)')).toBe(5);
  });

  it('returns no rows without RETURN, and counts its writes', () => {
    const result = db.run('FOR d IN @docs INSERT d INTO @@c', { docs: [{}, {}], '@c': 'c' });
    expect(result.rows).toEqual([]);
    expect(result.extra.stats).toMatchObject({ writesExecuted: 2, writesIgnored: 0 });
  });

  it('fails for an existing key, or follows the overwrite mode', () => {
    expect(db.failure('INSERT { _key: "1" } INTO c')).toBe(1210);
    expect(db.query('INSERT { _key: "1", w: 1 } INTO c OPTIONS { overwriteMode: "ignore" } RETURN NEW')).toEqual([
      null,
    ]);
    expect(all()).toHaveLength(2);
    const updated =
      'INSERT { _key: "1", w: 1 } INTO c OPTIONS { overwriteMode: "update" } RETURN [OLD.v, NEW.v, NEW.w]';
    expect(db.query(updated)).toEqual([[1, 1, 1]]);
    const replaced =
      'INSERT { _key: "1", x: 1 } INTO c OPTIONS { overwriteMode: "replace" } RETURN [OLD.v, NEW.v, NEW.x]';
    expect(db.query(replaced)).toEqual([[1, null, 1]]);
    expect(db.query('INSERT { _key: "9" } INTO c OPTIONS { overwrite: true } RETURN OLD')).toEqual([null]);
  });

  it('returns no row for a document whose error is ignored', () => {
    const result = db.run(
      'FOR k IN ["1", "3"] INSERT { _key: k } INTO c OPTIONS { ignoreErrors: true } RETURN NEW._key',
    );
    expect(result.rows).toEqual(['3']);
    expect(result.extra.stats).toMatchObject({ writesExecuted: 1, writesIgnored: 1 });
  });

  it('requires _from and _to for an edge', () => {
    expect(db.failure('INSERT { _from: "c/1" } INTO links')).toBe(1233);
    expect(db.query('INSERT { _from: "c/1", _to: "c/2" } INTO links RETURN NEW._to')).toEqual(['c/2']);
  });

  it('requires an object', () => {
    expect(db.failure('INSERT 5 INTO c')).toBe(1227);
  });
});

describe('UPDATE and REPLACE', () => {
  it('selects the document by key, by object or by the new document', () => {
    expect(db.query('UPDATE "1" WITH { w: 1 } IN c RETURN [OLD.w, NEW.w, NEW.v]')).toEqual([[null, 1, 1]]);
    expect(db.query('UPDATE { _key: "1" } WITH { w: 2 } IN c RETURN NEW.w')).toEqual([2]);
    expect(db.query('UPDATE { _id: "c/1" } WITH { w: 3 } IN c RETURN NEW.w')).toEqual([3]);
    expect(db.query('UPDATE { _key: "1", w: 4 } IN c RETURN NEW.w')).toEqual([4]);
    expect(db.query('FOR d IN c UPDATE d WITH { v: d.v * 10 } IN c RETURN NEW.v')).toEqual([10, 20]);
    expect(db.query('REPLACE "2" WITH { w: 5 } IN c RETURN [OLD.v, NEW.v, NEW.w, NEW._key]')).toEqual([
      [20, null, 5, '2'],
    ]);
  });

  it('merges objects and keeps nulls by default', () => {
    db.query('UPDATE "1" WITH { o: { a: null, c: 3 } } IN c');
    expect(all()[0]).toMatchObject({ o: { a: null, b: 2, c: 3 } });
    db.query('UPDATE "1" WITH { o: { b: null } } IN c OPTIONS { keepNull: false }');
    expect(all()[0]).toMatchObject({ o: { a: null, c: 3 } });
    db.query('UPDATE "1" WITH { o: { z: 1 } } IN c OPTIONS { mergeObjects: false }');
    expect(all()[0]).toEqual({ _key: '1', v: 1, o: { z: 1 } });
  });

  it('fails for an absent document and an invalid selector', () => {
    expect(db.failure('UPDATE "9" WITH { w: 1 } IN c')).toBe(1202);
    expect(db.failure('REPLACE "9" WITH { w: 1 } IN c')).toBe(1202);
    expect(db.failure('UPDATE { v: 1 } IN c')).toBe(1226);
    expect(db.failure('UPDATE 5 WITH {} IN c')).toBe(1227);
    expect(db.query('UPDATE "9" WITH { w: 1 } IN c OPTIONS { ignoreErrors: true } RETURN 1')).toEqual([]);
  });

  it('checks revisions only if ignoreRevs is false', () => {
    db.query('UPDATE { _key: "1", _rev: "_old" } WITH { w: 1 } IN c');
    const checked = db.error('UPDATE { _key: "1", _rev: "_old" } WITH { w: 2 } IN c OPTIONS { ignoreRevs: false }');
    expect(checked.errorNum).toBe(1200);
    expect(checked.message).toBe('AQL: conflict, _rev values do not match (while executing)');
    expect(
      db.query(
        'FOR d IN c FILTER d._key == "1" UPDATE d WITH { w: 3 } IN c OPTIONS { ignoreRevs: false } RETURN NEW.w',
      ),
    ).toEqual([3]);
  });
});

describe('REMOVE', () => {
  it('returns the removed document in OLD', () => {
    expect(db.query('FOR d IN c FILTER d.v == 2 REMOVE d IN c RETURN OLD._key')).toEqual(['2']);
    expect(db.query('REMOVE "1" IN c')).toEqual([]);
    expect(all()).toEqual([]);
    expect(db.failure('REMOVE "1" IN c')).toBe(1202);
    expect(db.query('REMOVE "1" IN c OPTIONS { ignoreErrors: true } RETURN OLD')).toEqual([]);
  });
});

describe('UPSERT', () => {
  const count =
    'FOR k IN @keys UPSERT { k } INSERT { k, n: 1 } UPDATE { n: OLD.n + 1 } IN c RETURN [OLD == null, NEW.n]';

  it('sees the writes of earlier rows of the query', () => {
    expect(db.query(count, { keys: ['a', 'b', 'a', 'a'] })).toEqual([
      [true, 1],
      [true, 1],
      [false, 2],
      [false, 3],
    ]);
  });

  it('does not see them with readOwnWrites false', () => {
    const withoutOwnWrites = count.replace('IN c RETURN', 'IN c OPTIONS { readOwnWrites: false } RETURN');
    expect(db.query(withoutOwnWrites, { keys: ['a', 'a'] })).toEqual([
      [true, 1],
      [true, 1],
    ]);
  });

  it('can replace, and search by several attributes or a bind value', () => {
    expect(db.query('UPSERT { _key: "1", v: 1 } INSERT {} REPLACE { z: 1 } IN c RETURN [OLD.v, NEW.v, NEW.z]')).toEqual(
      [[1, null, 1]],
    );
    expect(db.query('UPSERT @s INSERT {} UPDATE { z: 2 } IN c RETURN NEW.v', { s: { v: 2 } })).toEqual([2]);
  });

  it('compares complete nested objects, and absent attributes like null', () => {
    expect(db.query('UPSERT { o: { a: 1 } } INSERT { _key: "new" } UPDATE {} IN c RETURN OLD')).toEqual([null]);
    expect(db.query('UPSERT { _key: "2", o: null } INSERT {} UPDATE { hit: true } IN c RETURN NEW.hit')).toEqual([
      true,
    ]);
  });

  it('uses an index', () => {
    db.index('c', ['k']);
    expect(db.access('UPSERT { k: 5 } INSERT {} UPDATE {} IN c')).toEqual(['c: k']);
    expect(db.query(count, { keys: ['a', 'a'] })[1]).toEqual([false, 2]);
  });
});

describe('a query that writes', () => {
  it('reads the state before its first write', () => {
    expect(db.query('FOR d IN c INSERT { v: d.v + 10 } INTO c RETURN NEW.v')).toEqual([11, 12]);
    expect(db.query('FOR d IN c LET n = LENGTH(c) UPDATE d WITH { n } IN c RETURN NEW.n')).toEqual([4, 4, 4, 4]);
    expect(db.query('FOR d IN c LET t = DOCUMENT("c/1").v UPDATE d WITH { v: 100 } IN c RETURN t')).toEqual([
      1, 1, 1, 1,
    ]);
  });

  it('has no effect when it fails after some writes', () => {
    const before = all();
    expect(db.failure('FOR k IN ["3", "4", "1"] INSERT { _key: k } INTO c')).toBe(1210);
    expect(db.failure('FOR d IN c UPDATE d WITH { v: ASSERT(d._key != "2", "two") } IN c')).toBe(1593);
    expect(db.failure('LET a = (INSERT {} INTO other) FOR k IN ["u", "u"] INSERT { unique: k } INTO c')).toBe(1210);
    expect(all()).toEqual(before);
    expect(db.value('LENGTH(other)')).toBe(0);
  });

  it('writes for every row, including those after a LIMIT', () => {
    expect(db.query('FOR d IN c UPDATE d WITH { hit: 1 } IN c LIMIT 1 RETURN NEW._key')).toEqual(['1']);
    expect(db.query('FOR d IN c RETURN d.hit')).toEqual([1, 1]);
    db.query('RETURN FIRST(FOR d IN c UPDATE d WITH { hit: 2 } IN c RETURN 1)');
    expect(db.query('FOR d IN c RETURN d.hit')).toEqual([2, 2]);
  });

  it('runs a writing subquery even if its rows are not needed', () => {
    db.query('LET unused = (INSERT { _key: "s" } INTO other) RETURN 1');
    expect(db.query('FOR d IN other RETURN d._key')).toEqual(['s']);
  });

  it('can write to several collections in separate subqueries', () => {
    const text = `
      LET a = (FOR d IN @docs INSERT d INTO c OPTIONS { overwriteMode: "replace" } RETURN 1)
      LET b = (FOR d IN @links INSERT d INTO links RETURN NEW._from)
      LET gone = (FOR k IN @gone REMOVE k IN other OPTIONS { ignoreErrors: true } RETURN 1)
      RETURN { a: LENGTH(a), b, gone: LENGTH(gone) }`;
    const docs = [{ _key: '1', v: 9 }, { _key: '3' }];
    const links = [{ _from: 'c/1', _to: 'c/3' }];
    expect(db.query(text, { docs, links, gone: ['x'] })).toEqual([{ a: 2, b: ['c/1'], gone: 0 }]);
    expect(all()).toEqual([{ _key: '1', v: 9 }, { _key: '2', v: 2 }, { _key: '3' }]);
  });

  it('can process its rows after the write', () => {
    const text = 'FOR d IN c UPDATE d WITH { w: d.v } IN c LET w = NEW.w FILTER w > 1 SORT w DESC RETURN w';
    expect(db.query(text)).toEqual([2]);
    expect(
      db.query('FOR d IN c UPDATE d WITH { w: 5 } IN c COLLECT w = NEW.w WITH COUNT INTO n RETURN [w, n]'),
    ).toEqual([[5, 2]]);
  });

  it('can write to a second collection after the first', () => {
    const text = 'FOR d IN c REMOVE d IN c INSERT { _key: OLD._key } INTO other RETURN NEW._key';
    expect(db.query(text)).toEqual(['1', '2']);
    expect(all()).toEqual([]);
  });
});
