import path from 'node:path';

/** The bundle, which is built once before all tests. The path starts at the working directory: benchmarks run a compiled copy. */
export const WORKFLOW_BUNDLE = { codePath: path.resolve('dist', 'workflow-bundle.js') };
