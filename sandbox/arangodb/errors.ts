/**
 * ArangoDB's error numbers, each with its HTTP status and its default text. Numbers and statuses follow the mapping in
 * ArangoDB's source. A number that is not in the table answers 500.
 */

interface ErrorKind {
  readonly status: number;
  readonly text: string;
}

const kinds: Readonly<Record<number, ErrorKind>> = {
  4: { status: 500, text: 'internal error' },
  9: { status: 501, text: 'not implemented' },
  10: { status: 400, text: 'bad parameter' },
  11: { status: 403, text: 'forbidden' },
  17: { status: 400, text: 'type error' },
  18: { status: 500, text: 'lock timeout' },
  28: { status: 500, text: 'locked' },
  30: { status: 503, text: 'shutdown in progress' },
  32: { status: 500, text: 'resource limit exceeded' },
  400: { status: 400, text: 'bad parameter' },
  401: { status: 401, text: 'unauthorized' },
  404: { status: 404, text: 'not found' },
  405: { status: 405, text: 'method not supported' },
  412: { status: 412, text: 'precondition failed' },
  413: { status: 413, text: 'request entity too large' },
  600: { status: 400, text: 'invalid JSON object' },
  601: { status: 400, text: 'superfluous URL suffices' },
  1004: { status: 403, text: 'read only' },
  1005: { status: 409, text: 'duplicate identifier' },
  1200: { status: 409, text: 'conflict' },
  1202: { status: 404, text: 'document not found' },
  1203: { status: 404, text: 'collection or view not found' },
  1204: { status: 400, text: "parameter 'collection' not found" },
  1205: { status: 400, text: 'illegal document identifier' },
  1207: { status: 409, text: 'duplicate name' },
  1208: { status: 400, text: 'illegal name' },
  1210: { status: 409, text: 'unique constraint violated' },
  1212: { status: 404, text: 'index not found' },
  1213: { status: 400, text: 'cross collection request not allowed' },
  1218: { status: 400, text: 'collection type invalid' },
  1221: { status: 400, text: 'illegal document key' },
  1222: { status: 400, text: 'unexpected document key' },
  1226: { status: 400, text: 'missing document key' },
  1227: { status: 400, text: 'invalid document type' },
  1228: { status: 404, text: 'database not found' },
  1230: { status: 403, text: 'operation only allowed in system database' },
  1232: { status: 400, text: 'invalid key generator' },
  1233: { status: 400, text: 'edge attribute missing or invalid' },
  1500: { status: 410, text: 'query killed' },
  1501: { status: 400, text: 'syntax error' },
  1502: { status: 400, text: 'query is empty' },
  1504: { status: 400, text: 'number out of range' },
  1511: { status: 400, text: 'variable is assigned multiple times' },
  1512: { status: 400, text: 'unknown variable' },
  1522: { status: 400, text: 'too many collections' },
  1524: { status: 500, text: 'query too deeply nested' },
  1540: { status: 400, text: 'usage of unknown function' },
  1541: { status: 400, text: 'invalid number of arguments' },
  1542: { status: 400, text: 'invalid argument type' },
  1551: { status: 400, text: 'no value specified for declared bind parameter' },
  1552: { status: 400, text: 'bind parameter was not declared in the query' },
  1553: { status: 400, text: 'bind parameter has an invalid value or type' },
  1562: { status: 400, text: 'division by zero' },
  1563: { status: 400, text: 'array expected' },
  1568: { status: 400, text: 'collection used as expression operand' },
  1569: { status: 400, text: 'FAIL called' },
  1574: { status: 500, text: 'invalid aggregate expression' },
  1575: { status: 400, text: 'query options must be readable at query compile time' },
  1576: { status: 400, text: 'invalid options attribute' },
  1579: { status: 400, text: 'access after data-modification' },
  1582: { status: 404, text: 'function not found' },
  1591: { status: 404, text: 'query ID not found' },
  1593: { status: 500, text: 'assertion failed' },
  1600: { status: 404, text: 'cursor not found' },
  1601: { status: 409, text: 'cursor is busy' },
  1620: { status: 400, text: 'schema validation failed' },
  1621: { status: 400, text: 'invalid schema validation parameter' },
  1652: { status: 400, text: 'unregistered collection used in transaction' },
  1653: { status: 400, text: 'disallowed operation inside transaction' },
  1654: { status: 410, text: 'transaction aborted' },
  1655: { status: 404, text: 'transaction not found' },
  1920: { status: 400, text: 'multi use of edge collection in edge def' },
  1921: { status: 400, text: 'edge collection already used in edge def' },
  1922: { status: 400, text: 'missing graph name' },
  1923: { status: 400, text: 'malformed edge definition' },
  1924: { status: 404, text: 'graph not found' },
  1925: { status: 409, text: 'graph already exists' },
  1926: { status: 404, text: 'vertex collection does not exist or is not part of the graph' },
  1927: { status: 400, text: 'collection not a vertex collection' },
  1928: { status: 400, text: 'collection is not in list of orphan collections' },
  1929: { status: 400, text: 'collection already used in edge def' },
  1930: { status: 404, text: 'edge collection not used in graph' },
  1938: { status: 400, text: 'collection used in orphans' },
  1941: { status: 500, text: 'internal graph data corrupt' },
  1942: { status: 500, text: 'must not drop collection while part of graph' },
  1943: { status: 500, text: 'malformed orphan list' },
  1944: { status: 500, text: 'edge definition collection is a document collection' },
  1947: { status: 400, text: 'referenced vertex collection is not part of the graph' },
};

/** An error as ArangoDB reports it: a number and a text. The number determines the HTTP status. */
export class ArangoFailure extends Error {
  override readonly name = 'ArangoFailure';

  constructor(
    readonly errorNum: number,
    message?: string,
    /** Attributes of the error's body besides the four standard ones, such as the stored `_rev` of a conflict. */
    readonly details: Readonly<Record<string, unknown>> = {},
    /** The HTTP status of the answer. */
    readonly status: number = kinds[errorNum]?.status ?? 500,
  ) {
    super(message ?? errorText(errorNum));
  }
}

/** ArangoDB has this, the emulator does not. */
export const notSupported = (what: string): ArangoFailure =>
  new ArangoFailure(9, `${what} is not supported by this emulator`);

/** The stored revision is not the one that the client required. The document API answers this conflict with 412. */
export const preconditionFailed = (details: Readonly<Record<string, unknown>>): ArangoFailure =>
  new ArangoFailure(1200, 'conflict, _rev values do not match', details, 412);

/** The request carries no valid credentials. Its number is 11, as for a forbidden operation, but its status is 401. */
export const notAuthenticated = (): ArangoFailure =>
  new ArangoFailure(11, 'not authorized to execute this request', {}, 401);

/** The default text of this error number. */
export const errorText = (errorNum: number): string => kinds[errorNum]?.text ?? 'internal error';
