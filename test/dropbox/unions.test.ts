import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import type { sharing } from 'dropbox';
import ts from 'typescript';
import { hasTag, tagOf, unions } from '../../src/dropbox/unions';

const SOURCE = join(__dirname, '..', '..', 'src', 'dropbox');
/** Reads the tags of errors, whatever union they are of: a tag that no rule names is an unexpected answer. */
const ERRORS = 'errors.ts';
/** Requests, in which the connector chooses the tag. */
const REQUESTS = ['caller.ts', 'content.ts', 'authorization.ts', 'auth.ts'];

const files = readdirSync(SOURCE).filter((name) => name.endsWith('.ts') && name !== ERRORS);
const program = ts.createProgram(
  files.map((name) => join(SOURCE, name)),
  { strict: true, noEmit: true, skipLibCheck: true, module: ts.ModuleKind.Node16, target: ts.ScriptTarget.ES2022 },
);
const checker = program.getTypeChecker();

/** The tags of a union that the SDK declares; null for any other type. */
function tagsOf(type: ts.Type): string[] | null {
  const members = checker.getNonNullableType(type);
  const variants = members.isUnion() ? members.types : [members];
  const tags = new Set<string>();
  for (const variant of variants) {
    const tag = variant.getProperty('.tag');
    const declaration = tag?.valueDeclaration;
    if (!tag || !declaration?.getSourceFile().fileName.includes('dropbox_types')) return null;
    const tagType = checker.getTypeOfSymbol(tag);
    for (const literal of tagType.isUnion() ? tagType.types : [tagType]) {
      if (!literal.isStringLiteral()) return null;
      tags.add(literal.value);
    }
  }
  return [...tags].sort();
}

const visit = (node: ts.Node, each: (node: ts.Node) => void): void => {
  each(node);
  ts.forEachChild(node, (child) => visit(child, each));
};

interface Use {
  at: string;
  tags: string;
}

/** Every union of the SDK with several tags that the code takes out of an answer, by property or by name. */
function unionsRead(): Use[] {
  const uses: Use[] = [];
  for (const name of files.filter((file) => ![...REQUESTS, 'unions.ts'].includes(file))) {
    const source = program.getSourceFile(join(SOURCE, name));
    if (!source) throw new Error(`${name} is not compiled`);
    visit(source, (node) => {
      if (!ts.isPropertyAccessExpression(node) && !ts.isIdentifier(node)) return;
      if (ts.isIdentifier(node) && ts.isTypeReferenceNode(node.parent)) return;
      const tags = tagsOf(checker.getTypeAtLocation(node));
      if (tags && tags.length > 1) uses.push({ at: `${name}: ${node.getText()}`, tags: tags.join() });
    });
  }
  return uses;
}

it('every union that the connector reads in an answer of Dropbox is in the table', () => {
  const known = new Set(Object.values(unions).map((tags) => Object.keys(tags).sort().join()));
  const uses = unionsRead();
  // Narrowed by a look at one tag, a value is of a part of its union.
  const isKnown = ({ tags }: Use): boolean => {
    const read = tags.split(',');
    return [...known].some((all) => read.every((tag) => all.split(',').includes(tag)));
  };
  expect(new Set(uses.map(({ tags }) => tags)).size).toBeGreaterThanOrEqual(Object.keys(unions).length - 1);
  expect(uses.filter((use) => !isKnown(use)).map(({ at }) => at)).toEqual([]);
});

it('no code looks at a tag of an answer in another way', () => {
  const found: string[] = [];
  for (const name of files.filter((file) => file !== 'unions.ts')) {
    const source = program.getSourceFile(join(SOURCE, name));
    if (!source) throw new Error(`${name} is not compiled`);
    visit(source, (node) => {
      if (!ts.isElementAccessExpression(node) || !ts.isStringLiteral(node.argumentExpression)) return;
      if (node.argumentExpression.text === '.tag' && tagsOf(checker.getTypeAtLocation(node.expression))) {
        found.push(`${name}: ${node.getText()}`);
      }
    });
  }
  expect(found).toEqual([]);
});

it.each(Object.keys(unions) as (keyof typeof unions)[])(
  'a tag of %s that is unknown, or no tag at all, is the one explicit value',
  (union) => {
    for (const tag of Object.keys(unions[union])) expect(tagOf(union, { '.tag': tag })).toBe(tag);
    const malformed = [{ '.tag': 'added_next_year' }, { '.tag': 7 }, { '.tag': 'toString' }, {}, null, undefined];
    for (const value of malformed) expect(tagOf(union, value as { '.tag': string })).toBe('other');
  },
);

it('a value with an unknown tag has none of the known ones', () => {
  const level = (tag: string) => ({ '.tag': tag }) as sharing.AccessLevel;
  expect(hasTag('accessLevel', level('owner'), 'owner')).toBe(true);
  expect(hasTag('accessLevel', level('supervisor'), 'owner')).toBe(false);
});
