import type { files } from 'dropbox';
import { BadArgument, DropboxProblem, exportedExtension, StoredContent, type Company, type Content } from '../../model';
import type { ListFolder } from '../arguments/files';
import { endpointError } from '../errors';
import { MAX_UPLOAD_BYTES } from '../requestBody';
import type { AnonymousCall, Download, UploadCall, UserCall } from '../route';

/** Refuses property groups, because the company has no templates, and shared links, which are not simulated. */
function refuseUnsupported(arg: ListFolder): void {
  const [template] = arg.include_property_groups?.filter_some ?? [];
  if (template !== undefined) throw endpointError({ '.tag': 'template_error', template_error: noTemplate(template) });
  if (arg.shared_link === undefined) return;
  if (arg.recursive) throw new BadArgument('recursive: not supported for a shared link');
  throw endpointError({ '.tag': 'path', path: { '.tag': 'not_found' } });
}

const noTemplate = (id: string) => ({ '.tag': 'template_not_found' as const, template_not_found: id });

export function listFolder(call: UserCall, arg: ListFolder): files.ListFolderResult {
  refuseUnsupported(arg);
  return call.company.files.listFolder(call.actor, arg);
}

export function listFolderContinue(call: UserCall, arg: { cursor: string }): files.ListFolderResult {
  return call.company.files.listFolderContinue(call.actor, arg.cursor);
}

export function getLatestCursor(call: UserCall, arg: ListFolder): files.ListFolderGetLatestCursorResult {
  refuseUnsupported(arg);
  return call.company.files.getLatestCursor(call.actor, arg);
}

/**
 * Answers as soon as the cursor's stream has changes, and at the latest after the client's timeout plus the jitter that
 * Dropbox adds to spread the clients' requests.
 */
export async function longpoll(
  call: AnonymousCall,
  arg: { cursor: string; timeout: number },
): Promise<files.ListFolderLongpollResult> {
  const waitMs = (arg.timeout + Math.random() * call.simulator.longpollJitterSeconds) * 1000;
  const ended = AbortSignal.any([call.closed, AbortSignal.timeout(waitMs)]);
  while (!ended.aborted) {
    if (call.company.files.hasChanges(arg.cursor)) return { changes: true };
    await nextChange(call.company, ended);
  }
  return { changes: false };
}

/** Resolves after the next change of any account, or when the signal is aborted. */
function nextChange(company: Company, ended: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    const finish = (): void => {
      stopWatching();
      ended.removeEventListener('abort', finish);
      resolve();
    };
    const stopWatching = company.onChange(finish);
    ended.addEventListener('abort', finish);
  });
}

export function getTemporaryLink(call: UserCall, arg: { path: string }): files.GetTemporaryLinkResult {
  const { metadata, content } = call.company.files.download(call.actor, arg.path);
  if (metadata.is_downloadable === false) throw endpointError({ '.tag': 'unsupported_file' });
  return { metadata, link: call.baseUrl + call.simulator.temporaryLinks.create(metadata.name, content) };
}

export function download(call: UserCall, arg: files.DownloadArg): Download<files.FileMetadata> {
  const path = arg.rev === undefined ? arg.path : `rev:${arg.rev}`;
  const { metadata, content } = call.company.files.download(call.actor, path);
  if (metadata.is_downloadable === false) throw endpointError({ '.tag': 'unsupported_file' });
  return { result: metadata, content, etag: metadata.rev };
}

export function exportFile(call: UserCall, arg: files.ExportArg): Download<files.ExportResult> {
  const { metadata, content } = call.company.files.download(call.actor, arg.path);
  if (metadata.is_downloadable !== false) throw endpointError({ '.tag': 'non_exportable' });
  const extension = exportedExtension(metadata.name, arg.export_format);
  if (extension === undefined) throw endpointError({ '.tag': 'invalid_export_format' });
  const name = metadata.name.replace(/\.[^.]*$/, '') + extension;
  const export_metadata: files.ExportMetadata = { name, size: content.size, export_hash: content.hash() };
  return { result: { export_metadata, file_metadata: metadata }, content, etag: metadata.rev };
}

export function refuseTemplates(arg: files.CommitInfo): void {
  const [group] = arg.property_groups ?? [];
  if (!group) return;
  const error: files.UploadSessionFinishErrorPropertiesError = {
    '.tag': 'properties_error',
    properties_error: noTemplate(group.template_id),
  };
  throw new DropboxProblem(error);
}

export function upload(call: UploadCall, arg: files.UploadArg): files.FileMetadata {
  if (call.body.length > MAX_UPLOAD_BYTES) throw endpointError({ '.tag': 'payload_too_large' });
  refuseTemplates(arg);
  const content: Content = new StoredContent(call.body.content);
  if (arg.content_hash !== undefined && arg.content_hash !== content.hash()) {
    throw endpointError({ '.tag': 'content_hash_mismatch' });
  }
  try {
    return call.company.files.upload(call.actor, arg, content);
  } catch (error) {
    if (!(error instanceof DropboxProblem) || !isWriteRefusal(error.error)) throw error;
    // "Data has already been uploaded to the corresponding upload session": the client can finish it at another path.
    const owner = call.actor.account.accountId;
    const upload_session_id = call.simulator.uploads.start(owner, 'sequential', call.body.content, false);
    throw endpointError({ '.tag': 'path', reason: error.error.path, upload_session_id });
  }
}

function isWriteRefusal(error: { '.tag': string }): error is files.UploadSessionFinishErrorPath {
  return error['.tag'] === 'path';
}
