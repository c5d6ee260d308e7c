// Pins the names that each built package exports, values and types. `pnpm surface --update` accepts a change.

import { readFile, writeFile } from 'node:fs/promises'
import { createRequire } from 'node:module'
import { join, relative } from 'node:path'
import { pathToFileURL } from 'node:url'
import ts from 'typescript'
import { builtPackages, root } from './workspace.js'

type Surface = Readonly<Record<string, readonly string[]>>

const file = join(root, 'scripts/surface.json')
const entryPoints = builtPackages().flatMap(({ dir, entries, manifest }) =>
  entries.map((entry) => ({
    name: entry === 'index' ? manifest.name : `${manifest.name}/${entry}`,
    path: join(dir, 'dist', entry),
  })),
)
const program = ts.createProgram({
  rootNames: entryPoints.map(({ path }) => `${path}.d.ts`),
  options: {
    module: ts.ModuleKind.NodeNext,
    moduleResolution: ts.ModuleResolutionKind.NodeNext,
    target: ts.ScriptTarget.ES2022,
    types: ['node'],
    noEmit: true,
  },
})
const complaints: string[] = []
const actual: Surface = Object.fromEntries(
  await Promise.all(entryPoints.map(async ({ name, path }) => [name, await surfaceOf(name, path)] as const)),
)

if (process.argv.includes('--update')) {
  await writeFile(file, `${JSON.stringify(actual, null, 2)}\n`)
  console.log(`Wrote ${relative(root, file)}`)
} else {
  complaints.push(...differences(JSON.parse(await readFile(file, 'utf8')) as Surface))
}
for (const complaint of complaints) console.error(complaint)
console.log(`${entryPoints.length} entry points, ${Object.values(actual).flat().length} exported names`)
process.exitCode = complaints.length === 0 ? 0 : 1

/** The exported names of one entry point, once its declarations, its ESM and its CommonJS agree. */
async function surfaceOf(name: string, path: string): Promise<readonly string[]> {
  const declared = declaredNames(`${path}.d.ts`)
  const esm = Object.keys((await import(pathToFileURL(`${path}.js`).href)) as object)
  const cjs = Object.keys(createRequire(import.meta.url)(`${path}.cjs`) as object)
  for (const [format, names] of Object.entries({ ESM: esm, CommonJS: cjs })) {
    const real = names.filter((each) => each !== '__esModule' && each !== 'module.exports').sort()
    if (real.join() !== declared.values.join()) {
      complaints.push(`${name}: declared are ${declared.values.join(', ')}; ${format} has ${real.join(', ')}`)
    }
  }
  return [...declared.values, ...declared.types.map((each) => `type ${each}`)]
}

/** What a declaration file exports. */
function declaredNames(path: string): { values: string[]; types: string[] } {
  const source = program.getSourceFile(path)
  if (!source) throw new Error(`${path} does not exist`)
  for (const { messageText } of program.getSemanticDiagnostics(source)) {
    complaints.push(`${relative(root, path)}: ${ts.flattenDiagnosticMessageText(messageText, '\n')}`)
  }
  const checker = program.getTypeChecker()
  const module = checker.getSymbolAtLocation(source)
  const values: string[] = []
  const types: string[] = []
  for (const symbol of module ? checker.getExportsOfModule(module) : []) {
    const target = symbol.flags & ts.SymbolFlags.Alias ? checker.getAliasedSymbol(symbol) : symbol
    const isValue =
      target.flags & ts.SymbolFlags.Value && !symbol.declarations?.some(ts.isTypeOnlyExportDeclaration)
    if (isValue) values.push(symbol.name)
    else types.push(symbol.name)
  }
  return { values: values.sort(), types: types.sort() }
}

function differences(expected: Surface): string[] {
  const names = new Set([...Object.keys(expected), ...Object.keys(actual)])
  const changed = [...names].flatMap((name) => {
    const before = expected[name] ?? []
    const now = actual[name] ?? []
    return [
      ...now.filter((each) => !before.includes(each)).map((each) => `${name}: + ${each}`),
      ...before.filter((each) => !now.includes(each)).map((each) => `${name}: - ${each}`),
    ]
  })
  return changed.length === 0
    ? []
    : [...changed, 'If that is meant: `pnpm surface --update`, and a changeset.']
}
