import type { ReceivedFile } from '../../../src/dropbox';
import { all, useDatabase } from '../../support/database';
import { receivedFile } from '../teamScript';
import { receiving } from './receiving';

const arango = useDatabase();

describe('the date of a file that several members received', () => {
  const at = (timeInvited: string | null): ReceivedFile => ({ ...receivedFile('plan'), timeInvited });
  const dates = async () =>
    (await all(arango.db, 'dropboxEntries')).map(({ facts }) => (facts as { modified: number }).modified);
  const early = '2026-01-03T00:00:00Z';
  const late = '2026-02-04T00:00:00Z';

  it.each([
    ['early', at(early), at(late)],
    ['late', at(late), at(early)],
    ['unknown', at(null), at(early)],
    ['no date', at('soon'), at(early)],
  ])('is the earliest one that is known, if the first list says %s', async (_first, first, second) => {
    const { sync } = await receiving(arango.db, { 'dbmid:a': [first], 'dbmid:b': [second] });
    await sync(true);
    expect(await dates()).toEqual([Date.parse(early)]);
    expect(await sync(true)).toMatchObject({ added: 0, updated: 0, granted: 0, revoked: 0 });
  });

  it('is the earlier one of two in one list', async () => {
    const { sync } = await receiving(arango.db, { 'dbmid:a': [at(early), at(late)] });
    await sync(true);
    expect(await dates()).toEqual([Date.parse(early)]);
  });

  it('becomes known when a later list has it, and stays when its receiver is gone', async () => {
    const { sync, received } = await receiving(arango.db, { 'dbmid:a': [at(null)] });
    await sync(true);
    received['dbmid:a'] = [at(late)];
    await sync(true);
    expect(await dates()).toEqual([Date.parse(late)]);
    received['dbmid:b'] = [at(early)];
    await sync(true);
    received['dbmid:b'] = [];
    await sync(true);
    expect(await dates()).toEqual([Date.parse(early)]);
  });
});
