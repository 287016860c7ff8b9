import { LIE_KINDS, type FaultRule } from '../../sandbox/dropbox/http/faults';

/** How an answer is falsified, apart from lists without end, and from values that are tried one field at a time. */
const LIES = LIE_KINDS.filter((kind) => !['endless', 'odd-field', 'extreme-field'].includes(kind));
/** What a listing or the audit log leaves out or adds can't be noticed, unless the whole answer is broken. */
const UNNOTICEABLE = '^(files/list_folder|team_log/get_events)';
const NOTICEABLE = `^(?!oauth2|${UNNOTICEABLE.slice(1)})`;

/** Rules that falsify this share of Dropbox's answers, in all ways that a reader can notice. */
export const liesAtRate = (share: number): FaultRule[] => [
  ...LIES.map((kind) => ({ route: NOTICEABLE, kind: { '.tag': kind }, rate: share / LIES.length })),
  { route: UNNOTICEABLE, kind: { '.tag': 'half-body' }, rate: share },
];
