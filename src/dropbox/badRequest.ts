/**
 * Why Dropbox refuses a request with 400. Such an answer has no tags, only a text for people. These texts have been
 * recorded; any other one says that the request is malformed.
 */
export type BadRequestReason =
  { type: 'ScopeMissing'; scope: string } | { type: 'CredentialsRefused' | 'DropboxUnavailable'; advice: string };

/** The text names the scope where it is off in the app. One that only the authorization lacks is a 401. */
const SCOPE_OFF = /does not have the required scope '([\w.]+)'/;
/** In an outage of November 2022, it was the answer to routes that exist. */
const UNKNOWN_ROUTE = /: Unknown API function: /;
const APP_DISABLED = /: This app is currently disabled/;
/** Such an app can be linked with a team, and is refused by the routes of sharing. */
const APP_FOLDER = /: Your API app is an "App Folder" app/;

/** Reads the body of a 400; undefined if its text is not a known one. */
export function badRequestReason(body: unknown): BadRequestReason | undefined {
  if (typeof body !== 'string') return undefined;
  const scope = SCOPE_OFF.exec(body)?.[1];
  if (scope !== undefined) return { type: 'ScopeMissing', scope };
  if (UNKNOWN_ROUTE.test(body)) {
    return {
      type: 'DropboxUnavailable',
      advice: 'it does not know the route now; if this lasts, update the connector, since Dropbox may have retired it',
    };
  }
  if (APP_DISABLED.test(body)) {
    return { type: 'CredentialsRefused', advice: 'the app is disabled: look at its page in the App Console' };
  }
  if (APP_FOLDER.test(body)) {
    return {
      type: 'CredentialsRefused',
      advice:
        'the app reaches an app folder only: make another one in the App Console, with the access type Full Dropbox',
    };
  }
  return undefined;
}
