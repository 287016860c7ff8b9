/** The switches of the simulator as assumptions: is what was seen the value that the simulator has by default? */
import { defaultChoices, type Choices } from '../../../sandbox/dropbox/model';
import { holds, isProbable, notTried, type Assumption, type Outcome } from '../assumption';
import { eventProbes } from './eventProbes';
import { Other, Share, type Probe, type Subject } from './probe';
import { readProbes } from './readProbes';
import { streamProbes } from './streamProbes';
import { writeProbes } from './writeProbes';

type Probes = { [Name in keyof Choices]: Probe<Choices[Name]> };
type Seen = Choices[keyof Choices] | Other | Share;

const JOURNAL = 'it would need as many changes as a journal keeps';

const changing = { ...writeProbes, ...eventProbes };
const probes: Omit<Probes, 'journalLength'> = { ...readProbes, ...streamProbes, ...changing };

export const choiceAssumptions: readonly Assumption<Subject>[] = [
  ...Object.entries(probes).map(([name, { claim, see }]): Assumption<Subject> => {
    const assumed = defaultChoices[name as keyof Choices];
    return {
      name: `choices.${name}`,
      claim: `${claim}: ${assumed}`,
      writes: Object.hasOwn(changing, name),
      try: async (subject) => judge(name, assumed, await see(subject)),
    };
  }),
  {
    name: 'choices.journalLength',
    claim: `the number of changes after which a cursor is reset: ${defaultChoices.journalLength}`,
    writes: false,
    try: notTried(JOURNAL),
  },
];

function judge(name: string, assumed: Choices[keyof Choices], seen: Seen): Outcome {
  if (seen instanceof Other) return { outcome: 'differs', found: `${seen.found}, which ${name} can't be set to` };
  if (!(seen instanceof Share)) {
    return seen === assumed ? holds : { outcome: 'differs', found: `${seen}`, set: `${name}: ${setting(seen)}` };
  }
  const { count, of } = seen;
  if (of === 0) return { outcome: 'not tried', why: 'there is nothing to count' };
  if (isProbable(count, of, Number(assumed))) return holds;
  return { outcome: 'differs', found: `${count} of ${of}`, set: `${name}: ${Number((count / of).toFixed(3))}` };
}

const setting = (value: Choices[keyof Choices]): string => (typeof value === 'string' ? `'${value}'` : `${value}`);
