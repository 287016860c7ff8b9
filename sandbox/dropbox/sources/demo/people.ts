import type { Account, Company, Group } from '../../model';
import { everyoneGroup } from '../everyoneGroup';

const DOMAIN = 'lumenoak.example';

/** The members of Lumen & Oak, their groups, and the external accounts that they share with. */
export function demoPeople(company: Company) {
  const { build } = company;
  const member = (
    email: string,
    givenName: string,
    surname: string,
    more: Pick<Parameters<typeof build.member>[0], 'role' | 'status' | 'externalId'> = {},
  ) => build.member({ email: `${email}@${DOMAIN}`, givenName, surname, ...more });

  const people = {
    ada: member('ada', 'Ada', 'Bergström', { role: 'team_admin', externalId: 'hr-0001' }),
    bruno: member('bruno', 'Bruno', 'Costa', { role: 'user_management_admin' }),
    chiyo: member('chiyo', '千代', '田中'),
    dmitri: member('dmitri', 'Dmitri', 'Volkov'),
    elif: member('Elif.Sahin', 'Elif', 'Şahin'),
    femi: member('femi', 'Femi', 'Okafor'),
    greta: member('greta', 'Greta', 'Lind'),
    hugo: member('hugo', 'Hugo', 'Martin', { status: 'suspended' }),
    ines: member('ines', 'Inês', 'Duarte', { status: 'invited' }),
    jonas: member('jonas', 'Jonas', 'Weber', { role: 'support_admin' }),
    kofi: member('kofi', 'Kofi', 'Mensah', { status: 'removed' }),
    rhea: build.externalAccount({
      email: 'rhea@partnerstudio.example',
      givenName: 'Rhea',
      surname: 'Patel',
      team: 'Partner Studio',
    }),
    sam: build.externalAccount({ email: 'sam@freelance.example', givenName: 'Sam', surname: 'Lee' }),
  };
  return { ...people, ...demoGroups(company, people) };
}

export type DemoPeople = ReturnType<typeof demoPeople>;

function demoGroups(
  { build }: Company,
  people: Record<'ada' | 'bruno' | 'chiyo' | 'dmitri' | 'elif' | 'femi' | 'greta' | 'hugo' | 'ines', Account>,
) {
  const { ada, bruno, chiyo, dmitri, elif, femi, greta, hugo, ines } = people;
  const group = (
    facts: Parameters<typeof build.group>[0],
    members: readonly Account[],
    owners: readonly Account[] = [],
  ): Group => {
    const made = build.group(facts);
    for (const account of owners) build.groupMember(made, account, 'owner');
    for (const account of members) build.groupMember(made, account, 'member');
    return made;
  };
  return {
    all: everyoneGroup(ada),
    engineering: group({ name: 'Engineering', kind: 'company_managed', externalId: 'idp-engineering' }, [
      bruno,
      femi,
      hugo,
      ines,
    ]),
    design: group({ name: 'Design', kind: 'user_managed' }, [dmitri], [chiyo]),
    finance: group({ name: 'Finance', kind: 'company_managed' }, [elif, greta]),
    alumni: group({ name: 'Alumni', kind: 'user_managed' }, [], [ada]),
    studio: group({ name: 'Partner Studio – everyone', kind: 'company_managed', sameTeam: false }, []),
  };
}
