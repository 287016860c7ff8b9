import type { FunctionCase } from './functionCase';

export const controlCases: readonly FunctionCase[] = [
  ['NOOPT(1)', 1],
  ['DATE_NOW() > 1e12', true],
  ['ASSERT(true, "no")', true],
];
