import { ArangoFailure } from '../errors';
import { isLegalName } from '../storage/names';
import { ownValue, isPlainObject, setAttribute } from '../values';
import type { Binary, IndexAccess, ParsedQuery, QuerySyntax, Syntax, Unary } from './ast';
import type { Bindings } from './bindings';
import { compileExpression, type EvaluationContext } from './evaluate';
import { queryFailure, syntaxFailure } from './failure';
import { functions, hasOneMore, isUnsupported } from './functions';
import { constantOptions, type OptionsOf, unknownOptions } from './options';
import type { Expression, QueryWarning, Variable } from './plan';
import { partsOf } from './references';
import { AccessOrder, Scope, Slots } from './scope';

/** The number of the warning for an option that an operation does not have. */
export const UNKNOWN_OPTION = 1576;

/** Functions whose first argument is a collection's name, with or without quotes. */
const namesCollectionFirst: ReadonlySet<string> = new Set(['DOCUMENT', 'IS_SAME_COLLECTION', 'COLLECTION_COUNT']);

/** Functions of any value that count the documents of a collection. */
const countsCollection: ReadonlySet<string> = new Set(['LENGTH', 'COUNT']);

/**
 * Resolves expressions: distinguishes variables from collections, inserts bind values and checks calls. Subqueries are
 * resolved by the class that extends this one.
 */
export abstract class ExpressionResolver {
  protected readonly slots = new Slots();
  protected readonly order = new AccessOrder();
  protected readonly warnings: QueryWarning[] = [];
  protected scope = new Scope(this.slots, undefined);
  /** Names that a COLLECT is about to declare. It cannot use them itself, even if a collection has such a name. */
  protected undeclared: ReadonlySet<string> = new Set();
  /** In how many operands that are not always evaluated the current expression is. */
  protected branches = 0;
  /** Variables for the current elements of enclosing expansions, innermost last. */
  private readonly elements: Variable[] = [];

  constructor(
    protected readonly query: ParsedQuery,
    protected readonly bindings: Bindings,
    private readonly hasCollection: (name: string) => boolean,
  ) {}

  protected abstract subquery(query: QuerySyntax): Expression;

  /** The name of an existing collection. Throws 1203 if it does not exist, 1208 if the name is illegal. */
  protected existing(name: string): string {
    if (!isLegalName(name)) {
      throw queryFailure(1208, `illegal name: ${name}`, 'parsing');
    }
    if (!this.hasCollection(name)) {
      throw new ArangoFailure(1203, `collection or view not found: ${name}`);
    }
    return name;
  }

  protected resolve(syntax: Syntax): Expression {
    switch (syntax.kind) {
      case 'constant':
        return syntax;
      case 'name':
        return this.name(syntax);
      case 'parameter':
        if (syntax.ofCollection) throw collectionInExpression(this.bindings.text(`@${syntax.name}`));
        return constant(this.bindings.value(syntax.name));
      case 'attribute':
        return attribute(this.resolve(syntax.base), syntax.name);
      case 'boundAttribute':
        return this.bindings.path(syntax.parameter).reduce(attribute, this.resolve(syntax.base));
      case 'index':
        return this.folded({ kind: 'index', base: this.resolve(syntax.base), index: this.resolve(syntax.index) });
      case 'array':
        return array(syntax.items.map((item) => this.resolve(item)));
      case 'object':
        return this.object(syntax.entries);
      case 'unary':
        return this.folded({ kind: 'unary', operator: syntax.operator, operand: this.resolve(syntax.operand) });
      case 'binary': {
        const { operator } = syntax;
        const left = this.resolve(syntax.left);
        const right = operator === '&&' || operator === '||' ? this.branch(syntax.right) : this.resolve(syntax.right);
        return this.folded({ kind: 'binary', operator, left, right });
      }
      case 'ternary': {
        const condition = this.resolve(syntax.condition);
        const then = syntax.then === undefined ? undefined : this.branch(syntax.then);
        return { kind: 'ternary', condition, then, otherwise: this.branch(syntax.otherwise) };
      }
      case 'call':
        return this.call(syntax.name, syntax.args);
      case 'subquery':
        return this.subquery(syntax.query);
      case 'parenthesized':
        return this.resolve(syntax.inner);
      case 'element':
        return { kind: 'variable', variable: this.elements.at(-1) as Variable };
      case 'expansion': {
        const base = this.resolve(syntax.base);
        const element = this.slots.variable('CURRENT');
        this.elements.push(element);
        const filter = syntax.filter === undefined ? undefined : this.resolve(syntax.filter);
        const rest = this.resolve(syntax.rest);
        this.elements.pop();
        return { kind: 'expansion', base, element, filter, rest };
      }
    }
  }

  /** Resolves an operand that is only evaluated if another one has a certain value. */
  private branch(syntax: Syntax): Expression {
    this.branches++;
    const expression = this.resolve(syntax);
    this.branches--;
    return expression;
  }

  protected optionsOf(syntax: Syntax | undefined, operation: OptionsOf): Readonly<Record<string, unknown>> {
    const options = constantOptions(syntax === undefined ? undefined : this.resolve(syntax));
    for (const message of unknownOptions(operation, options)) this.warnings.push({ code: UNKNOWN_OPTION, message });
    return options;
  }

  /** The value of an expression, or undefined if it is known only when the query runs. */
  protected number(syntax: Syntax): unknown {
    if (syntax.kind === 'parameter' && !syntax.ofCollection) return this.bindings.value(syntax.name);
    const value = this.resolve(syntax);
    return value.kind === 'constant' ? value.value : undefined;
  }

  private folded(expression: IndexAccess<Expression> | Unary<Expression> | Binary<Expression>): Expression {
    return foldConstants(expression, (warning) => this.warnings.push(warning));
  }

  private name(syntax: Syntax & { kind: 'name' }): Expression {
    const variable = this.variable(syntax.name);
    if (variable !== undefined) return { kind: 'variable', variable };
    if (syntax.shorthand) {
      const problem = `use of unknown variable '${syntax.name}' in object literal`;
      throw syntaxFailure(this.query.text, syntax.position, problem, 1512);
    }
    if (this.undeclared.has(syntax.name)) {
      const problem = `use of unknown variable '${syntax.name}' in the COLLECT that declares it`;
      throw syntaxFailure(this.query.text, syntax.position, problem, 1512);
    }
    throw collectionInExpression(this.existing(syntax.name));
  }

  /** The collection that a syntax names, in a place where a collection is allowed. Undefined for anything else. */
  protected collectionIn(syntax: Syntax): string | undefined {
    if (syntax.kind === 'parenthesized') return this.collectionIn(syntax.inner);
    let name: string | undefined;
    if (syntax.kind === 'parameter' && syntax.ofCollection) name = this.bindings.text(`@${syntax.name}`);
    else if (syntax.kind === 'name' && this.variable(syntax.name) === undefined) name = syntax.name;
    if (name !== undefined) this.order.reads(this.existing(name));
    return name;
  }

  private variable(name: string): Variable | undefined {
    return this.scope.find(name) ?? (name === 'CURRENT' ? this.elements.at(-1) : undefined);
  }

  private object(entries: readonly { name: string | Syntax; value: Syntax }[]): Expression {
    const resolved = entries.map(({ name, value }) => ({
      name: typeof name === 'string' ? name : this.entryName(name),
      value: this.resolve(value),
    }));
    const isConstant = resolved.every(({ name, value }) => typeof name === 'string' && value.kind === 'constant');
    if (!isConstant) return { kind: 'object', entries: resolved };
    const object: Record<string, unknown> = {};
    for (const { name, value } of resolved) {
      if (typeof name === 'string' && value.kind === 'constant') setAttribute(object, name, value.value);
    }
    return constant(object);
  }

  private entryName(syntax: Syntax): string | Expression {
    if (syntax.kind === 'parameter' && !syntax.ofCollection) return this.bindings.text(syntax.name);
    const name = this.resolve(syntax);
    return name.kind === 'constant' && typeof name.value === 'string' ? name.value : name;
  }

  private call(name: string, args: readonly Syntax[]): Expression {
    const known = functions.get(name);
    if (known === undefined) throw unknownFunction(name);
    if (args.length === known.maximum + 1 && hasOneMore.has(name)) throw unsupported(`the last argument of ${name}()`);
    if (args.length < known.minimum || args.length > known.maximum) {
      const expected = `minimum: ${known.minimum}, maximum: ${known.maximum}`;
      const text = `invalid number of arguments for function '${name}()', expected number of arguments: ${expected}`;
      throw queryFailure(1541, text, 'parsing');
    }
    const takesCollection = namesCollectionFirst.has(name) || countsCollection.has(name);
    const collection = takesCollection && args[0] !== undefined ? this.collectionIn(args[0]) : undefined;
    if (collection !== undefined && countsCollection.has(name)) {
      return { kind: 'call', name: 'COLLECTION_COUNT', args: [constant(collection)] };
    }
    const resolved = args.map((arg, i) =>
      i === 0 && collection !== undefined ? constant(collection) : this.resolve(arg),
    );
    if (known.reads) this.order.readsAnything(`function ${name}`);
    return { kind: 'call', name, args: resolved };
  }
}

export function unknownFunction(name: string): Error {
  if (isUnsupported(name)) return unsupported(`function ${name}()`);
  if (name.includes('::')) return queryFailure(1582, `user function '${name}()' not found`, 'parsing');
  return queryFailure(1540, `usage of unknown function '${name}()'`, 'parsing');
}

export const unsupported = (what: string): Error =>
  queryFailure(1501, `syntax error, ${what} is not supported by this emulator`, 'parsing');

const collectionInExpression = (name: string): Error =>
  queryFailure(1568, `collection '${name}' used as expression operand`, 'parsing');

export const constant = (value: unknown): Expression => ({ kind: 'constant', value });

function attribute(base: Expression, name: string): Expression {
  if (base.kind !== 'constant') return { kind: 'attribute', base, name };
  return constant(isPlainObject(base.value) ? ownValue(base.value, name) : null);
}

/** Evaluates constant expressions before the query runs. Ranges are left out: a loop over a range needs no array. */
function foldConstants(
  expression: IndexAccess<Expression> | Unary<Expression> | Binary<Expression>,
  warn: (warning: QueryWarning) => void,
): Expression {
  const isRange = expression.kind === 'binary' && expression.operator === '..';
  if (isRange || !partsOf(expression).every(({ kind }) => kind === 'constant')) return expression;
  let warned = false;
  const report = (code: number, message: string): void => {
    warned = true;
    warn({ code, message });
  };
  const context = Object.create(constantContext, { warn: { value: report } }) as EvaluationContext;
  const value = compileExpression(expression, context)([]);
  return warned ? expression : constant(value ?? null);
}

const constantContext: Omit<EvaluationContext, 'warn'> = {
  get view(): never {
    throw new Error('constants read no documents');
  },
  subquery: () => {
    throw new Error('constants contain no subquery');
  },
};

function array(items: readonly Expression[]): Expression {
  if (!items.every((item) => item.kind === 'constant')) return { kind: 'array', items };
  return constant(items.map((item) => item.value));
}
