import type { FunctionCase } from './functionCase';

export const typeCases: readonly FunctionCase[] = [
  ['IS_NULL(null)', true],
  ['IS_BOOL(0)', false],
  ['IS_NUMBER(1)', true],
  ['IS_STRING("")', true],
  ['IS_ARRAY([])', true],
  ['IS_OBJECT({})', true],
  ['TYPENAME({})', 'object'],
  ['TO_BOOL("0")', true],
  ['TO_NUMBER(" 12.5 ")', 12.5],
  ['TO_NUMBER("12a")', 0],
  ['TO_NUMBER([[3]])', 3],
  ['TO_STRING(null)', ''],
  ['TO_STRING([1, "a"])', '[1,"a"]'],
  ['TO_STRING(1.5)', '1.5'],
  ['TO_ARRAY(null)', []],
  ['TO_ARRAY("a")', ['a']],
  ['NOT_NULL(null, 0, 1)', 0],
  ['NOT_NULL(null, null)', null],
  ['to_String(1)', '1'],
];
