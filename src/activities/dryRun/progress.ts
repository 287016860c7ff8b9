import type { NamespacePreview } from '../../contract/sync';

const CHANGES = ['added', 'updated', 'deleted', 'granted', 'revoked'] as const;
/** The result of a dry run names at most this many namespaces, since it enters a workflow history. */
const MAX_PREVIEWS = 500;

/** What is previewed so far. It is the heartbeat of the activity, so that a later attempt continues from there. */
export interface PreviewProgress {
  /** The last namespace that was previewed, in the order of their ids. `''` before the first one. */
  after: string;
  counts: Record<(typeof CHANGES)[number], number>;
  /** The `MAX_PREVIEWS` namespaces with the largest changes. Those without any change are left out. */
  previews: NamespacePreview[];
}
export const nothingPreviewed: PreviewProgress = {
  after: '',
  counts: { added: 0, updated: 0, deleted: 0, granted: 0, revoked: 0 },
  previews: [],
};

/** Adds previews of more namespaces. `after` stays as it is. */
export function withPreviews(before: PreviewProgress, more: readonly NamespacePreview[]): PreviewProgress {
  const counts = { ...before.counts };
  for (const preview of more) for (const change of CHANGES) counts[change] += preview[change];
  const size = (preview: NamespacePreview): number => CHANGES.reduce((sum, change) => sum + preview[change], 0);
  const changing = [...before.previews, ...more].filter((preview) => size(preview) > 0);
  const previews = changing.sort((a, b) => size(b) - size(a)).slice(0, MAX_PREVIEWS);
  return { ...before, counts, previews };
}
