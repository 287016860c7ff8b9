import { once } from 'node:events';
import { connect } from 'node:net';
import { startDropboxSimulator } from '../../../../sandbox/dropbox/server';
import { Company } from '../../../../sandbox/dropbox/model';
import { openOffice, type Office } from './office';

let office: Office;
beforeAll(async () => {
  office = await openOffice();
});
afterAll(() => office.close());

const port = () => Number(new URL(office.url).port);

it('says when its port is taken', async () => {
  await expect(startDropboxSimulator({ port: port(), company: office.company })).rejects.toThrow('EADDRINUSE');
});

it('needs an admin who could link the app', async () => {
  await expect(startDropboxSimulator({ port: 0, company: new Company() })).rejects.toThrow('no admin');
});

it('survives requests that make no sense', async () => {
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
  expect((await office.call('team/get_info')).status).toBe(200);
});

it('answers many at once, each his own', async () => {
  const people = [office.ada, office.ben, office.cleo];
  const answers = await Promise.all(
    Array.from({ length: 300 }, (_, index) =>
      office.call('users/get_current_account', undefined, { as: people[index % 3]! }),
    ),
  );
  expect(answers.every(({ json }, index) => json.email === people[index % 3]!.email)).toBe(true);
});
