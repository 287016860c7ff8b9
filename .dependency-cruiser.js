const noCycles = (folder, severity) => ({
  name: `no-cycles-in-${folder}`,
  comment: 'In a cycle no file can be understood before the others.',
  severity,
  from: { path: `^${folder}/` },
  to: { circular: true },
});

/** @type {import('dependency-cruiser').IConfiguration} */
module.exports = {
  forbidden: [noCycles('src', 'error'), noCycles('sandbox', 'warn')],
  options: {
    tsConfig: { fileName: 'tsconfig.json' },
    // Imports of types count.
    tsPreCompilationDeps: true,
    doNotFollow: { path: 'node_modules' },
  },
};
