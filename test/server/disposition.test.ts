import { disposition } from '../../src/server/disposition';

it.each([
  ['two lines', 'a\r\nSet-Cookie: b', 'a__Set-Cookie: b'],
  ['quotes', 'a"; filename="b.exe', 'a__ filename=_b.exe'],
  ['a path', '../../etc/passwd', '.._.._etc_passwd'],
  ['half a surrogate pair', 'a\ud800b\udc00.pdf', 'a_b_.pdf'],
  ['a sign of two code units', 'a😀.pdf', 'a__.pdf'],
])('a name with %s is one safe name', (_name, fileName, plain) => {
  const header = disposition(fileName);
  expect(header).toContain(`filename="${plain}"; filename*=UTF-8''`);
  expect(header).toMatch(/^[\x20-\x7e]+$/);
});

it('a name of Unicode text arrives unchanged in filename*', () => {
  const [, exact] = /filename\*=UTF-8''(.*)$/.exec(disposition("Übersicht (2) 'a'*.pdf")) ?? [];
  expect(decodeURIComponent(exact ?? '')).toBe("Übersicht (2) 'a'*.pdf");
});
