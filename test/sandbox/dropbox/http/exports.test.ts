import { StoredContent } from '../../../../sandbox/dropbox/model';
import { type CallOptions, useFixture } from './fixture';

const fixture = useFixture();

const asBen = (): CallOptions => ({ as: fixture.ben });

describe('a download', () => {
  it('of a Paper document is refused, because it can only be exported', async () => {
    const refused = await fixture.content('files/download', { path: '/Notes.paper' }, asBen());
    expect(refused.json.error).toEqual({ '.tag': 'unsupported_file' });
    const link = await fixture.call('files/get_temporary_link', { path: '/Notes.paper' }, asBen());
    expect(link.json.error).toEqual({ '.tag': 'unsupported_file' });
    const exported = await fixture.content('files/export', { path: '/Notes.paper', export_format: 'html' }, asBen());
    expect(JSON.parse(exported.headers.get('dropbox-api-result') ?? '')).toMatchObject({
      export_metadata: { name: 'Notes.html', size: 8 },
      file_metadata: { name: 'Notes.paper', is_downloadable: false },
    });
    expect(exported.text).toBe('# Notes\n');
    const format = await fixture.content('files/export', { path: '/Notes.paper', export_format: 'docx' }, asBen());
    expect(format.json.error).toEqual({ '.tag': 'invalid_export_format' });
    const { export_info } = (await fixture.call('files/get_metadata', { path: '/Notes.paper' }, asBen())).json;
    for (const export_format of [export_info.export_as, ...export_info.export_options]) {
      expect((await fixture.content('files/export', { path: '/Notes.paper', export_format }, asBen())).status).toBe(
        200,
      );
    }
    const file = await fixture.content('files/export', { path: '/Täglich 日本.txt' }, asBen());
    expect(file.json.error).toEqual({ '.tag': 'non_exportable' });
  });

  // "Non-downloadable files can instead be exported [...] to an appropriate filetype indicated in the file's export_info"
  // (Dropbox's announcement of Google Docs, Sheets, and Slides), which is none of the formats of Paper.
  it.each([
    ['gdoc', 'docx'],
    ['gsheet', 'xlsx'],
    ['gslides', 'pptx'],
  ])('of a document of Google (%s) is refused, because it can only be exported as %s', async (extension, format) => {
    const { build } = fixture.company;
    build.file(fixture.ben.home.root, `Plan.${extension}`, new StoredContent(Buffer.from('plan')), {
      downloadable: false,
    });
    const path = `/Plan.${extension}`;
    const { json } = await fixture.call('files/get_metadata', { path }, asBen());
    expect(json).toMatchObject({ is_downloadable: false, export_info: { export_as: format } });
    expect(json.export_info).not.toHaveProperty('export_options');
    expect((await fixture.content('files/download', { path }, asBen())).json.error).toEqual({
      '.tag': 'unsupported_file',
    });
    for (const asked of [{}, { export_format: format }]) {
      const exported = await fixture.content('files/export', { path, ...asked }, asBen());
      expect(JSON.parse(exported.headers.get('dropbox-api-result') ?? '')).toMatchObject({
        export_metadata: { name: `Plan.${format}` },
      });
    }
    const refused = await fixture.content('files/export', { path, export_format: 'html' }, asBen());
    expect(refused.json.error).toEqual({ '.tag': 'invalid_export_format' });
  });
});
