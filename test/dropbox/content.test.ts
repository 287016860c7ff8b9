import { gzipSync } from 'node:zlib';
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

  const described = { 'Dropbox-API-Result': JSON.stringify({ id: 'id:1', name: 'a.txt' }) };
  const readBytes = async (range?: string): Promise<[string, number | null]> => {
    const { body, contentLength } = await actor().download('id:1', range === undefined ? {} : { range });
    return [await new Response(body).text(), contentLength];
  };

  it.each<[what: string, range: string | undefined, headers: Record<string, string>]>([
    ['a part, where all was asked for', undefined, { 'Content-Range': 'bytes 0-3/9' }],
    ['another part', 'bytes=4-7', { 'Content-Range': 'bytes 0-3/9' }],
    ['less than was asked for', 'bytes=0-7', { 'Content-Range': 'bytes 0-3/9' }],
    ['less than the rest', 'bytes=4-', { 'Content-Range': 'bytes 4-7/9' }],
    ['another end', 'bytes=-4', { 'Content-Range': 'bytes 0-3/9' }],
    ['a part that does not say which', 'bytes=0-3', {}],
    ['a part that has more bytes than it says', 'bytes=0-1', { 'Content-Range': 'bytes 0-1/9' }],
    ['a compressed part', 'bytes=0-3', { 'Content-Range': 'bytes 0-3/9', 'Content-Encoding': 'gzip' }],
  ])('is not %s', async (_what, range, headers) => {
    dropbox.on('files/download', () => ({ status: 206, headers: { ...described, ...headers }, body: 'some' }));
    const error = await errorOf(readBytes(range));
    expect(failureTypeOf(error)).toBe('DropboxUnavailable');
    expect((error as Error).message).toContain('another part of the file');
  });

  it.each([
    ['bytes=0-3', 'bytes 0-3/9'],
    ['bytes=5-20', 'bytes 5-8/9'],
    ['bytes=5-', 'bytes 5-8/9'],
    ['bytes=-4', 'bytes 5-8/9'],
    ['bytes=-20', 'bytes 0-3/4'],
    ['bytes=0-3', 'bytes 0-3/*'],
  ])('may be its part %s: %s', async (range, contentRange) => {
    const headers = { ...described, 'Content-Range': contentRange };
    dropbox.on('files/download', () => ({ status: 206, headers, body: 'some' }));
    expect(await readBytes(range)).toEqual(['some', 4]);
  });

  it('has no length where it was compressed on its way, although the request asks for it as it is', async () => {
    const body = gzipSync('some text');
    dropbox.on('files/download', () => ({ headers: { ...described, 'Content-Encoding': 'gzip' }, body }));
    expect(await readBytes()).toEqual(['some text', null]);
    expect(dropbox.callsOf('files/download')[0]?.headers['accept-encoding']).toBe('identity');
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
