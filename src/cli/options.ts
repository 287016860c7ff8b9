import { InvalidArgumentError, Option, type Command } from 'commander';
import { addFilterOptions } from './filterOptions';

export function wholeNumber(text: string): number {
  if (!/^\d{1,9}$/.test(text)) throw new InvalidArgumentError('give a whole number.');
  return Number(text);
}

function portNumber(text: string): number {
  const port = wholeNumber(text);
  if (port < 1 || port > 65_535) throw new InvalidArgumentError('give a port from 1 to 65535.');
  return port;
}

const batchSize = (description: string): Option =>
  new Option('--batch-size <items>', description).argParser(wholeNumber);

/** Options that change the settings of an existing connector. */
export const addSettingOptions = (command: Command): Command =>
  addFilterOptions(
    command
      .addOption(batchSize('items in one transaction'))
      .addOption(
        new Option(
          '--guard-percent <percent>',
          'hold changes that delete or revoke a larger share of a folder',
        ).argParser(wholeNumber),
      )
      .addOption(
        new Option('--guard-items <items>', 'and more items than this; both limits have to be exceeded').argParser(
          wholeNumber,
        ),
      )
      .option('--no-filters', 'drop the filters that are stored'),
  );

/** Options for a new connector. */
export const addConnectorOptions = (command: Command): Command =>
  addFilterOptions(
    command
      .option('--app-secret-file <file>', 'file with the secret of the Dropbox app; - reads standard input')
      .option('--app-secret <secret>', 'the same, visible to all users of this machine; default: DROPBOX_APP_SECRET')
      .option(
        '--refresh-token-file <file>',
        'file with the refresh token, if there is one already; otherwise run authorize next',
      )
      .option(
        '--refresh-token <token>',
        'the same, visible to all users of this machine; default: DROPBOX_REFRESH_TOKEN',
      )
      .addOption(new Option('--strategy <strategy>', 'what starts a sync').choices(['manual', 'scheduled', 'webhook']))
      .option('--every <interval>', '15m, 30m, 1h, 4h, 5 to 1440 minutes, or a cron expression (UTC)')
      .addOption(batchSize('items in one transaction, default 100')),
  );

/** How a team admin is asked for consent. */
export const addConsentOptions = (command: Command): Command =>
  command
    .addOption(
      new Option('--port <port>', 'port of the local page; default: that of the redirect URI, or 8765').argParser(
        portNumber,
      ),
    )
    .option('--redirect-uri <uri>', "as registered with the app; default: the local page's own address")
    .option('--no-pkce', 'without PKCE, for an app that is refused with it')
    .option('--no-browser', 'only print the address');
