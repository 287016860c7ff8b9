'use strict';

/** Node's own modules, packages, files of folders further up (the farthest first), files of the same folder. */
function rankOf(specifier) {
  if (specifier.startsWith('node:')) return 0;
  if (!specifier.startsWith('.')) return 1;
  if (!specifier.startsWith('../')) return 1000;
  return 900 - specifier.split('../').length;
}

function compare(one, other) {
  const [a, b] = [one.source.value, other.source.value];
  if (rankOf(a) !== rankOf(b)) return rankOf(a) - rankOf(b);
  const [x, y] = [a.toLowerCase(), b.toLowerCase()];
  return x === y ? 0 : x < y ? -1 : 1;
}

/** Imports that follow each other. One without names is there for its effect, so nothing moves across it. */
function runsOf(body) {
  const runs = [[]];
  for (const node of body) {
    if (node.type === 'ImportDeclaration' && node.specifiers.length > 0) runs.at(-1).push(node);
    else runs.push([]);
  }
  return runs.filter((run) => run.length > 1);
}

/** ESLint rule: one order of imports, by where they come from and then by name. `eslint --fix` sorts them. */
const importOrder = {
  meta: {
    type: 'layout',
    fixable: 'code',
    schema: [],
    messages: { order: '"{{name}}" is imported too late: run eslint --fix' },
  },
  create: ({ sourceCode, report }) => ({
    Program({ body }) {
      for (const run of runsOf(body)) {
        const sorted = [...run].sort(compare);
        const at = sorted.findIndex((node, index) => node !== run[index]);
        if (at === -1) continue;
        const first = run[0].range[0];
        const last = run.at(-1).range[1];
        // A comment belongs to one of the imports; which one, a person has to say.
        const hasComments = sourceCode.getAllComments().some(({ range }) => range[0] > first && range[1] < last);
        report({
          node: sorted[at],
          messageId: 'order',
          data: { name: sorted[at].source.value },
          fix: hasComments
            ? null
            : (fixer) =>
                fixer.replaceTextRange([first, last], sorted.map((node) => sourceCode.getText(node)).join('\n')),
        });
      }
    },
  }),
};

module.exports = { plugin: { rules: { 'import-order': importOrder } } };
