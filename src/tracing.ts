import type { AgentOptions } from 'node:http';
import { SpanStatusCode, trace, type Attributes } from '@opentelemetry/api';
import type { OpenTelemetryPlugin } from '@temporalio/interceptors-opentelemetry';

/** Spans of this process, with those of Temporal's client, workflows and activities, on their way to a collector. */
export interface Tracing {
  /** For Temporal's client and worker. */
  plugin: OpenTelemetryPlugin;
  /** Sends the spans that wait. */
  close(): Promise<void>;
}

/** How long the last spans may take to arrive. Without a limit, a collector that does not answer takes up to 30 seconds. */
const LAST_SPANS_MS = 2_000;
/** How long a batch of spans may take, whatever the collector does with the connection. */
const BATCH_MS = 5_000;

/**
 * Sends spans to the OpenTelemetry collector at a URL; without a URL there are none. The packages are loaded only then,
 * since they take 20 MB and a fraction of a second.
 */
export async function startTracing(url: string | undefined): Promise<Tracing | undefined> {
  if (url === undefined) return undefined;
  const { Resource } = await import('@opentelemetry/resources');
  const { BatchSpanProcessor, NodeTracerProvider } = await import('@opentelemetry/sdk-trace-node');
  const { OTLPTraceExporter } = await import('@opentelemetry/exporter-trace-otlp-http');
  const interceptors = await import('@temporalio/interceptors-opentelemetry');
  const resource = new Resource({ 'service.name': 'dropbox-teams' });
  const ended = new AbortController();
  // The agent passes the signal to its sockets, which would keep the process as long as the collector does not answer.
  const httpAgentOptions = { signal: ended.signal } as AgentOptions;
  const exporter = new OTLPTraceExporter({ url: `${url.replace(/\/+$/, '')}/v1/traces`, httpAgentOptions });
  const spanProcessor = new BatchSpanProcessor(exporter, { exportTimeoutMillis: BATCH_MS });
  const provider = new NodeTracerProvider({ resource, spanProcessors: [spanProcessor] });
  provider.register();
  return {
    plugin: new interceptors.OpenTelemetryPlugin({ resource, spanProcessor }),
    // A collector that does not answer must neither delay the end of the process nor make it fail.
    close: async () => {
      const late = setTimeout(() => ended.abort(), LAST_SPANS_MS);
      await provider.shutdown().catch(() => undefined);
      clearTimeout(late);
    },
  };
}

/** Does work within a span. Without tracing this costs nothing. No message of an error enters the span. */
export function inSpan<T>(name: string, attributes: Attributes, work: () => Promise<T>): Promise<T> {
  return trace.getTracer('dropbox-teams').startActiveSpan(name, { attributes }, async (span) => {
    try {
      return await work();
    } catch (error) {
      span.setStatus({ code: SpanStatusCode.ERROR });
      throw error;
    } finally {
      span.end();
    }
  });
}
