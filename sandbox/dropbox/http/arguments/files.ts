import {
  bool,
  integer,
  list,
  none,
  nullable,
  openUnion,
  string,
  struct,
  tagged,
  tags,
  timestamp,
  union,
  withDefault,
  type Infer,
} from '../schema';
import { listPath, readPath, rev, revisionsPath, writePath, writePathOrId } from './paths';

const templateFilter = openUnion({ filter_some: list(string({ min: 1, pattern: '(/|ptid:).*' }), { min: 1 }) });
const propertyGroup = struct({
  template_id: string({ min: 1, pattern: '(/|ptid:).*' }),
  fields: list(struct({ name: string(), value: string() })),
});

export const listFolder = struct({
  path: listPath,
  recursive: withDefault(bool, false),
  include_media_info: withDefault(bool, false),
  include_deleted: withDefault(bool, false),
  include_has_explicit_shared_members: withDefault(bool, false),
  include_mounted_folders: withDefault(bool, true),
  limit: nullable(integer(1, 2000)),
  shared_link: nullable(struct({ url: string(), password: nullable(string()) })),
  include_property_groups: nullable(templateFilter),
  include_non_downloadable_files: withDefault(bool, true),
  include_restorable_info: withDefault(bool, false),
});
export type ListFolder = Infer<typeof listFolder>;

export const cursor = struct({ cursor: string({ min: 1 }) });

export const longpoll = struct({ cursor: string({ min: 1 }), timeout: withDefault(integer(30, 480), 30) });

export const getMetadata = struct({
  // For this route, Dropbox recognises the empty string as the root, although its pattern does not allow it.
  path: { read: (path) => readPath.read(path === '' ? '/' : path) },
  include_media_info: withDefault(bool, false),
  include_deleted: withDefault(bool, false),
  include_has_explicit_shared_members: withDefault(bool, false),
  include_property_groups: nullable(templateFilter),
});

export const onePath = struct({ path: readPath });
export const download = struct({ path: readPath, rev: nullable(rev) });
export const exportFile = struct({ path: readPath, export_format: nullable(string()) });

export const listRevisions = struct({
  path: revisionsPath,
  mode: withDefault(tags('path', 'id'), tagged('path')),
  limit: withDefault(integer(1, 100), 10),
  before_rev: nullable(rev),
  include_restorable_info: withDefault(bool, false),
});

const commitInfo = {
  path: writePathOrId,
  mode: withDefault(union({ add: none, overwrite: none, update: rev }), tagged('add')),
  autorename: withDefault(bool, false),
  client_modified: nullable(timestamp),
  mute: withDefault(bool, false),
  property_groups: nullable(list(propertyGroup)),
  strict_conflict: withDefault(bool, false),
};
const content_hash = nullable(string({ min: 64, max: 64 }));
export const upload = struct({ ...commitInfo, content_hash });

const session_type = nullable(tags('sequential', 'concurrent'));
const close = withDefault(bool, false);
const length = integer(0, Number.MAX_SAFE_INTEGER);
export const sessionCursor = struct({ session_id: string(), offset: length });
export const sessionStart = struct({ close, session_type, content_hash });
export type SessionStart = Infer<typeof sessionStart>;
export const sessionStartBatch = struct({ session_type, num_sessions: integer(1, 1000) });
export const sessionAppend = struct({ cursor: sessionCursor, close, content_hash });
export const sessionAppendBatch = struct({
  entries: list(struct({ cursor: sessionCursor, length, close }), { max: 1000 }),
  content_hash,
});
export const sessionFinish = struct({ cursor: sessionCursor, commit: struct(commitInfo), content_hash });
export const sessionFinishBatch = struct({ entries: list(sessionFinish, { max: 1000 }) });
export const asyncJob = struct({ async_job_id: string({ min: 1 }) });

export const createFolder = struct({ path: writePath, autorename: withDefault(bool, false) });
export const deletePath = struct({ path: writePathOrId, parent_rev: nullable(rev) });
export const relocation = struct({
  from_path: writePathOrId,
  to_path: writePathOrId,
  allow_shared_folder: withDefault(bool, false),
  autorename: withDefault(bool, false),
  allow_ownership_transfer: withDefault(bool, false),
});
export const restore = struct({ path: writePath, rev });
