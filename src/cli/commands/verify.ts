import { DropboxTeamsError, type VerifyReport } from '../../client';
import { exitCodes, type CommandContext, type ConnectorCommand, type ExitCode, type CommonOptions } from '../context';
import { followSync } from '../followSync';
import { columns, counted, grouped, paintOf, plain, writeResult, type Paint } from '../output';
import { writePage } from '../pages/report';
import { kinds, verificationPage } from '../pages/verificationPage';
import { memberBar } from '../progressBar';
import { heldLines, syncJson } from '../syncText';

export interface VerifyCommand extends CommonOptions {
  sample?: number;
  repair?: boolean;
  /** File of the page. */
  html?: string;
}

export const verifyCommand: ConnectorCommand<VerifyCommand> = async (context, connectorId, options) => {
  const { client } = context;
  if (options.sample === 0) throw new DropboxTeamsError('InvalidArgument', '--sample is at least 1');
  const compare = async (repair: boolean): Promise<VerifyReport> => {
    const view = memberBar(context);
    try {
      return await client.verify(connectorId, { repair, progress: view.show, sample: options.sample });
    } finally {
      view.stop();
    }
  };
  const report = await compare(options.repair === true);
  if (options.repair !== true || report.ok) return write(context, options, report);

  const run = await client.runSync(connectorId);
  const outcome = await followSync(context, run);
  const after = await compare(false);
  return write(context, options, after, { found: report, sync: syncJson(outcome, run.answer) });
};

/** What was found before the repair, and the sync that it started. */
interface Repair {
  found: VerifyReport;
  sync: ReturnType<typeof syncJson>;
}

async function write(
  context: CommandContext,
  options: VerifyCommand,
  report: VerifyReport,
  repair?: Repair,
): Promise<ExitCode> {
  if (options.html !== undefined) await writePage(context, options.html, verificationPage(report));
  const value = { ...report, ...(repair ? { repair } : {}) };
  const before = repair ? ['before the repair:', ...verificationLines(repair.found), '', 'after it:'] : [];
  const code = report.ok ? exitCodes.done : exitCodes.partial;
  // A repair does not do what awaits approval.
  const { held } = report.ok ? { held: [] } : await context.client.status(report.connectorId);
  const after = [...verificationLines(report, paintOf(context)), ...heldLines(report.connectorId, held)];
  return writeResult(context, options, value, [...before, ...after], code);
}

/** All differences, of which the report lists the first. */
const countOf = ({ missing, shouldBeGone, tooWide, tooNarrow, accessLists, structure }: VerifyReport): number =>
  missing + shouldBeGone + tooWide + tooNarrow + accessLists + structure;

export const verificationLines = (report: VerifyReport, paint: Paint = plain): string[] => [
  ...columns([
    ['members compared', `${grouped(report.members.checked)} of ${grouped(report.members.total)}`],
    [
      'files',
      `${grouped(report.files.dropbox)} seen in Dropbox, ${grouped(report.files.records)} records of files and folders`,
    ],
    ['missing', grouped(report.missing)],
    ['should be gone', grouped(report.shouldBeGone)],
    ['access too wide', grouped(report.tooWide)],
    ['access too narrow', grouped(report.tooNarrow)],
    ['access lists', `${grouped(report.accessLists)} differ`],
    ['structure', counted(report.structure, 'fault')],
  ]),
  ...report.findings.map(({ kind, text }) => `${kinds[kind]}: ${text}`),
  ...(countOf(report) > report.findings.length
    ? [`and ${grouped(countOf(report) - report.findings.length)} more differences`]
    : []),
  ...report.unlisted.map(
    ({ name, namespaceId, type, reason }) => `not listed: ${name} (${type} ${namespaceId}): ${reason}`,
  ),
  report.ok
    ? paint('green', 'the graph equals Dropbox')
    : `${paint('red', 'the graph differs from Dropbox')}; read again what differs: dropbox-teams verify ${report.connectorId} --repair`,
];
