import type { async, files } from 'dropbox';
import { DropboxProblem, StoredContent } from '../../model';
import type { SessionStart } from '../arguments/files';
import { endpointError } from '../errors';
import { MAX_UPLOAD_BYTES } from '../requestBody';
import type { UploadCall, UserCall } from '../route';
import { refuseTemplates } from './files';

const JOB = 'files/upload_session/finish_batch';

/** The bytes of the request. Refuses too many of them, and bytes that do not have the given hash. */
function received({ body }: UploadCall, contentHash: string | undefined): Buffer {
  if (body.length > MAX_UPLOAD_BYTES) throw endpointError({ '.tag': 'payload_too_large' });
  if (contentHash !== undefined && contentHash !== new StoredContent(body.content).hash()) {
    throw endpointError({ '.tag': 'content_hash_mismatch' });
  }
  return body.content;
}

const ownerOf = (call: UserCall): string => call.actor.account.accountId;

export function start(call: UploadCall, arg: SessionStart): files.UploadSessionStartResult {
  const bytes = received(call, arg.content_hash);
  const kind = arg.session_type?.['.tag'] ?? 'sequential';
  if (kind === 'concurrent') {
    if (bytes.length > 0) throw endpointError({ '.tag': 'concurrent_session_data_not_allowed' });
    if (arg.close) throw endpointError({ '.tag': 'concurrent_session_close_not_allowed' });
  }
  return { session_id: call.simulator.uploads.start(ownerOf(call), kind, bytes, arg.close) };
}

export function startBatch(
  call: UserCall,
  arg: { num_sessions: number } & Pick<SessionStart, 'session_type'>,
): files.UploadSessionStartBatchResult {
  const kind = arg.session_type?.['.tag'] ?? 'sequential';
  const startOne = (): string => call.simulator.uploads.start(ownerOf(call), kind, Buffer.alloc(0), false);
  return { session_ids: Array.from({ length: arg.num_sessions }, startOne) };
}

/** The first version, which can't close the session. */
export function append(call: UploadCall, cursor: files.UploadSessionCursor): void {
  appendV2(call, { cursor, close: false });
}

export function appendV2(call: UploadCall, arg: files.UploadSessionAppendArg & { close: boolean }): void {
  const bytes = received(call, arg.content_hash);
  const error = call.simulator.uploads.append(ownerOf(call), arg.cursor, bytes, arg.close);
  if (error) throw endpointError(error);
}

interface AppendBatch {
  entries: { cursor: files.UploadSessionCursor; length: number; close: boolean }[];
  content_hash?: string;
}

/** The body holds the pieces of all entries in their order. One entry that fails does not affect the others. */
export function appendBatch(call: UploadCall, arg: AppendBatch): files.UploadSessionAppendBatchResult {
  const bytes = received(call, arg.content_hash);
  const total = arg.entries.reduce((sum, { length }) => sum + length, 0);
  if (total !== bytes.length) throw endpointError({ '.tag': 'length_mismatch' });
  let at = 0;
  const entries = arg.entries.map(({ cursor, length, close }): files.UploadSessionAppendBatchResultEntry => {
    const piece = bytes.subarray(at, (at += length));
    const failure = call.simulator.uploads.append(ownerOf(call), cursor, piece, close);
    return failure ? { '.tag': 'failure', failure } : { '.tag': 'success' };
  });
  return { entries };
}

export function finish(call: UploadCall, arg: files.UploadSessionFinishArg): files.FileMetadata {
  const saved = commit(call, arg, received(call, arg.content_hash));
  if ('error' in saved) throw endpointError(saved.error);
  return saved.metadata;
}

type Saved = { metadata: files.FileMetadata } | { error: files.UploadSessionFinishError };

function commit(call: UserCall, arg: files.UploadSessionFinishArg, bytes: Buffer): Saved {
  const { uploads } = call.simulator;
  const finished = uploads.finish(ownerOf(call), arg.cursor, bytes);
  if ('error' in finished) return finished;
  try {
    refuseTemplates(arg.commit);
    const metadata = call.company.files.upload(call.actor, arg.commit, finished.content);
    uploads.committed(ownerOf(call), arg.cursor.session_id);
    return { metadata };
  } catch (error) {
    if (!(error instanceof DropboxProblem)) throw error;
    return { error: error.error as files.UploadSessionFinishError };
  }
}

/** The first version: always a job. It takes effect at once. */
export function finishBatch(
  call: UserCall,
  arg: files.UploadSessionFinishBatchArg,
): files.UploadSessionFinishBatchLaunch {
  return { '.tag': 'async_job_id', async_job_id: call.simulator.jobs.start(JOB, finishBatchV2(call, arg)) };
}

export function finishBatchV2(
  call: UserCall,
  arg: files.UploadSessionFinishBatchArg,
): files.UploadSessionFinishBatchResult {
  return { entries: arg.entries.map((entry) => finishOne(call, entry)) };
}

function finishOne(call: UserCall, entry: files.UploadSessionFinishArg): files.UploadSessionFinishBatchResultEntry {
  if (!call.simulator.uploads.isClosed(ownerOf(call), entry.cursor.session_id)) {
    return { '.tag': 'failure', failure: { '.tag': 'lookup_failed', lookup_failed: { '.tag': 'not_closed' } } };
  }
  const saved = commit(call, entry, Buffer.alloc(0));
  return 'error' in saved ? { '.tag': 'failure', failure: saved.error } : { '.tag': 'success', ...saved.metadata };
}

export function finishBatchCheck(call: UserCall, arg: async.PollArg): files.UploadSessionFinishBatchJobStatus {
  const status = call.simulator.jobs.poll<files.UploadSessionFinishBatchResult>(JOB, arg.async_job_id);
  if (!status) throw endpointError({ '.tag': 'invalid_async_job_id' });
  // The fields of the result are beside the tag, because it is a struct.
  return status['.tag'] === 'complete' ? { '.tag': 'complete', ...status.complete } : status;
}
