import { z } from 'zod';

/** A user with an account in PipesHub. */
export interface Person {
  email: string;
  fullName: string;
  firstName: string;
  lastName: string;
}

const Info = z.object({ app_key: z.string(), app_secret: z.string(), refresh_token: z.string() });
const Token = z.object({ access_token: z.string() });
const Page = z.object({
  members: z.array(
    z.object({
      profile: z.object({
        email: z.string(),
        name: z.object({ given_name: z.string(), surname: z.string(), display_name: z.string() }),
      }),
    }),
  ),
  cursor: z.string(),
  has_more: z.boolean(),
});

/** Every member of the simulator's team, of any status, read through its public API. */
export async function listMembers(dropboxUrl: string): Promise<Person[]> {
  const base = dropboxUrl.replace(/\/+$/, '');
  if (!URL.canParse(base)) throw new Error(`'${dropboxUrl}' is not an address: give one such as http://127.0.0.1:8530`);
  const info = await answer(`${base}/sandbox/info`, {}, Info);
  const grant = new URLSearchParams({
    grant_type: 'refresh_token',
    refresh_token: info.refresh_token,
    client_id: info.app_key,
    client_secret: info.app_secret,
  });
  const { access_token } = await answer(`${base}/oauth2/token`, { method: 'POST', body: grant }, Token);
  const headers = { authorization: `Bearer ${access_token}`, 'content-type': 'application/json' };
  const call = async (route: string, argument: object) =>
    answer(`${base}/2/team/members/${route}`, { method: 'POST', headers, body: JSON.stringify(argument) }, Page);
  const people: Person[] = [];
  let page = await call('list_v2', { limit: 1000 });
  for (;;) {
    people.push(
      ...page.members.map(({ profile: { email, name } }) => ({
        email,
        fullName: name.display_name || email,
        firstName: name.given_name,
        lastName: name.surname,
      })),
    );
    if (!page.has_more) return people;
    page = await call('list/continue_v2', { cursor: page.cursor });
  }
}

async function answer<T>(url: string, init: RequestInit, shape: z.ZodType<T>): Promise<T> {
  let response: Response;
  try {
    response = await fetch(url, init);
  } catch (cause) {
    throw new Error(`nothing answers at ${url}: is the Dropbox simulator running?`, { cause });
  }
  if (!response.ok) throw new Error(`${url} answered ${response.status}: ${(await response.text()).slice(0, 200)}`);
  const body = shape.safeParse(await response.json().catch(() => undefined));
  if (!body.success) throw new Error(`${url} does not answer as the Dropbox simulator does`);
  return body.data;
}

/** People with an e-mail address and no name. */
export function peopleFromEmails(list: string): Person[] {
  const emails = list
    .split(',')
    .map((email) => email.trim())
    .filter((email) => email !== '');
  if (emails.length === 0) throw new Error("no users: give e-mail addresses, or 'all'");
  return emails.map((email) => {
    if (!/^[^\s@]+@[^\s@]+$/.test(email)) throw new Error(`'${email}' is not an e-mail address`);
    return { email, fullName: email, firstName: '', lastName: '' };
  });
}
