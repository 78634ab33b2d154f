/**
 * Every type that is named in what the library exports is exported too, so that users can write it. Private members
 * have no types in declarations, so what only they name does not count.
 */
import { join } from 'node:path';
import ts from 'typescript';
import { expect, it } from 'vitest';

const ROOT = join(import.meta.dirname, '../..');
const DIST = join(ROOT, 'dist/');

/** The types that exported declarations of an entry name and that it does not export, each with where it is named. */
function missing(entry: string): readonly string[] {
  const root = join(ROOT, entry);
  const program = ts.createProgram([root], {
    module: ts.ModuleKind.NodeNext,
    moduleResolution: ts.ModuleResolutionKind.NodeNext,
    target: ts.ScriptTarget.ES2023,
    skipLibCheck: true,
    types: ['node'],
  });
  const isOurs = (path: string) => path.startsWith(DIST);
  const checker = program.getTypeChecker();
  const resolved = (symbol: ts.Symbol): ts.Symbol =>
    symbol.flags & ts.SymbolFlags.Alias ? checker.getAliasedSymbol(symbol) : symbol;
  const module = checker.getSymbolAtLocation(program.getSourceFile(root)!)!;
  const exported = new Set<ts.Symbol>();
  const collect = (of: ts.Symbol): void => {
    for (const symbol of checker.getExportsOfModule(of)) {
      const found = resolved(symbol);
      exported.add(found);
      // `export * as campaigns`.
      if (found.flags & ts.SymbolFlags.ValueModule) collect(found);
    }
  };
  collect(module);
  const faults = new Set<string>();
  for (const symbol of exported) {
    if (symbol.flags & ts.SymbolFlags.ValueModule) continue;
    const visit = (node: ts.Node): void => {
      const name = nameIn(node);
      const named = name === undefined ? undefined : checker.getSymbolAtLocation(name);
      if (named !== undefined) {
        const found = resolved(named);
        const isParameter = (found.flags & ts.SymbolFlags.TypeParameter) !== 0;
        const [made] = found.declarations ?? [];
        const from = made?.getSourceFile().fileName ?? '';
        // What its own module keeps to itself is a shorthand.
        const isShared =
          made !== undefined && (ts.getCombinedModifierFlags(made) & ts.ModifierFlags.Export) !== 0;
        if (isShared && isOurs(from) && !isParameter && !exported.has(found))
          faults.add(`${found.name} of ${from.slice(DIST.length)}, in ${symbol.name}`);
      }
      ts.forEachChild(node, visit);
    };
    for (const declaration of symbol.declarations ?? [])
      if (isOurs(declaration.getSourceFile().fileName)) visit(declaration);
  }
  return [...faults].toSorted();
}

/** The name of a type that a node refers to. */
function nameIn(node: ts.Node): ts.Node | undefined {
  if (ts.isTypeReferenceNode(node))
    return ts.isQualifiedName(node.typeName) ? node.typeName.right : node.typeName;
  if (ts.isExpressionWithTypeArguments(node)) return node.expression;
  if (ts.isImportTypeNode(node) && node.qualifier !== undefined) return node.qualifier;
  return undefined;
}

it.each(['dist/index.d.ts', 'dist/core.d.ts'])('exports every type that %s names', (entry) => {
  expect(missing(entry)).toEqual([]);
});
