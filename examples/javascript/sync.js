// Starts or joins a sync and follows its progress: `node --env-file=.env examples/javascript/sync.js CONNECTOR`, with the
// settings of the worker in .env, or in the environment.
'use strict';
const { setTimeout: delay } = require('node:timers/promises');
const { ConfigError, DropboxTeamsClient, DropboxTeamsError, loadConfig } = require('dropbox-teams');

async function main(connectorId) {
  const client = DropboxTeamsClient.connect(loadConfig(process.env));
  try {
    const run = await client.runSync(connectorId);
    console.error(`${run.answer} ${run.workflowId}`);
    let ended = false;
    const result = run.result().finally(() => (ended = true));
    while (!ended) {
      const progress = await run.progress();
      if (progress)
        console.error(`${progress.phase}: ${progress.namespaces.done}/${progress.namespaces.total} namespaces`);
      await Promise.race([result, delay(500)]);
    }
    const outcome = await result;
    console.log(JSON.stringify(outcome));
    process.exitCode = outcome.status === 'failed' ? 1 : 0;
  } catch (error) {
    if (!(error instanceof DropboxTeamsError)) throw error;
    console.error(`${error.code}: ${error.message}`);
    process.exitCode = 1;
  } finally {
    await client.close();
  }
}

if (process.argv[2] === undefined) {
  console.error('usage: sync.js CONNECTOR');
  process.exitCode = 2;
} else {
  main(process.argv[2]).catch((error) => {
    if (!(error instanceof ConfigError)) throw error;
    console.error(error.message);
    process.exitCode = 2;
  });
}
