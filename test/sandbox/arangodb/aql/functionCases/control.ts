import type { FunctionCase } from './functionCase';

export const controlCases: readonly FunctionCase[] = [
  ['NOOPT(1)', 1],
  ['NOEVAL(1)', 1],
  ['PASSTHRU(1)', 1],
  ['V8(1)', 1],
  ['ASSERT(true, "no")', true],
  ['WARN(1 == 2, "odd")', false],
  ['CURRENT_DATABASE()', 'test'],
  ['CURRENT_USER()', 'root'],
  ['STARTS_WITH(VERSION(), "3.12.")', true],
];
