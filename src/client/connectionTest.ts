import type { DropboxSession, ScopeCheck } from '../dropbox';
import type { DropboxTeamsError } from '../DropboxTeamsError';
import { clientError } from './errors';

export interface ConnectionReport {
  ok: boolean;
  team: { id: string; name: string } | null;
  admin: { teamMemberId: string; email: string } | null;
  /** `granted` is null when the scope was not checked, since one that the check depends on is missing. */
  scopes: (ScopeCheck & { hint?: string })[];
  /** What has to be done, one line each. Empty when ok. */
  problems: { code: string; message: string }[];
}

/** Where to switch a scope on. The app has to be authorized again afterwards. */
const hint = (scope: string): string =>
  `App Console (https://www.dropbox.com/developers/apps) > your app > Permissions: switch on ${scope}, submit, then authorize again`;

const TRANSIENT = new Set<string>(['DropboxUnavailable', 'DropboxRateLimited', 'GraphUnavailable']);

/**
 * Checks the credentials, the admin, and each scope with the cheapest call that needs it, and whether PipesHub's
 * schemas accept what a sync writes. The report holds what the operator has to fix. Only transient failures are thrown:
 * Dropbox, ArangoDB or the network is down.
 */
export async function testConnection(
  session: DropboxSession,
  connector: { teamId: string | null },
  requireSchemas: () => Promise<void>,
): Promise<ConnectionReport> {
  const report: ConnectionReport = { ok: false, team: null, admin: null, scopes: [], problems: [] };
  const attempt = async (work: () => Promise<void>): Promise<boolean> => {
    try {
      await work();
      return true;
    } catch (error) {
      const problem: DropboxTeamsError = clientError(error);
      if (TRANSIENT.has(problem.code)) throw problem;
      // A missing scope is reported once, by the check of scopes.
      if (problem.code !== 'ScopeMissing') report.problems.push({ code: problem.code, message: problem.message });
      return problem.code === 'ScopeMissing';
    }
  };

  const authorized = await attempt(async () => {
    report.scopes = (await session.team.scopes()).map((check) =>
      check.granted === true ? check : { ...check, hint: hint(check.scope) },
    );
  });
  for (const { scope, granted } of report.scopes) {
    if (granted === false)
      report.problems.push({ code: 'ScopeMissing', message: `the scope ${scope} is missing: ${hint(scope)}` });
  }
  if (authorized && isGranted(report, 'team_info.read')) {
    await attempt(async () => {
      const { teamId, name } = await session.team.teamInfo(connector.teamId);
      report.team = { id: teamId, name };
      if (connector.teamId !== null && connector.teamId !== teamId) {
        report.problems.push({
          code: 'WrongTeam',
          message: `the authorization belongs to another Dropbox team (${name}): authorize as an admin of the team that this connector was set up for`,
        });
      }
    });
    await attempt(async () => {
      report.admin = await session.team.admin();
    });
  }
  await attempt(requireSchemas);
  report.ok = report.problems.length === 0;
  return report;
}

const isGranted = (report: ConnectionReport, scope: string): boolean =>
  report.scopes.some((check) => check.scope === scope && check.granted === true);
