import path from 'node:path';

/** Built once before all tests. From the project's folder: benchmarks run a compiled copy of this file. */
export const WORKFLOW_BUNDLE = { codePath: path.resolve('dist', 'workflow-bundle.js') };
