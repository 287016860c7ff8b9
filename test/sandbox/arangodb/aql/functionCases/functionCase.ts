/** An expression and its value. */
export type FunctionCase = readonly [expression: string, value: unknown];
