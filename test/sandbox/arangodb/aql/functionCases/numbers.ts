import type { FunctionCase } from './functionCase';

export const numberCases: readonly FunctionCase[] = [
  ['FLOOR(-1.5)', -2],
  ['CEIL(1.2)', 2],
  ['ROUND(2.5)', 3],
  ['ROUND(-2.5)', -2],
  ['ABS(-3)', 3],
  ['RAND() < 1', true],
];
