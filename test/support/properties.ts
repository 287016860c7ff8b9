import fc from 'fast-check';

/**
 * Properties are checked with the same values in each run. PROPERTY_SEED takes another seed, or `fresh` for one that no
 * run has had, which is printed; a property that fails prints its seed, too.
 */
const given = process.env['PROPERTY_SEED'] ?? '1';
const seed = given === 'fresh' ? Date.now() | 0 : Number(given);
if (!Number.isInteger(seed)) throw new Error(`PROPERTY_SEED is a whole number or "fresh", not "${given}"`);
if (given === 'fresh') process.stdout.write(`PROPERTY_SEED=${seed}\n`);
fc.configureGlobal({ seed });

export default fc;
