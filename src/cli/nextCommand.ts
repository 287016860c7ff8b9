import type { Command } from 'commander';
import type { DropboxTeamsErrorCode } from '../client';

/** What an operator types after an error, by its code, for a connector. Others leave nothing to type. */
const commands: Partial<Record<DropboxTeamsErrorCode, (connector: string) => string>> = {
  ConnectorUnknown: () => 'status',
  ConnectorExists: (connector) => `status ${connector}`,
  ConnectorPaused: (connector) => `resume ${connector}`,
  NothingHeld: (connector) => `status ${connector}`,
  CredentialsRefused: (connector) => `authorize ${connector}`,
  ScopeMissing: (connector) => `authorize ${connector}`,
  AdminRequired: (connector) => `authorize ${connector}`,
  WrongTeam: (connector) => `authorize ${connector}`,
  SecretKeyWrong: (connector) => `test ${connector}`,
  WorkerUnavailable: () => 'worker',
  SyncNotRunning: (connector) => `sync ${connector}`,
  SyncCancelled: (connector) => `sync ${connector}`,
  SyncFailed: (connector) => `status ${connector}`,
};

/**
 * The command line to type after an error.
 *
 * @param code of the error; `WrongUse` for a command line that can't be parsed
 * @param command that failed, if there is one of this name
 */
export function nextCommand(code: string, command: Command | undefined): string | undefined {
  if (code === 'WrongUse' || code === 'InvalidArgument') {
    return ['dropbox-teams', ...(command ? [command.name()] : []), '--help'].join(' ');
  }
  return nextFor(code, connectorOf(command));
}

/** A command line of this program or of Temporal's. Many messages name one, with more facts than their code has. */
export const namesCommand = (message: string): boolean => /\b(?:dropbox-teams|temporal) [a-z]/.test(message);

/** The command line to type after an error that is about a connector. */
export function nextFor(code: string, connectorId: string): string | undefined {
  const known = commands[code as DropboxTeamsErrorCode];
  return known === undefined ? undefined : `dropbox-teams ${known(connectorId)}`;
}

function connectorOf(command: Command | undefined): string {
  const { connector } = command?.opts<{ connector?: string }>() ?? {};
  const isFirst = command?.registeredArguments[0]?.name() === 'connector';
  return connector ?? (isFirst ? command.args[0] : undefined) ?? 'C';
}
