import { isBuiltin } from 'node:module';
import { posix } from 'node:path';
import ts from 'typescript';

export interface Breach {
  readonly line: number;
  readonly message: string;
}

/** What a folder of `src` may import. Local targets are paths in `src` without extension; a folder ends in a slash. */
interface Allowance {
  readonly local: readonly string[];
  readonly packages: readonly string[];
  /** Of which types may be imported, and nothing that runs. */
  readonly types?: readonly string[];
}

const PURE_PACKAGES = ['ipaddr.js', 'luxon', 'tinyqueue', 'tldts'];

/** Folders whose imports are listed one by one; everything else is a breach. */
const CLOSED: Readonly<Record<string, Allowance>> = {
  core: { local: ['core/'], packages: ['node:crypto', ...PURE_PACKAGES], types: ['@elastic/ecs'] },
  parse: { local: ['parse/', 'core/event', 'core/time', 'core/time/'], packages: ['node:buffer'] },
  stages: { local: ['core/', 'parse/', 'stages/'], packages: [] },
  config: { local: ['config/', 'core/'], packages: ['node:crypto', 'date-holidays', 'valibot', 'yaml'] },
};

/** One folder per neighbour; none of them may know another. */
const EDGES = ['files', 'avro', 'kafka', 'elasticsearch', 'kibana', 'report', 'threads'];

/** Packages that these folders alone import, types as well: the others go through them. */
const OWNERS: Readonly<Record<string, readonly string[]>> = {
  '@bokuweb/zstd-wasm': ['kafka'],
  '@elastic/elasticsearch': ['elasticsearch', 'kibana'],
  avsc: ['avro'],
  kafkajs: ['kafka'],
  'lz4-napi': ['kafka'],
  'prom-client': ['telemetry'],
  snappyjs: ['kafka'],
};

const FOLDERS = [...Object.keys(CLOSED), ...EDGES, 'commands', 'telemetry'];

/** Folders without clock, randomness, input or output. */
const PURE = ['core', 'parse'];

/** Names that only main.ts may read; globalThis would give access to all of them. */
const GLOBALS_OF_MAIN = ['process', 'globalThis', 'global'];

const IMPURE_GLOBALS =
  'performance console fetch setTimeout setInterval setImmediate queueMicrotask crypto Worker'.split(' ');

/** Members that read the clock or draw at random, of objects that are pure apart from them. */
const IMPURE_MEMBERS: Readonly<Record<string, readonly string[]>> = {
  Date: ['now'],
  Math: ['random'],
  DateTime: ['now'],
};

/** Members of Luxon's DateTime that read the clock when they get no argument. */
const CLOCK_WITHOUT_ARGUMENTS = ['local', 'utc'];

const HASHES_OF_CRYPTO = ['createHash', 'createHmac', 'hash', 'Hash', 'Hmac', 'BinaryLike'];

/** Breaches of the project's layout in one file: `path` is relative to `src` and uses slashes. */
export function findBreaches(path: string, sourceText: string): readonly Breach[] {
  const file = ts.createSourceFile(path, sourceText, ts.ScriptTarget.ES2022, true);
  const folder = folderOf(path);
  const breaches: Breach[] = [];
  const report = (node: ts.Node, message: string): void => {
    breaches.push({ line: file.getLineAndCharacterOfPosition(node.getStart(file)).line + 1, message });
  };

  if (path !== 'main.ts' && !FOLDERS.includes(folder)) report(file, `${path} is in no folder of the layout`);

  const visit = (node: ts.Node): void => {
    const target = importTarget(node);
    if (target !== undefined) {
      const message = target === null ? 'imports by a computed name' : importBreach(path, target, isErased(node));
      if (message !== undefined) report(node, message);
    }
    if (ts.isIdentifier(node) && path !== 'main.ts' && GLOBALS_OF_MAIN.includes(node.text) && isRead(node)) {
      report(node, `only main.ts uses ${node.text}`);
    }
    if (PURE.includes(folder)) {
      const message = impurity(node, target);
      if (message !== undefined) report(node, `${folder} must be pure: ${message}`);
    }
    ts.forEachChild(node, visit);
  };
  visit(file);
  return breaches;
}

/** `main` for main.ts, else the first folder; a file beside main.ts is its own folder and so in no layout. */
function folderOf(path: string): string {
  return path.split('/')[0] ?? path;
}

/** The module that a node imports; `null` if it is computed, `undefined` if the node imports nothing. */
function importTarget(node: ts.Node): string | null | undefined {
  if (ts.isImportDeclaration(node)) return textOf(node.moduleSpecifier);
  if (ts.isExportDeclaration(node)) return node.moduleSpecifier && textOf(node.moduleSpecifier);
  if (ts.isExternalModuleReference(node)) return textOf(node.expression);
  if (ts.isImportTypeNode(node)) return ts.isLiteralTypeNode(node.argument) ? textOf(node.argument.literal) : null;
  if (ts.isCallExpression(node) && isImporter(node.expression)) return textOf(node.arguments[0]);
  return undefined;
}

function isImporter(callee: ts.Expression): boolean {
  if (callee.kind === ts.SyntaxKind.ImportKeyword || isNamed(callee, 'require')) return true;
  return (
    ts.isPropertyAccessExpression(callee) && isNamed(callee.expression, 'require') && callee.name.text === 'resolve'
  );
}

function textOf(node: ts.Node | undefined): string | null {
  return node !== undefined && ts.isStringLiteralLike(node) ? node.text : null;
}

/** Whether an import is one of types alone, of which nothing is left when the program runs. */
function isErased(node: ts.Node): boolean {
  return ts.isImportDeclaration(node) && node.importClause?.phaseModifier === ts.SyntaxKind.TypeKeyword;
}

function importBreach(path: string, specifier: string, ofTypes: boolean): string | undefined {
  const from = folderOf(path);
  const isLocal = specifier.startsWith('.');
  const target = isLocal ? localTarget(path, specifier) : packageOf(specifier);

  if (isLocal && target.startsWith('..')) return `imports ${specifier}, which is outside src`;
  if (isLocal && target === 'main') return 'nothing imports main';
  if (isLocal && target.startsWith('commands/') && from !== 'commands' && path !== 'main.ts') {
    return `${from} imports ${target}; only main and commands may`;
  }
  if (target === 'node:process' && path !== 'main.ts') return 'only main.ts uses process';

  const owners = isLocal ? undefined : OWNERS[target];
  if (owners?.includes(from) === false) return `only ${owners.join(', ')} imports ${target}`;

  const allowance = CLOSED[from];
  if (allowance !== undefined) {
    const isAllowed = isLocal
      ? allowance.local.some((entry) => (entry.endsWith('/') ? target.startsWith(entry) : target === entry))
      : allowance.packages.includes(target) || (ofTypes && allowance.types?.includes(target) === true);
    if (!isAllowed) return `${from} must not import ${target}`;
  }
  const to = folderOf(target);
  if (isLocal && from !== to && EDGES.includes(from) && EDGES.includes(to)) {
    return `${from} must not know ${to}; join them in commands`;
  }
  return undefined;
}

function localTarget(path: string, specifier: string): string {
  return posix.join(posix.dirname(path), specifier).replace(/\.[cm]?[jt]s$/, '');
}

/** The package of a specifier, without the path inside it; built-in modules always with their prefix. */
function packageOf(specifier: string): string {
  if (isBuiltin(specifier)) return specifier.startsWith('node:') ? specifier : `node:${specifier}`;
  return specifier
    .split('/')
    .slice(0, specifier.startsWith('@') ? 2 : 1)
    .join('/');
}

function impurity(node: ts.Node, target: string | null | undefined): string | undefined {
  if (typeof target === 'string' && packageOf(target) === 'node:crypto' && !importsOnly(node, HASHES_OF_CRYPTO)) {
    return `of node:crypto it may import ${HASHES_OF_CRYPTO.join(', ')}`;
  }
  if (ts.isNewExpression(node) && isNamed(node.expression, 'Date') && (node.arguments?.length ?? 0) === 0) {
    return 'new Date() reads the clock';
  }
  if (!ts.isIdentifier(node) || !isRead(node)) return undefined;
  if (IMPURE_GLOBALS.includes(node.text)) return node.text;
  return Object.hasOwn(IMPURE_MEMBERS, node.text) ? impureUse(node, IMPURE_MEMBERS[node.text] ?? []) : undefined;
}

/** Such an object may be used through its pure members only, so that no alias or destructuring hides another one. */
function impureUse(object: ts.Identifier, impureMembers: readonly string[]): string | undefined {
  const { parent } = object;
  if (ts.isNewExpression(parent) && parent.expression === object) return undefined;
  if (ts.isBinaryExpression(parent) && parent.operatorToken.kind === ts.SyntaxKind.InstanceOfKeyword) return undefined;
  const member = memberOf(object);
  if (member === undefined) return `${object.text} is passed on or called`;
  if (impureMembers.includes(member)) return `${object.text}.${member}`;
  const call = parent.parent;
  const isEmptyCall = ts.isCallExpression(call) && call.expression === parent && call.arguments.length === 0;
  const readsClock = isEmptyCall && object.text === 'DateTime' && CLOCK_WITHOUT_ARGUMENTS.includes(member);
  return readsClock ? `${object.text}.${member}() reads the clock` : undefined;
}

/** The member read of an object in `object.member` or `object['member']`, if its name can be seen. */
function memberOf(object: ts.Identifier): string | undefined {
  const { parent } = object;
  if (ts.isPropertyAccessExpression(parent)) return parent.name.text;
  if (!ts.isElementAccessExpression(parent) || parent.expression !== object) return undefined;
  return textOf(parent.argumentExpression) ?? undefined;
}

function importsOnly(node: ts.Node, names: readonly string[]): boolean {
  if (!ts.isImportDeclaration(node) || node.importClause === undefined || node.importClause.name !== undefined)
    return false;
  const { namedBindings } = node.importClause;
  if (namedBindings === undefined || !ts.isNamedImports(namedBindings)) return false;
  return namedBindings.elements.every(({ name, propertyName }) => names.includes((propertyName ?? name).text));
}

function isNamed(expression: ts.Expression, name: string): boolean {
  return ts.isIdentifier(expression) && expression.text === name;
}

/** True where a name stands for the value it holds: not where it is declared, a key, a member, imported or a type. */
function isRead(name: ts.Identifier): boolean {
  const { parent } = name;
  if (ts.isTypeQueryNode(parent) || ts.isShorthandPropertyAssignment(parent)) return true;
  if (ts.isTypeNode(parent) || ts.isQualifiedName(parent)) return false;
  if (ts.isPropertyAccessExpression(parent)) return parent.expression === name;
  if (ts.isBindingElement(parent)) return parent.initializer === name;
  if (ts.isImportSpecifier(parent) || ts.isExportSpecifier(parent)) return false;
  return !('name' in parent && parent.name === name);
}
