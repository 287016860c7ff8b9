import type { NamespaceDocument, NotSeen } from './syncDocuments';

/** A run that does not see something. */
export interface Miss extends NotSeen {
  /**
   * How long after the first miss another one confirms it, ms. Runs may follow each other within seconds, and an answer
   * that is wrong for a minute would be wrong in both of them.
   */
  confirmAfter: number;
}

/** Whether an earlier run did not see it either, long enough ago. */
export const isConfirmed = (before: NotSeen | undefined, { runId, since, confirmAfter }: Miss): boolean =>
  before !== undefined && before.runId !== runId && since - before.since >= confirmAfter;

/**
 * What is stored about something that is not seen: the first miss. A miss in the future was written by a wrong clock,
 * and is replaced.
 */
export const firstMiss = (before: NotSeen | undefined, { runId, since }: Miss): NotSeen =>
  before && before.since <= since ? before : { runId, since };

/**
 * What is stored when a listing leaves something out: the first of the listings that follow each other too closely to
 * confirm it. Once that one is old enough, it confirms what it left out too, and this listing is stored instead, for
 * what only later listings leave out.
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
 * What remains held in a namespace once its member list was asked for: no revocations. If its members were never read,
 * no one could see it before, so what was held was its removal, which is now moot.
 */
export const heldOnceSeen = ({
  membersReadAt,
  held,
}: Removal): Pick<NamespaceDocument, 'held' | 'heldRevocations'> => ({
  held: membersReadAt === null ? null : held,
  heldRevocations: null,
});

/** What remains held in a namespace that no one can see: its removal, if no one could see it before either. */
export const heldWhileUnseen = ({ membersReadAt, held }: Removal): Pick<NamespaceDocument, 'held'> => ({
  held: membersReadAt === null ? held : null,
});

/** What is stored of a namespace that no one sees, until a later run confirms that it is gone: it grants nothing. */
export const awaitingConfirmation = ({ notSeen }: Pick<NamespaceDocument, 'notSeen'>, run: Miss) => ({
  principals: [],
  problem: 'no one who was asked can see it; a later run has to confirm that it is gone',
  notSeen: firstMiss(notSeen, run),
});

/**
 * The document of a namespace that someone can see again, without the fields that say otherwise. They are not set to
 * null, since an absent field and a null one differ in a stored document.
 */
export const nowSeen = ({ unseenBy: _asked, ...namespace }: NamespaceDocument): NamespaceDocument =>
  withoutNotSeen(namespace);

/** The document of a namespace that no longer counts as not seen. */
export const withoutNotSeen = ({ notSeen: _run, ...namespace }: NamespaceDocument): NamespaceDocument => namespace;
