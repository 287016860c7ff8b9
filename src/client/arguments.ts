import { z } from 'zod';
import { keyPattern } from '../contract/checks';
import { DropboxTeamsError } from '../DropboxTeamsError';
import { syncFiltersSchema } from '../sync/filters';

/** Of a connector's app, or of an organization. */
const key = z.string().regex(keyPattern, 'has to be the key of a document in PipesHub');
const secret = z
  .string()
  .trim()
  .min(1, 'is empty')
  .max(1000, 'is longer than any that Dropbox gives out')
  .regex(/^[\x20-\x7e]*$/, 'has a line break, or another character that none of Dropbox has');

/** A filter that matches nothing is almost certainly a mistake, and would delete every record. */
const filtersSchema = syncFiltersSchema.superRefine((filters, context) => {
  const { extensions, modifiedAfter, modifiedBefore, createdAfter, createdBefore } = filters;
  const refuse = (name: string, message: string): void => context.addIssue({ code: 'custom', path: [name], message });
  if (extensions?.values.length === 0) refuse('extensions', 'names no extension');
  if (extensions?.values.includes('')) refuse('extensions', 'holds an empty extension');
  if (isNever(modifiedAfter, modifiedBefore)) refuse('modifiedAfter', 'is not before modifiedBefore');
  if (isNever(createdAfter, createdBefore)) refuse('createdAfter', 'is not before createdBefore');
});

const isNever = (after: number | undefined, before: number | undefined): boolean =>
  after !== undefined && before !== undefined && after > before;

const batchSize = z.int().min(1, 'is at least 1').max(1000, 'is at most 1000');

const brakeSchema = z.strictObject({
  /** 0 to 1. */
  share: z.number().min(0).max(1),
  items: z.int().nonnegative(),
});

/** Argument of `createConnector`. */
export const newConnectorSchema = z.strictObject({
  orgId: key,
  connectorId: key,
  appKey: secret,
  appSecret: secret,
  /** Absent if `authorize` gets it afterwards. */
  refreshToken: secret.optional(),
  strategy: z.enum(['manual', 'scheduled', 'webhook']).optional(),
  /** 15m, 30m, 1h, 4h, any number of minutes from 5 to 1440, or a cron expression. Default for scheduled: 1h. */
  every: z.string().optional(),
  batchSize: batchSize.default(100),
  filters: filtersSchema.default({}),
  brake: brakeSchema.default({ share: 0.2, items: 100 }),
});
export type NewConnector = z.input<typeof newConnectorSchema>;

/** Argument of `setSettings`: what is absent stays as it is. */
export const settingsSchema = z.strictObject({
  batchSize: batchSize.optional(),
  filters: filtersSchema.optional(),
  brake: brakeSchema.optional(),
});
export type ConnectorSettings = z.input<typeof settingsSchema>;

/** Argument of `setCredentials`: what is absent stays as it is. */
export const credentialsSchema = z.strictObject({
  appKey: secret.optional(),
  appSecret: secret.optional(),
  refreshToken: secret.optional(),
});
export type NewCredentials = z.input<typeof credentialsSchema>;

/** team_member_ids that a notification names. */
export const namedMembersSchema = z.array(z.string().min(1).max(200));

/** Options of `runSync`. */
export const syncOptionsSchema = z.strictObject({
  mode: z.enum(['auto', 'full', 'incremental']).optional(),
  dryRun: z.boolean().optional(),
  members: namedMembersSchema.max(1000).optional(),
  reason: z.enum(['manual', 'schedule', 'webhook', 'retry', 'pipeshub']).optional(),
  /** How long to wait for a worker to accept the request. */
  answerWithinSeconds: z.number().positive().max(600).default(30),
});
export type SyncOptions = z.input<typeof syncOptionsSchema>;

/** Options of `runIncrementalSync`: those of `runSync`, whose mode can't be another one. */
export const incrementalOptionsSchema = syncOptionsSchema.extend({ mode: z.literal('incremental').optional() });

/** Options of `restoreSchedules`. */
export const restoreOptionsSchema = z.strictObject({
  /** Leaves a Schedule that is there as it is, paused by hand for instance. */
  missingOnly: z.boolean().optional(),
});
export type RestoreOptions = z.input<typeof restoreOptionsSchema>;

/** Arguments of `isInCharge`. */
export const leaseSchema = z.strictObject({
  of: key.max(100),
  holder: z.string().min(1).max(100),
  forSeconds: z.number().positive(),
});

/**
 * An option without which a call does more: it reads for everyone, or decides everything. Undefined does not count as
 * absent there, since a value that a program failed to find would widen the call.
 */
const narrowing = <T extends z.ZodType>(schema: T): z.ZodExactOptional<T> => schema.exactOptional();

/** Argument of `approve` and `reject`. Without a namespace it is for all that is held. */
export const decisionSchema = z.strictObject({ namespaceId: narrowing(z.string().min(1, 'is empty')) });

/** Argument of `setSchedule`; see `parseEvery`. */
export const everySchema = z.string({ error: 'is text such as 15m, 4h, a cron expression, or manual' });

/** Options of `beginAuthorization`. */
export const authorizationSchema = z.strictObject({
  redirectUri: z.string().refine(isWebAddress, 'is not a web address such as http://localhost:8765/dropbox/authorized'),
  usePkce: z.boolean().default(true),
  /** Replaces the stored one, after a new secret was made for the app. */
  appSecret: secret.optional(),
  apiUrl: z.url().optional(),
});
export type AuthorizationOptions = z.input<typeof authorizationSchema>;

export function isWebAddress(text: string): boolean {
  return URL.canParse(text) && /^https?:$/.test(new URL(text).protocol);
}

/** Argument of `explain`: a user, and an item by its path or by the key of its record. */
export const explainSchema = z
  .strictObject({
    user: z.string().trim().min(1, 'is empty'),
    path: z.string().optional(),
    record: z.string().optional(),
  })
  .superRefine(({ path, record }, context) => {
    const refuse = (message: string): void => context.addIssue({ code: 'custom', path: [], message });
    if ((path === undefined) === (record === undefined)) refuse('give either a path or a record');
    if (path !== undefined && /^(ns:[^/]*)?\/*$/.test(path.trim())) refuse('the path names no item');
    if (record === '') refuse('the record is empty');
  });

/** Options of `verify`. */
export const verifySchema = z.strictObject({
  sample: z.int('is a whole number').min(1, 'is at least 1').optional(),
  progress: z.custom<(done: number, total: number) => void>(isFunction, 'is not a function').optional(),
  random: z.custom<() => number>(isFunction, 'is not a function').optional(),
  repair: z.boolean().optional(),
});

function isFunction(value: unknown): boolean {
  return typeof value === 'function';
}

export const recordKeySchema = z.string().min(1).max(254);
/** Ten times as many as PipesHub requests at once. The limit keeps the input of a workflow small. */
export const recordKeysSchema = z.array(recordKeySchema).min(1).max(1000);

export const userIdSchema = z.string().min(1);
/** A range of bytes, in the form of the HTTP header Range. */
export const rangeSchema = z
  .string()
  .regex(/^bytes=(\d+-\d*|-\d+)$/, 'has to be one range of bytes, such as bytes=0-1023')
  .refine(isForward, 'ends before it begins');

function isForward(range: string): boolean {
  const [, first, last] = /^bytes=(\d+)-(\d+)$/.exec(range) ?? [];
  return first === undefined || Number(first) <= Number(last);
}

/** Options of `streamRecord`. */
export const contentSchema = z.strictObject({
  range: rangeSchema.optional(),
  userId: narrowing(userIdSchema),
  signal: z.instanceof(AbortSignal).optional(),
});

/** Options of `getSignedUrl`. */
export const linkSchema = contentSchema.pick({ userId: true });

/** Checks an argument of the client. @throws InvalidArgument, which says what is wrong without the value */
export function checked<T>(schema: z.ZodType<T>, value: unknown, name: string): T {
  const foreign = foreignKind(value);
  if (foreign !== null) {
    const message = `is a ${foreign}, not a plain object`;
    throw new DropboxTeamsError('InvalidArgument', name === '' ? `the argument ${message}` : `${name}: ${message}`);
  }
  const parsed = schema.safeParse(value);
  if (parsed.success) return parsed.data;
  const issues = parsed.error.issues.map((issue) => {
    const at = [name, ...issue.path].filter((part) => part !== '').join('.');
    return at === '' ? issue.message : `${at}: ${issue.message}`;
  });
  throw new DropboxTeamsError('InvalidArgument', issues.join('; '), { details: { issues } });
}

/**
 * The kind of an object that holds nothing under names of its own: the Promise of a forgotten `await`, a Map, a Date. As
 * an object of options it would count as an empty one, and a content would be read without the user whom it names.
 */
function foreignKind(value: unknown): string | null {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return null;
  const kind = Object.prototype.toString.call(value).slice('[object '.length, -1);
  return kind === 'Object' ? null : kind;
}

/** The id of a connector, checked. @throws InvalidArgument */
export const connectorIdOf = (value: string): string => checked(key, value, 'connectorId');

/** An object without its undefined fields. */
type Given<T> = { [Name in keyof T]: Exclude<T[Name], undefined> };

/** Does what `checked` does, for an object of options: an undefined option counts as absent. */
export function checkedOptions<T extends object>(schema: z.ZodType<T>, value: unknown, name: string): Given<T> {
  const given = Object.entries(checked(schema, value, name)).filter(([, option]) => option !== undefined);
  return Object.fromEntries(given) as Given<T>;
}
