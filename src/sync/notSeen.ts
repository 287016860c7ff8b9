import type { NamespaceDocument, NotSeen } from './syncDocuments';

/** A run that does not see something. */
export interface Miss extends NotSeen {
  /**
   * How long after the first miss another one confirms it, ms. Runs may follow each other within seconds, and what is
   * wrong for a minute would be wrong for both of them.
   */
  confirmAfter: number;
}

/** Whether an earlier run did not see it either, long enough ago. */
export const isConfirmed = (before: NotSeen | undefined, { runId, since, confirmAfter }: Miss): boolean =>
  before !== undefined && before.runId !== runId && since - before.since >= confirmAfter;

/** What is stored of what is not seen: the first miss. One that lies ahead is that of a clock which was wrong. */
export const firstMiss = (before: NotSeen | undefined, { runId, since }: Miss): NotSeen =>
  before && before.since <= since ? before : { runId, since };

/**
 * What is stored of a listing that leaves something out: the first one of those that follow each other too closely. Once
 * that one is confirmed, what only later ones leave out counts from this one.
 */
export const leftOutSince = (
  before: NamespaceDocument['leftOut'],
  generation: string,
  run: Miss,
): NonNullable<NamespaceDocument['leftOut']> =>
  before && before.since <= run.since && !isConfirmed(before, run)
    ? before
    : { runId: run.runId, since: run.since, generation };

type Removal = Pick<NamespaceDocument, 'membersReadAt' | 'held'>;

/**
 * What is held of a namespace whose member list can be read, or not: no revocations. Where its members were never read, no
 * one could see it before, and its removal was held: that has come to nothing.
 */
export const heldOnceSeen = ({
  membersReadAt,
  held,
}: Removal): Pick<NamespaceDocument, 'held' | 'heldRevocations'> => ({
  held: membersReadAt === null ? null : held,
  heldRevocations: null,
});

/** What is held of a namespace that no one can see: its removal, if no one could see it before either. */
export const heldWhileUnseen = ({ membersReadAt, held }: Removal): Pick<NamespaceDocument, 'held'> => ({
  held: membersReadAt === null ? held : null,
});
