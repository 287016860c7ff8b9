import fc from 'fast-check';
import { seedFrom } from './seeds';

/** Properties are checked with the same values in each run; PROPERTY_SEED takes others. */
fc.configureGlobal({ seed: seedFrom('PROPERTY_SEED', process.env['PROPERTY_SEED'], 1) });

export default fc;
