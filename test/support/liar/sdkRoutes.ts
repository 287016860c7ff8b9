import { readdirSync, readFileSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import ts from 'typescript';

/** A field of a route's answer. */
export interface SdkField {
  /** Names joined by dots, through the items of lists. */
  path: string;
  isOptional: boolean;
  /** Whether the value, or each item of the list, is a union with tags. */
  isUnion: boolean;
}

/** A route of Dropbox that the project calls, as the official SDK declares it. */
export interface SdkRoute {
  name: string;
  fields: SdkField[];
  /** Tags of the documented errors, for example `path.not_found`. */
  errors: string[];
}

/** The code that calls Dropbox. The path starts at the working directory: benchmarks run a compiled copy. */
export const DROPBOX_SOURCES = resolve('src/dropbox');
const SDK = dirname(require.resolve('dropbox/package.json'));
const MAX_DEPTH = 4;
const MAX_ERROR_DEPTH = 3;
/** The details of an audit event have hundreds of types, none of which is read by name. */
const NOT_DESCENDED = new Set(['details', 'property_groups']);

/** All routes that a source file of `src/dropbox` calls through a client of the SDK. */
export function calledRoutes(): SdkRoute[] {
  const methods = calledMethods();
  const program = ts.createProgram([join(SDK, 'types/index.d.ts')], { strict: true, noEmit: true });
  const checker = program.getTypeChecker();
  const source = program.getSourceFile(join(SDK, 'types/index.d.ts')) as ts.SourceFile;
  const names = routeNames();
  const declared = new Map<string, ts.MethodDeclaration>();
  const visit = (node: ts.Node): void => {
    if (ts.isMethodDeclaration(node)) declared.set(node.name.getText(), node);
    else ts.forEachChild(node, visit);
  };
  visit(source);
  return [...methods].sort().map((method) => {
    const declaration = declared.get(method);
    const name = names.get(method);
    if (!declaration || name === undefined) throw new Error(`the SDK has no route ${method}`);
    const response = typeArgument(
      checker,
      typeArgument(checker, checker.getTypeAtLocation(declaration.type as ts.Node)),
    );
    return { name, fields: fieldsOf(checker, response), errors: errorsOf(checker, source, declaration) };
  });
}

function calledMethods(): Set<string> {
  const methods = new Set<string>();
  for (const file of readdirSync(DROPBOX_SOURCES)) {
    const text = readFileSync(join(DROPBOX_SOURCES, file), 'utf8');
    for (const [, method = ''] of text.matchAll(/\bclient\.([a-z][A-Za-z0-9]+)\(/g)) methods.add(method);
  }
  return methods;
}

/** The route of each method of the client, from the SDK's own code: its type declarations do not name it. */
function routeNames(): Map<string, string> {
  const text = readFileSync(join(SDK, 'cjs/lib/routes.js'), 'utf8');
  const calls = text.matchAll(
    /routes\.(\w+) = function \([^)]*\) \{\s*(?:\/\/[^\n]*\s*)*return this\.request\('([^']+)'/g,
  );
  return new Map([...calls].map(([, method = '', name = '']) => [method, name]));
}

const typeArgument = (checker: ts.TypeChecker, type: ts.Type): ts.Type =>
  (type.aliasTypeArguments ?? checker.getTypeArguments(type as ts.TypeReference))[0] as ts.Type;

/** The type itself, or that of its items; null and undefined are left out. */
function itemType(checker: ts.TypeChecker, type: ts.Type): ts.Type {
  const present = checker.getNonNullableType(type);
  return checker.isArrayType(present) ? itemType(checker, typeArgument(checker, present)) : present;
}

const tagOf = (type: ts.Type): ts.Symbol | undefined => type.getProperty('.tag');
const membersOf = (type: ts.Type): readonly ts.Type[] => (type.isUnion() ? type.types : [type]);
const isTagged = (type: ts.Type): boolean => membersOf(type).every((member) => tagOf(member) !== undefined);

function fieldsOf(checker: ts.TypeChecker, answer: ts.Type): SdkField[] {
  const fields = new Map<string, SdkField>();
  const visit = (type: ts.Type, prefix: string, depth: number): void => {
    for (const member of membersOf(itemType(checker, type))) {
      if ((member.flags & ts.TypeFlags.Object) === 0) continue;
      for (const property of checker.getPropertiesOfType(member)) {
        if (property.name === '.tag') continue;
        const path = `${prefix}${property.name}`;
        const inner = checker.getTypeOfSymbol(property);
        const item = itemType(checker, inner);
        const isOptional = (property.flags & ts.SymbolFlags.Optional) !== 0;
        if (!fields.has(path)) fields.set(path, { path, isOptional, isUnion: isTagged(item) });
        if (depth < MAX_DEPTH && !NOT_DESCENDED.has(property.name)) visit(inner, `${path}.`, depth + 1);
      }
    }
  };
  visit(answer, '', 1);
  return [...fields.values()];
}

function errorsOf(checker: ts.TypeChecker, source: ts.SourceFile, method: ts.MethodDeclaration): string[] {
  const text = source.text.slice(method.pos, method.getStart());
  const [, space, name] = /DropboxResponseError<\s*(?:\*\s*)?(\w+)\.(\w+)>/.exec(text) ?? [];
  if (space === undefined || name === undefined) return [];
  const module = checker.getSymbolAtLocation(source) as ts.Symbol;
  const namespace = checker.getExportsOfModule(module).find((symbol) => symbol.name === space);
  if (!namespace) throw new Error(`the SDK has no namespace ${space}`);
  const error = namespace.exports?.get(name as ts.__String);
  if (!error) throw new Error(`the SDK has no error ${space}.${name}`);
  const tags: string[] = [];
  const visit = (type: ts.Type, prefix: string, depth: number): void => {
    for (const member of membersOf(type)) {
      const tagSymbol = tagOf(member);
      const tag = tagSymbol && checker.getTypeOfSymbol(tagSymbol);
      if (!tag?.isStringLiteral()) continue;
      const value = member.getProperty(tag.value);
      const inner = value && checker.getNonNullableType(checker.getTypeOfSymbol(value));
      if (inner && isTagged(inner) && depth < MAX_ERROR_DEPTH) visit(inner, `${prefix}${tag.value}.`, depth + 1);
      else tags.push(`${prefix}${tag.value}`);
    }
  };
  visit(checker.getDeclaredTypeOfSymbol(error), '', 1);
  return tags;
}
