/** Whether this is the run of `npm run test:long`. `npm test` runs the short form of the same tests. */
const isLong = process.env['TEST_FORM'] === 'long';

/** What a test tries in each of the two forms. The long form tries all that the short one tries. */
export const form = <T>({ short, long }: { short: T; long: T }): T => (isLong ? long : short);
