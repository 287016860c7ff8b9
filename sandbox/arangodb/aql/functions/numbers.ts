import { finite, toNumber } from '../casts';
import type { FunctionGroup, Implementation } from './definition';

const ofNumber =
  (compute: (x: number) => number): Implementation =>
  (_context, value) =>
    finite(compute(toNumber(value)));

const ofTwo =
  (compute: (x: number, y: number) => number): Implementation =>
  (_context, left, right) =>
    finite(compute(toNumber(left), toNumber(right)));

/** Arithmetic functions of one or two numbers. */
export const numberFunctions: FunctionGroup = {
  FLOOR: [1, 1, ofNumber(Math.floor)],
  CEIL: [1, 1, ofNumber(Math.ceil)],
  ROUND: [1, 1, ofNumber((x) => Math.floor(x + 0.5))],
  ABS: [1, 1, ofNumber(Math.abs)],
  SQRT: [1, 1, ofNumber(Math.sqrt)],
  POW: [2, 2, ofTwo(Math.pow)],
  LOG: [1, 1, ofNumber(Math.log)],
  LOG2: [1, 1, ofNumber(Math.log2)],
  LOG10: [1, 1, ofNumber(Math.log10)],
  EXP: [1, 1, ofNumber(Math.exp)],
  EXP2: [1, 1, ofNumber((x) => 2 ** x)],
  SIN: [1, 1, ofNumber(Math.sin)],
  COS: [1, 1, ofNumber(Math.cos)],
  TAN: [1, 1, ofNumber(Math.tan)],
  ASIN: [1, 1, ofNumber(Math.asin)],
  ACOS: [1, 1, ofNumber(Math.acos)],
  ATAN: [1, 1, ofNumber(Math.atan)],
  ATAN2: [2, 2, ofTwo(Math.atan2)],
  DEGREES: [1, 1, ofNumber((x) => (x * 180) / Math.PI)],
  RADIANS: [1, 1, ofNumber((x) => (x * Math.PI) / 180)],
  PI: [0, 0, () => Math.PI],
  RAND: [0, 0, () => Math.random(), { deterministic: false }],
};
