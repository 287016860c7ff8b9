import type { FunctionCase } from './functionCase';

export const textCases: readonly FunctionCase[] = [
  ['CONCAT("a", null, 1, [1, 2], {b: 1})', 'a1[1,2]{"b":1}'],
  ['CONCAT(["a", null, "b"])', 'ab'],
  ['CONCAT_SEPARATOR("-", "a", null, "b")', 'a-b'],
  ['CONCAT_SEPARATOR("-", ["a", null, "b"])', 'a-b'],
  ['LOWER("ÄB")', 'äb'],
  ['UPPER("äb")', 'ÄB'],
  ['TRIM("  a ")', 'a'],
  ['TRIM("--a-", "-")', 'a'],
  ['SPLIT("a-b-c", "-")', ['a', 'b', 'c']],
  ['SPLIT("a-b+c", ["-", "+"], 2)', ['a', 'b']],
  ['SPLIT("ab", "")', ['a', 'b']],
  ['SPLIT("a")', ['a']],
  ['SUBSTITUTE("abab", "a", "x")', 'xbxb'],
  ['CONTAINS("abc", "b")', true],
  ['STARTS_WITH("abc", "ab")', true],
  ['STARTS_WITH("abc", ["x", "a"])', true],
  ['STARTS_WITH(1, "1")', false],
  ['LIKE("Abc", "a%")', false],
  ['LIKE("Abc", "a%", true)', true],
  ['REVERSE("ab😀")', '😀ba'],
];
