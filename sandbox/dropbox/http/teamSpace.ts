import type { Account, Company } from '../model';

/** The properties of the team model that the feature routes report. */
export function teamSpace(company: Company, account: Account): { hasSharedRoot: boolean; hasDistinctHomes: boolean } {
  const root = company.users.rootInfo(account);
  return {
    hasSharedRoot: root['.tag'] === 'team',
    hasDistinctHomes: root.root_namespace_id !== root.home_namespace_id,
  };
}
