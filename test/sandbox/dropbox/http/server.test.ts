import { once } from 'node:events';
import { connect } from 'node:net';
import { Company } from '../../../../sandbox/dropbox/model';
import { startDropboxSimulator } from '../../../../sandbox/dropbox/server';
import { useFixture } from './fixture';

const fixture = useFixture();

const port = () => Number(new URL(fixture.url).port);

it('the start fails when the port is in use', async () => {
  await expect(startDropboxSimulator({ port: port(), company: fixture.company })).rejects.toThrow('EADDRINUSE');
});

it('the start fails when the company has no admin who could link the app', async () => {
  await expect(startDropboxSimulator({ port: 0, company: new Company() })).rejects.toThrow('no admin');
});

it('malformed requests are refused and do not affect later ones', async () => {
  for (const head of [
    'POST // HTTP/1.1\r\nHost: x',
    'GET /sandbox/info HTTP/1.1\r\nHost: no host',
    'POST /2/ HTTP/1.1\r\nHost: x',
  ]) {
    const socket = connect(port(), '127.0.0.1');
    socket.end(`${head}\r\nConnection: close\r\nContent-Length: 0\r\n\r\n`);
    const [chunk] = (await once(socket, 'data')) as [Buffer];
    expect(chunk.toString()).toMatch(/^HTTP\/1\.1 40[04]/);
    socket.destroy();
  }
  expect((await fixture.call('team/get_info')).status).toBe(200);
});

it('concurrent calls of several members each get their own answer', async () => {
  const people = [fixture.ada, fixture.ben, fixture.cleo];
  const answers = await Promise.all(
    Array.from({ length: 300 }, (_, index) =>
      fixture.call('users/get_current_account', undefined, { as: people[index % 3]! }),
    ),
  );
  expect(answers.every(({ json }, index) => json.email === people[index % 3]!.email)).toBe(true);
});
