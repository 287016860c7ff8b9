import type { Graph, StandaloneGraph } from './graph';
import type { Query } from './query';

/** One query of `readInOneRequest`, and the callback that receives its rows. */
export interface Part {
  query: Query<Record<string, unknown>, unknown>;
  vars: Record<string, unknown>;
  take: (row: unknown) => void;
}

/** Makes a part. `take` is called for each row, in order. */
export const part = <Vars extends Record<string, unknown>, Row>(
  query: Query<Vars, Row>,
  vars: Vars,
  take: (row: Row) => void,
): Part => ({ query: query, vars, take: take as Part['take'] });

/** Runs a query, with the parts of `more` in the same request, and returns its rows. */
export async function readWithParts<Vars extends Record<string, unknown>, Row>(
  graph: StandaloneGraph,
  query: Query<Vars, Row>,
  vars: Vars,
  more: readonly Part[],
): Promise<Row[]> {
  if (more.length === 0) return graph.run(query, vars);
  const rows: Row[] = [];
  await readInOneRequest(graph, [part(query, vars, (row) => void rows.push(row)), ...more]);
  return rows;
}

/**
 * Sends several queries that only read as one request, so that they see the graph at one moment. A bind value that
 * several of them use must be the same in each. `take` of each part gets its rows, part by part. Outside of a
 * transaction they arrive in batches, so that an answer does not grow with the team.
 */
export async function readInOneRequest(graph: Graph, parts: readonly Part[]): Promise<void> {
  const texts = parts.map(({ query }, at) => `LET part${at} = (${query.text})`);
  const rows = parts.map((_, at) => `(FOR row IN part${at} RETURN { part: ${at}, row })`);
  const text = `${texts.join('\n')}\nFOR row IN FLATTEN([${rows.join(', ')}])\n  RETURN row`;
  const vars = Object.fromEntries(parts.flatMap((one) => Object.entries(one.vars)));
  const query: Query<Record<string, unknown>, { part: number; row: unknown }> = {
    name: parts.map((one) => one.query.name).join(' + '),
    text,
    example: vars,
    writes: [],
  };
  const batches = isStandalone(graph) ? graph.stream(query, vars) : [await graph.run(query, vars)];
  for await (const batch of batches) for (const { part: at, row } of batch) parts[at]?.take(row);
}

const isStandalone = (graph: Graph): graph is StandaloneGraph => 'stream' in graph;
