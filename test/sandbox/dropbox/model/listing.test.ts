import { Company, GeneratedContent, calm } from '../../../../sandbox/dropbox/model';
import { ProtocolClient } from './protocolClient';

const content = new GeneratedContent(10, 1);

function company(choices = {}) {
  const made = new Company({ model: 'A', clock: () => 1_700_000_000_000, choices: { ...calm, ...choices } });
  const ann = made.build.member({ email: 'ann@a.test', givenName: 'Ann', surname: 'Ash', role: 'team_admin' });
  const bob = made.build.member({ email: 'bob@a.test', givenName: 'Bob', surname: 'Birch' });
  return { made, ann, bob };
}

describe('listing a folder', () => {
  it('delivers every file and folder once, in pages of the requested size', () => {
    const { made, ann } = company();
    const folder = made.build.folder(ann.home.root, 'Plans');
    for (let count = 0; count < 25; count++) made.build.file(folder, `File ${count}.txt`, content);
    made.goLive();
    const actor = made.actor(ann);
    const first = made.files.listFolder(actor, { path: '', recursive: true, limit: 10 });
    expect(first.entries).toHaveLength(10);
    expect(first.has_more).toBe(true);
    const second = made.files.listFolderContinue(actor, first.cursor);
    const third = made.files.listFolderContinue(actor, second.cursor);
    expect(third.has_more).toBe(false);
    const paths = [first, second, third].flatMap((page) => page.entries.map((entry) => entry.path_lower));
    expect(new Set(paths).size).toBe(26);
    expect(made.files.listFolderContinue(actor, third.cursor)).toMatchObject({ entries: [], has_more: false });
  });

  it('may deliver folders after their content, on any page, each item once', () => {
    for (const limit of [1, 2, 3, 2000]) {
      const { made, ann } = company({ lateFolders: 1 });
      const plans = made.build.folder(ann.home.root, 'Plans');
      made.build.folder(plans, 'Empty');
      made.build.file(made.build.folder(plans, 'Deep'), 'a.txt', content);
      made.build.file(plans, 'b.txt', content);
      const shared = made.build.sharedFolder(ann, plans, 'Shared');
      made.build.file(shared.root, 'c.txt', content);
      made.build.file(ann.home.root, 'd.txt', content);
      made.goLive();
      const paths: (string | undefined)[] = [];
      let page = made.files.listFolder(made.actor(ann), { path: '', recursive: true, limit });
      for (;;) {
        paths.push(...page.entries.map((entry) => entry.path_lower));
        if (!page.has_more) break;
        page = made.files.listFolderContinue(made.actor(ann), page.cursor);
      }
      expect(paths).toEqual([
        '/plans/empty',
        '/plans/deep/a.txt',
        '/plans/deep',
        '/plans/b.txt',
        '/plans/shared/c.txt',
        '/plans/shared',
        '/plans',
        '/d.txt',
      ]);
    }
  });

  it('delivers a moved folder as a deletion of the old path and all entries of the new one', () => {
    const { made, ann } = company({ moveOrder: 'delete_first' });
    const folder = made.build.folder(ann.home.root, 'Old');
    made.build.file(folder, 'a.txt', content);
    made.goLive();
    const actor = made.actor(ann);
    const { cursor } = made.files.listFolder(actor, { path: '', recursive: true });
    made.files.move(actor, { from_path: '/Old', to_path: '/New' });
    const { entries } = made.files.listFolderContinue(actor, cursor);
    expect(entries.map((entry) => [entry['.tag'], entry.path_lower])).toEqual([
      ['deleted', '/old'],
      ['folder', '/new'],
      ['file', '/new/a.txt'],
    ]);
    expect(entries[0]).not.toHaveProperty('id');
  });

  it('delivers a shared folder to a new member, and the change when their level changes', () => {
    const { made, ann, bob } = company();
    const shared = made.build.sharedFolder(ann, ann.home.root, 'Shared');
    made.build.file(shared.root, 'a.txt', content);
    made.goLive();
    const client = new ProtocolClient(made, () => made.actor(bob), { path: '', recursive: true });
    client.sync();
    expect(client.lines()).toEqual([]);
    made.build.folderMember(shared, bob, 'viewer');
    client.sync();
    expect([...client.entries.keys()]).toEqual(['/shared', '/shared/a.txt']);
    expect(client.entries.get('/shared/a.txt')).toMatchObject({ sharing_info: { read_only: true } });
    made.build.folderMember(shared, bob, 'editor');
    client.sync();
    expect(client.entries.get('/shared/a.txt')).toMatchObject({ sharing_info: { read_only: false } });
    expect(client.relistings).toBe(0);
  });
});
