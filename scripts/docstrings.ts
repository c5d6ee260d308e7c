// Every export of every entry point says what it is; functions, classes and interfaces also show it, with an `@example`.
// `pnpm docstrings core` looks at one package only.

import { join, relative } from 'node:path'
import ts from 'typescript'
import { publishedPackages, root } from './workspace.js'

const only = process.argv.slice(2)
const files = publishedPackages()
  .filter(({ id }) => only.length === 0 || only.includes(id))
  .flatMap(({ dir, entries }) => entries.map((entry) => join(dir, 'src', `${entry}.ts`)))
const program = ts.createProgram({
  rootNames: files,
  options: {
    module: ts.ModuleKind.NodeNext,
    moduleResolution: ts.ModuleResolutionKind.NodeNext,
    target: ts.ScriptTarget.ES2022,
    customConditions: ['@linkspan/source'],
    types: ['node'],
    noEmit: true,
    skipLibCheck: true,
  },
})
const checker = program.getTypeChecker()

const looked = new Set<ts.Symbol>()
const complaints = files.flatMap(exportsOf).filter(isNew).flatMap(complaintsAbout)
for (const complaint of complaints.sort(inOrder)) console.error(complaint)
console.log(`${looked.size} exports, ${complaints.length} without what they need`)
process.exitCode = complaints.length === 0 && looked.size > 0 ? 0 : 1

function inOrder(one: string, other: string): number {
  return one.localeCompare(other, 'en', { numeric: true })
}

function exportsOf(file: string): ts.Symbol[] {
  const source = program.getSourceFile(file)
  const module = source && checker.getSymbolAtLocation(source)
  if (!module) throw new Error(`${relative(root, file)} exports nothing`)
  return checker
    .getExportsOfModule(module)
    .map((symbol) => (symbol.flags & ts.SymbolFlags.Alias ? checker.getAliasedSymbol(symbol) : symbol))
}

/** An adapter may hand on what another package has. */
function isNew(symbol: ts.Symbol): boolean {
  if (looked.has(symbol)) return false
  looked.add(symbol)
  return true
}

function complaintsAbout(symbol: ts.Symbol): string[] {
  const lacks: string[] = []
  if (symbol.getDocumentationComment(checker).length === 0) lacks.push('a sentence that says what it is')
  if (needsExample(symbol) && !symbol.getJsDocTags(checker).some(({ name }) => name === 'example'))
    lacks.push('an @example')
  return lacks.length === 0 ? [] : [`${placeOf(symbol)} ${symbol.name} lacks ${lacks.join(' and ')}`]
}

function needsExample(symbol: ts.Symbol): boolean {
  const { Function: functions, Class: classes, Interface: interfaces, Variable: variables } = ts.SymbolFlags
  if (symbol.flags & (functions | classes | interfaces)) return true
  return (symbol.flags & variables) !== 0 && checker.getTypeOfSymbol(symbol).getCallSignatures().length > 0
}

function placeOf({ declarations: [declaration] = [] }: ts.Symbol): string {
  if (!declaration) throw new Error('an export without a declaration')
  const source = declaration.getSourceFile()
  const { line } = source.getLineAndCharacterOfPosition(declaration.getStart(source))
  return `${relative(root, source.fileName)}:${line + 1}`
}
