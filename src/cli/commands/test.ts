import type { ConnectionReport } from '../../client';
import { exitCodes, type ConnectorCommand } from '../context';
import { writeResult } from '../output';

/** Tries the connection and each scope, and reports what a sync would lack. */
export const testCommand: ConnectorCommand = async (context, connectorId, options) => {
  const report = await context.client.testConnectionAndAccess(connectorId);
  // The text of the report names the problems. With --json, stderr names them too, as it does every error.
  if (!report.ok && options.json === true) {
    for (const { code, message } of report.problems) context.err.write(`${code}: ${message}\n`);
  }
  return writeResult(context, options, report, reportLines(report), report.ok ? exitCodes.done : exitCodes.failed);
};

function reportLines({ ok, team, admin, scopes, problems }: ConnectionReport): string[] {
  const state = (granted: boolean | null): string => (granted === null ? 'not tried' : granted ? 'granted' : 'missing');
  return [
    ...(team ? [`team      ${team.name} (${team.id})`] : []),
    ...(admin ? [`admin     ${admin.email} (${admin.teamMemberId})`] : []),
    ...scopes.map(({ scope, granted }) => `${state(granted).padEnd(9)} ${scope}`),
    ...problems.map(({ code, message }) => `${code}: ${message}`),
    ok ? 'everything that a sync needs is there' : 'a sync would fail until this is fixed',
  ];
}
