/** The metrics that a PromQL expression reads. @throws Error for an expression that Prometheus would refuse */
export async function metricsIn(expression: string): Promise<string[]> {
  const { parser } = await import('@prometheus-io/lezer-promql');
  const names: string[] = [];
  parser.parse(expression).iterate({
    enter: ({ type, from, to, node }) => {
      if (type.isError) throw new Error(`not PromQL at ${from}: ${expression}`);
      if (type.name === 'Identifier' && node.parent?.name === 'VectorSelector') names.push(expression.slice(from, to));
    },
  });
  if (names.length === 0) throw new Error(`no metric in: ${expression}`);
  return names;
}
