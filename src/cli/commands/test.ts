import type { ConnectionReport } from '../../client';
import { exitCodes, type ConnectorCommand } from '../context';
import { namesCommand, nextFor } from '../nextCommand';
import { paintOf, writeResult, type Paint } from '../output';

/** Tries the connection and each scope, and reports what a sync would lack. */
export const testCommand: ConnectorCommand = async (context, connectorId, options) => {
  const report = await context.client.testConnectionAndAccess(connectorId);
  // The text of the report names the problems. With --json, stderr names them too, as it does every error.
  if (!report.ok && options.json === true) {
    for (const { code, message } of report.problems) context.err.write(`${code}: ${message}\n`);
  }
  return writeResult(
    context,
    options,
    report,
    [...reportLines(report, paintOf(context)), ...nextLines(report, connectorId)],
    report.ok ? exitCodes.done : exitCodes.failed,
  );
};

/** What to type when the problems are removed at Dropbox or in PipesHub. */
function nextLines({ problems }: ConnectionReport, connectorId: string): string[] {
  const [next] = problems.flatMap(({ code, message }) =>
    namesCommand(message) ? [] : (nextFor(code, connectorId) ?? []),
  );
  return next === undefined ? [] : [`then: ${next}`];
}

export function reportLines({ ok, team, admin, scopes, problems }: ConnectionReport, paint: Paint): string[] {
  const state = (granted: boolean | null): string =>
    granted === null ? paint('yellow', 'not tried') : granted ? paint('green', 'granted  ') : paint('red', 'missing  ');
  return [
    ...(team ? [`team      ${team.name} (${team.id})`] : []),
    ...(admin ? [`admin     ${admin.email} (${admin.teamMemberId})`] : []),
    ...scopes.map(({ scope, granted }) => `${state(granted)} ${scope}`),
    ...problems.map(({ code, message }) => `${code}: ${message}`),
    ok
      ? paint('green', 'everything that a sync needs is there')
      : paint('red', 'a sync would fail until this is fixed'),
  ];
}
