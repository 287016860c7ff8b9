/** Command lines to begin with, for the help of each command: what is typed, and what it does. */
export const examples: Readonly<Record<string, readonly (readonly [line: string, what: string])[]>> = {
  setup: [
    ['setup', 'asks for everything'],
    ['setup --connector C', 'continues with a connector that exists'],
    [
      'setup --org ORG --connector C --app-key KEY --app-secret-file secret.txt --strategy scheduled --every 1h --sync',
      'asks nothing, and waits for the consent',
    ],
  ],
  create: [
    [
      'create --org ORG --connector C --app-key KEY --app-secret-file - --strategy scheduled --every 1h',
      'asks for the app secret on standard input',
    ],
    ['create --org ORG --connector C --app-key KEY --extensions pdf,docx', 'the secret is in DROPBOX_APP_SECRET'],
  ],
  authorize: [
    ['authorize C', 'opens a browser, or prints the address to open'],
    ['authorize C --no-browser --port 9000', 'with the redirect URI http://localhost:9000/dropbox/authorized'],
    ['authorize C --app-secret-file secret.txt', 'after a change of the app secret'],
  ],
  test: [['test C', 'each scope, granted or missing']],
  sync: [
    ['sync C', 'only what has changed, after the first time'],
    ['sync C --dry-run', 'what would change, and nothing is written'],
    ['sync C --full --no-wait', 'reads everything again, and returns at once'],
    ['sync C --quiet --json > result.json', 'for a script'],
  ],
  status: [
    ['status', 'all connectors'],
    ['status C --watch', 'a run as it advances'],
    ['status C --json | jq .lastRun.status', 'for a script'],
  ],
  pause: [['pause C', 'until resume C']],
  resume: [['resume C', 'a webhook connector syncs at once']],
  cancel: [['cancel C', 'the next sync continues where this one ended']],
  schedule: [
    ['schedule C --every 1h', 'on the hour'],
    ["schedule C --every '0 6 * * 1-5'", 'at 06:00 UTC on working days'],
    ['schedule C --every manual', 'no automatic syncs'],
  ],
  configure: [
    ['configure C', 'what is set'],
    ['configure C --batch-size 500 --extensions pdf,docx', 'other filters stay as they are'],
    ['configure C --no-filters', 'all files'],
  ],
  approve: [
    ['approve C', 'everything that status C shows as awaiting approval'],
    ['approve C --namespace 1234567890', 'only in one folder'],
  ],
  reject: [['reject C --namespace 1234567890', 'the folder stays as it is']],
  'dead-letters': [
    ['dead-letters C', 'the list, with reasons'],
    ['dead-letters C --retry', 'after the cause is removed'],
  ],
  'restore-schedules': [['restore-schedules', "after a loss of Temporal's data"]],
  reindex: [
    ['reindex C', 'all records'],
    ['reindex C KEY1 KEY2', 'two records'],
  ],
  cleanup: [
    ['cleanup C', 'asks on a terminal; other connectors stay as they are'],
    ['cleanup C --yes', 'asks nothing'],
  ],
  verify: [
    ['verify C', 'all members; exit code 3 on any difference'],
    ['verify C --sample 20 --html report.html', '20 members, and a page for a reader without a terminal'],
    ['verify C --repair', 'reads again what differs'],
  ],
  explain: [
    ["explain C --path '/Finance/plan.xlsx' --user ada@example.com", "why Ada can, or can't, read it"],
    ['explain C --record KEY --user ada@example.com --html why.html', 'the same as a page'],
  ],
  worker: [['worker', 'settings from the environment, and from .env of the folder']],
  demo: [
    ['demo', 'stays up for a look around until Ctrl-C'],
    ['demo --once', 'ends by itself'],
  ],
  completion: [
    ['completion bash > ~/.local/share/bash-completion/completions/dropbox-teams', 'for new shells'],
    ['completion zsh > "${fpath[1]}/_dropbox-teams"', 'for new shells'],
    ['completion fish > ~/.config/fish/completions/dropbox-teams.fish', 'for new shells'],
  ],
};

/** The examples of a command as the end of its help. */
export function exampleText(command: string): string {
  const lines = (examples[command] ?? []).map(([line, what]) => `  # ${what}\n  dropbox-teams ${line}`);
  return `\nExamples:\n${lines.join('\n')}\n`;
}
