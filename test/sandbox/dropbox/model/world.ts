import type { Account, Choices, Group, Namespace, TeamModel } from '../../../../sandbox/dropbox/model';
import { Company, GeneratedContent } from '../../../../sandbox/dropbox/model';
import { ProtocolClient } from './protocolClient';

const NAMES = ['a', 'B', 'c.txt', 'Ärger', 'b b', 'D.pdf', 'e'];

/** A small company with clients that follow what each member sees. */
export class World {
  readonly company: Company;
  readonly clients: {
    account: Account;
    base: () => Namespace;
    mounted: boolean;
    asAdmin: boolean;
    client: ProtocolClient;
  }[] = [];
  clock = 1_700_000_000_000;
  refused = 0;
  done = 0;

  constructor(model: TeamModel, choices: Partial<Choices>, seed: number) {
    this.company = new Company({ model, choices, seed, clock: () => this.clock });
    const { build } = this.company;
    const people = ['Ann', 'Bob', 'Cid', 'Dee'].map((givenName, at) =>
      build.member({
        email: `${givenName.toLowerCase()}@a.test`,
        givenName,
        surname: 'Test',
        role: at === 0 ? 'team_admin' : 'member_only',
      }),
    );
    build.externalAccount({ email: 'eve@other.test', givenName: 'Eve', surname: 'Else', team: 'Other' });
    const group = build.group({ name: 'Readers' });
    const [ann, bob, cid] = people;
    if (ann === undefined || bob === undefined || cid === undefined) throw new Error('people are missing');
    build.groupMember(group, cid);
    const team = build.teamFolder('Team');
    build.folderMember(team, ann, 'editor');
    build.folderMember(team, group, 'viewer');
    const plans = build.folder(team.root, 'Plans');
    build.file(plans, 'plan.txt', this.content(1));
    const secret = build.nestedFolder(plans, 'Secret', false);
    build.folderMember(secret, bob, 'editor');
    build.file(secret.root, 'secret.txt', this.content(2));
    const shared = build.sharedFolder(bob, bob.home.root, 'Shared');
    build.folderMember(shared, ann, 'viewer');
    build.file(build.folder(shared.root, 'Deep'), 'deep.txt', this.content(3));
    for (const person of people) build.file(build.folder(person.home.root, 'Mine'), 'mine.txt', this.content(4));
    this.company.goLive();
    for (const person of people) this.follow(person);
    for (const base of [team, secret, shared, bob.home]) {
      this.followAsAdmin(ann, base, false);
      this.followAsAdmin(ann, base, true);
    }
  }

  /** Follows one namespace as an admin, as a sync of the whole team does. */
  private followAsAdmin(account: Account, base: Namespace, mounted: boolean): void {
    const actor = () => ({ account, root: base, admin: 'whole_team' as const });
    const arg = { path: '', recursive: true, include_mounted_folders: mounted };
    const client = new ProtocolClient(this.company, actor, arg);
    this.clients.push({ account, base: () => base, mounted, asAdmin: true, client });
  }

  follow(account: Account): void {
    const add = (base: () => Namespace, mounted: boolean, limit: number) => {
      const actor = () => ({ account, root: base() });
      const arg = { path: '', recursive: true, include_mounted_folders: mounted, limit };
      this.clients.push({
        account,
        base,
        mounted,
        asAdmin: false,
        client: new ProtocolClient(this.company, actor, arg),
      });
    };
    add(() => account.root, true, 4);
    if (account.root !== account.home) add(() => account.home, true, 2000);
    add(() => account.home, false, 3);
  }

  content(seed: number): GeneratedContent {
    return new GeneratedContent(seed % 50, seed % 7);
  }

  get accounts(): Account[] {
    return [...this.company.state.accounts.values()];
  }

  get groups(): Group[] {
    return [...this.company.state.groups.values()];
  }

  get namespaces(): Namespace[] {
    return [...this.company.state.namespaces.values()];
  }

  /** A path that the account sees under its root, or the empty path of the root. */
  path(account: Account, pick: number): string {
    const known = this.clients.find((one) => !one.asAdmin && one.account === account && one.base() === account.root);
    const paths = ['', ...(known?.client.entries.keys() ?? [])];
    return paths[pick % paths.length] ?? '';
  }

  name(pick: number): string {
    return NAMES[pick % NAMES.length] ?? 'a';
  }
}
