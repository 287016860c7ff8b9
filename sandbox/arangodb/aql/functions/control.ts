import { ArangoFailure } from '../../errors';
import { isTrue } from '../../values';
import { toText } from '../casts';
import type { FunctionGroup, Implementation } from './definition';

const assertion: Implementation = (_context, condition, text) => {
  if (!isTrue(condition)) throw new ArangoFailure(1593, toText(text));
  return true;
};

const warning: Implementation = (context, condition, text) => {
  if (isTrue(condition)) return true;
  context.warn(1594, toText(text));
  return false;
};

const pass: Implementation = (_context, value) => value;

/** Functions that control the query or describe the server. */
export const controlFunctions: FunctionGroup = {
  FAIL: [
    0,
    1,
    (_context, text) => {
      throw new ArangoFailure(1569, text === undefined ? 'FAIL(%s) called' : `FAIL(${toText(text)}) called`);
    },
    { deterministic: false },
  ],
  ASSERT: [2, 2, assertion, { deterministic: false }],
  WARN: [2, 2, warning, { deterministic: false }],
  NOOPT: [1, 1, pass, { deterministic: false }],
  NOEVAL: [1, 1, pass, { deterministic: false }],
  PASSTHRU: [1, 1, pass],
  V8: [1, 1, pass],
  CURRENT_DATABASE: [0, 0, (context) => context.view.databaseName],
  CURRENT_USER: [0, 0, () => 'root'],
  VERSION: [0, 0, () => '3.12.4'],
};
