import { z } from 'zod';
import { syncFiltersSchema } from '../sync/filters';
import { DropboxTeamsError } from './errors';

/** ArangoDB's rule for keys: the connector's id is the key of its app in PipesHub, the organization's of its document. */
const key = z.string().regex(/^[A-Za-z0-9_\-.@()+,=;$!*'%:]{1,200}$/, 'has to be the key of a document in PipesHub');
const secret = z.string().trim().min(1).max(1000);

export const connectorIdSchema = key;

const brakeSchema = z.strictObject({
  /** 0 to 1. */
  share: z.number().min(0).max(1),
  items: z.int().nonnegative(),
});

export const newConnectorSchema = z.strictObject({
  orgId: key,
  connectorId: key,
  appKey: secret,
  appSecret: secret,
  /** Absent: `authorize` gets it afterwards. */
  refreshToken: secret.optional(),
  strategy: z.enum(['manual', 'scheduled', 'webhook']).optional(),
  /** 15m, 30m, 1h, 4h, any number of minutes from 5 to 1440, or a cron expression. Default for scheduled: 1h. */
  every: z.string().optional(),
  batchSize: z.int().min(1).max(1000).default(100),
  filters: syncFiltersSchema.default({}),
  brake: brakeSchema.default({ share: 0.2, items: 100 }),
});
export type NewConnector = z.input<typeof newConnectorSchema>;

export const settingsSchema = z.strictObject({
  batchSize: z.int().min(1).max(1000).optional(),
  filters: syncFiltersSchema.optional(),
  brake: brakeSchema.optional(),
});
export type ConnectorSettings = z.input<typeof settingsSchema>;

export const credentialsSchema = z.strictObject({
  appKey: secret.optional(),
  appSecret: secret.optional(),
  refreshToken: secret.optional(),
});
export type NewCredentials = z.input<typeof credentialsSchema>;

export const syncOptionsSchema = z.strictObject({
  mode: z.enum(['auto', 'full', 'incremental']).optional(),
  dryRun: z.boolean().optional(),
  /** team_member_ids. */
  members: z.array(z.string().min(1).max(200)).max(1000).optional(),
  reason: z.enum(['manual', 'schedule', 'webhook', 'retry']).optional(),
  /** How long to wait for a worker to take the request. */
  answerWithinSeconds: z.number().positive().max(600).default(30),
});
export type SyncOptions = z.input<typeof syncOptionsSchema>;

export const decisionSchema = z.strictObject({ namespaceId: z.string().min(1).optional() });

/** As many as PipesHub asks for at once, ten times over; a workflow's input stays small. */
export const recordKeysSchema = z.array(z.string().min(1).max(254)).min(1).max(1000);

export const recordKeySchema = z.string().min(1).max(254);
export const rangeSchema = z
  .string()
  .regex(/^bytes=(\d+-\d*|-\d+)$/, 'has to be one range of bytes, such as bytes=0-1023');

/** Parses an argument of the client. @throws InvalidArgument that names what is wrong, without the value */
export function checked<T>(schema: z.ZodType<T>, value: unknown, name: string): T {
  const parsed = schema.safeParse(value);
  if (parsed.success) return parsed.data;
  const issues = parsed.error.issues.map((issue) => {
    const at = [name, ...issue.path].filter((part) => part !== '').join('.');
    return `${at}: ${issue.message}`;
  });
  throw new DropboxTeamsError('InvalidArgument', issues.join('; '), { details: { issues } });
}
