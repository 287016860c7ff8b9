import { failureTypeOf } from '../../src/failures';
import { apiError, errorOf, member, useFakeDropbox } from './fakeDropbox';

const dropbox = useFakeDropbox();
const actor = () => dropbox.session().as(member('dbmid:a'));

describe('the content of a file', () => {
  const metadata = { '.tag': 'file', id: 'id:1', name: 'naïve.txt', rev: '0123', content_hash: 'f'.repeat(64) };
  const result = { 'Dropbox-API-Result': JSON.stringify(metadata).replace('ï', '\\u00ef') };

  it('arrives as a stream, whole or as the requested range', async () => {
    dropbox.on('files/download', ({ headers }) => ({
      status: headers.range ? 206 : 200,
      headers: { ...result, ...(headers.range ? { 'Content-Range': 'bytes 0-3/9' } : {}) },
      body: headers.range ? 'some' : 'some text',
    }));
    const whole = await actor().download('id:1');
    expect(whole).toMatchObject({ status: 200, contentLength: 9, name: 'naïve.txt' });
    expect(whole).toMatchObject({ rev: '0123', contentHash: 'f'.repeat(64) });
    expect(await new Response(whole.body).text()).toBe('some text');
    const part = await actor().download('/Ordner/ü.txt', { range: 'bytes=0-3', namespaceId: '7' });
    expect(part).toMatchObject({ status: 206, contentRange: 'bytes 0-3/9' });
    expect(await new Response(part.body).text()).toBe('some');
    const [, second] = dropbox.callsOf('files/download');
    expect(second?.headers['dropbox-api-arg']).toBe('{"path":"/Ordner/\\u00fc.txt"}');
    expect(second?.headers['dropbox-api-path-root']).toContain('"7"');
  });

  it('is requested again before its first byte, and reported as missing when it does not exist', async () => {
    dropbox.on('files/download', (_call, count) =>
      count === 1 ? { status: 503, body: '' } : apiError(409, { '.tag': 'path', path: { '.tag': 'not_found' } }),
    );
    const error = await errorOf(actor().download('id:1'));
    expect(failureTypeOf(error)).toBe('RecordUnknown');
    expect(dropbox.callsOf('files/download')).toHaveLength(2);
  });

  it('is an export for a cloud document', async () => {
    dropbox.on('files/export', () => ({
      headers: {
        'Dropbox-API-Result': JSON.stringify({
          export_metadata: { name: 'Notes.html', size: 7 },
          file_metadata: metadata,
        }),
      },
      body: '<html/>',
    }));
    const content = await actor().export('id:1');
    expect(content).toMatchObject({ name: 'Notes.html', rev: null, contentHash: null });
    expect(await new Response(content.body).text()).toBe('<html/>');
  });

  it.each([
    ['files/download', (): Promise<unknown> => actor().download('id:2'), metadata],
    ['files/export', (): Promise<unknown> => actor().export('id:2'), { file_metadata: metadata, export_metadata: {} }],
  ])('is none of another file, which the user may not read: %s', async (route, read, described) => {
    dropbox.on(route, () => ({
      headers: { 'Dropbox-API-Result': JSON.stringify(described).replace('ï', 'i'), 'Content-Length': '1000' },
      body: 'the text of the other file',
      endless: true,
    }));
    const error = await errorOf(read());
    expect(failureTypeOf(error)).toBe('DropboxUnavailable');
    expect((error as Error).message).toContain('another file');
  });

  it('stops arriving when its reader cancels, before and after the first byte', async () => {
    const reader = actor();
    const early = new AbortController();
    dropbox.on('files/download', () => {
      early.abort();
      return { silent: true };
    });
    await expect(reader.download('id:1', { signal: early.signal })).rejects.toMatchObject({ name: 'AbortError' });

    const late = new AbortController();
    dropbox.on('files/download', () => ({
      headers: { 'Dropbox-API-Result': '{"id":"id:1","name":"a.txt"}', 'Content-Length': '1000' },
      body: 'some text',
      endless: true,
    }));
    const { body } = await reader.download('id:1', { signal: late.signal });
    late.abort();
    await expect(new Response(body).text()).rejects.toMatchObject({ name: 'AbortError' });
  });
});
