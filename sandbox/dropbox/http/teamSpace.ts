import type { Account, Company } from '../model';

/** Which of the three team models an account lives in, as the feature routes tell it. */
export function teamSpace(company: Company, account: Account): { hasSharedRoot: boolean; hasDistinctHomes: boolean } {
  const root = company.users.rootInfo(account);
  return {
    hasSharedRoot: root['.tag'] === 'team',
    hasDistinctHomes: root.root_namespace_id !== root.home_namespace_id,
  };
}
