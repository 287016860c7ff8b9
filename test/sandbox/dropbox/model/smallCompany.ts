import type { Account, Choices, TeamModel } from '../../../../sandbox/dropbox/model';
import { Company, DropboxProblem, GeneratedContent, calm } from '../../../../sandbox/dropbox/model';

export const content = new GeneratedContent(10, 1);

/** Ann is the admin, Bob and Cid are members, and Eve is external. The clock changes only when a test sets it. */
export function smallCompany(model: TeamModel, choices: Partial<Choices> = {}) {
  const time = { now: Date.UTC(2025, 0, 2, 3, 4, 5) };
  const company = new Company({ model, clock: () => time.now, choices: { ...calm, ...choices } });
  const member = (givenName: string, role: 'team_admin' | 'member_only' = 'member_only') =>
    company.build.member({ email: `${givenName.toLowerCase()}@a.test`, givenName, surname: 'Test', role });
  const ann = member('Ann', 'team_admin');
  const bob = member('Bob');
  const cid = member('Cid');
  const eve = company.build.externalAccount({ email: 'eve@other.test', givenName: 'Eve', surname: 'Else' });
  const as = (account: Account) => ({ account, root: account.root });
  return { company, time, ann, bob, cid, eve, as };
}

/** The error with which an operation is refused. */
export function refusal(operation: () => unknown): unknown {
  try {
    operation();
  } catch (problem) {
    if (problem instanceof DropboxProblem) return problem.error;
    throw problem;
  }
  throw new Error('the operation was not refused');
}

/** The paths of all entries that an account lists under its root. */
export function paths({ company, as }: ReturnType<typeof smallCompany>, account: Account): string[] {
  const { entries } = company.files.listFolder(as(account), { path: '', recursive: true });
  return entries.map((entry) => entry.path_lower ?? '');
}
