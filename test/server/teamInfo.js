'use strict';
// Asks for the team through the built sources, in a child process with certificate authorities of its own. The arguments
// are the options of DropboxConnections and the credentials, as JSON.
const { DropboxConnections } = require('../../dist/src/dropbox');

const [options, credentials] = process.argv.slice(2).map((text) => JSON.parse(text));
new DropboxConnections(options)
  .session('c', credentials)
  .team.teamInfo()
  .then(
    ({ teamId }) => process.send({ teamId }),
    ({ type, message }) => process.send({ type, message }),
  );
