import { ArangoFailure, errorText } from '../../errors';
import type { OverwriteMode } from '../../storage/types';
import { isPlainObject } from '../../values';
import type { Exchange, Reply } from '../exchange';
import { removeAll } from './collections';

/** One line of an import: a document, the reason why it is invalid, or an empty line. */
type Line = { readonly doc: unknown } | { readonly failure: string } | 'empty';

const MODES: Readonly<Record<string, OverwriteMode>> = {
  error: 'conflict',
  update: 'update',
  replace: 'replace',
  ignore: 'ignore',
};

/** `/_api/import`: inserts many documents. Errors are only counted, unless `complete` is set. */
export async function bulkImport(exchange: Exchange): Promise<Reply> {
  if (exchange.path.length > 0) throw exchange.unknownPath();
  if (exchange.method !== 'POST') throw exchange.wrongMethod();
  const name = exchange.query.get('collection');
  if (name === null) throw new ArangoFailure(1204, 'parameter "collection" not found');
  const collection = exchange.database.get(name);
  const lines = linesOf(exchange.text, exchange.query.get('type') ?? '');
  const overwriteMode = MODES[exchange.query.get('onDuplicate') ?? 'error'] ?? 'conflict';
  const complete = exchange.flag('complete', false);
  const prefix = prefixer(exchange);
  const counts = { created: 0, errors: 0, empty: 0, updated: 0, ignored: 0 };
  const details: string[] = [];
  await exchange.write([name], (transaction) => {
    if (exchange.flag('overwrite', false)) removeAll(transaction, name);
    lines.forEach((line, position) => {
      if (line === 'empty') {
        counts.empty++;
        return;
      }
      try {
        if ('failure' in line) throw new ArangoFailure(600, line.failure);
        const doc = collection.isEdge ? prefix(line.doc) : line.doc;
        const result = transaction.insert(name, doc, { overwriteMode, keepNull: true });
        if (result.ignored === true) counts.ignored++;
        else if (result.oldRev !== undefined) counts.updated++;
        else counts.created++;
      } catch (error) {
        if (!(error instanceof ArangoFailure)) throw error;
        // The text has neither the index nor the key.
        const { errorNum } = error;
        if (complete) throw errorNum === 1210 ? new ArangoFailure(1210) : error;
        counts.errors++;
        details.push(`at position ${position + 1}: ${reasonOf(line, errorNum, error.message)}`);
      }
    });
  });
  const wanted = exchange.flag('details', false) ? { details } : {};
  return { status: 201, body: { error: false, ...counts, ...wanted } };
}

function reasonOf(line: Exclude<Line, 'empty'>, errorNum: number, message: string): string {
  if ('failure' in line) return message;
  const document = `, offending document: ${JSON.stringify(line.doc)}`;
  if (errorNum === 1233) return `missing '_from' or '_to' attribute${document}`;
  return `creating document failed with error '${errorText(errorNum)}'${document}`;
}

function linesOf(text: string, type: string): Line[] {
  switch (type) {
    case 'documents':
      return documentLines(text);
    case 'list':
    case 'array':
      return listLines(text);
    case 'auto':
      return text.trimStart().startsWith('[') ? listLines(text) : documentLines(text);
    case '':
      return tableLines(text);
    default:
      throw new ArangoFailure(10, "invalid value for 'type'");
  }
}

function rawLines(text: string): string[] {
  const lines = text.split('\n').map((line) => line.trim());
  // A line break at the end does not begin another line.
  if (lines[lines.length - 1] === '') lines.pop();
  return lines;
}

const documentLines = (text: string): Line[] =>
  rawLines(text).map((line): Line => (line === '' ? 'empty' : parsed(line)));

function parsed(line: string): { doc: unknown } | { failure: string } {
  try {
    return { doc: JSON.parse(line) as unknown };
  } catch (error) {
    return { failure: error instanceof Error ? error.message : 'invalid JSON' };
  }
}

function listLines(text: string): Line[] {
  const list = parsed(text);
  if ('failure' in list) throw new ArangoFailure(600, list.failure);
  if (!Array.isArray(list.doc)) throw new ArangoFailure(400, 'expecting a JSON array in the request');
  return list.doc.map((doc: unknown) => ({ doc }));
}

/** The first line lists the attribute names, each further line their values. */
function tableLines(text: string): Line[] {
  const [header, ...rows] = rawLines(text);
  const names = parsed(header ?? '');
  if (!('doc' in names) || !Array.isArray(names.doc) || !names.doc.every((name) => typeof name === 'string')) {
    throw new ArangoFailure(400, 'no JSON array of attribute names found in the first line');
  }
  const attributes = names.doc;
  return rows.map((row): Line => {
    if (row === '') return 'empty';
    const line = parsed(row);
    if ('failure' in line) return line;
    if (!Array.isArray(line.doc) || line.doc.length !== attributes.length) {
      return { failure: 'the number of values differs from the number of attributes' };
    }
    const values = line.doc as unknown[];
    return { doc: Object.fromEntries(attributes.map((name, i) => [name, values[i]])) };
  });
}

/** Adds the request's fromPrefix and toPrefix to the `_from` and `_to` of edges. */
function prefixer(exchange: Exchange): (doc: unknown) => unknown {
  const from = exchange.query.get('fromPrefix');
  const to = exchange.query.get('toPrefix');
  const withPrefix = (prefix: string | null, value: unknown): unknown =>
    prefix === null || typeof value !== 'string' ? value : `${prefix.replace(/\/$/, '')}/${value}`;
  return (doc) => {
    if (!isPlainObject(doc) || (from === null && to === null)) return doc;
    return { ...doc, _from: withPrefix(from, doc['_from']), _to: withPrefix(to, doc['_to']) };
  };
}
