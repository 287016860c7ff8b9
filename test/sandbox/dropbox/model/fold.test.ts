import { Company, GeneratedContent, calm, fold } from '../../../../sandbox/dropbox/model';

describe('the form in which names are compared', () => {
  it.each([
    ['ASCII letters in lower case', 'Report.PDF', 'report.pdf'],
    ['each sigma alike', '\u039f\u0394\u039f\u03a3', '\u03bf\u03b4\u03bf\u03c3'],
    ['a dotted capital I as one letter', '\u0130zmir', 'izmir'],
    ['accents composed', 'Cafe\u0301', 'caf\u00e9'],
    ['a capital sharp s as it is', 'STRA\u1e9eE', 'stra\u1e9ee'],
    ['a Cyrillic letter of a later Unicode as it is', '\ua64a\u0416', '\ua64a\u0436'],
  ])('has %s', (_what, name, folded) => {
    expect(fold(name)).toBe(folded);
  });

  it('is that of path_lower in a listing and in the answer to a write', () => {
    const company = new Company({ model: 'A', clock: () => 1_700_000_000_000, choices: calm });
    const ann = company.build.member({ email: 'ann@a.test', givenName: 'Ann', surname: 'Ash', role: 'team_admin' });
    company.build.file(
      company.build.folder(ann.home.root, '\u039f\u03a3'),
      'Cafe\u0301 \u1e9e',
      new GeneratedContent(1, 1),
    );
    company.goLive();
    const actor = company.actor(ann);
    const { entries } = company.files.listFolder(actor, { path: '', recursive: true });
    expect(entries.map((entry) => entry.path_lower)).toEqual(['/\u03bf\u03c3', '/\u03bf\u03c3/caf\u00e9 \u1e9e']);
    const { metadata } = company.files.createFolder(actor, { path: '/\ua64a' });
    expect(metadata.path_lower).toBe('/\ua64a');
  });
});
