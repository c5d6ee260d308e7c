// The size of each package as an application ships it: bundled, minified, compressed, its dependencies left out.

import { join } from 'node:path'
import { gzipSync } from 'node:zlib'
import { build } from 'esbuild'
import { builtPackages, type Package } from './workspace.js'

/**
 * Bytes, minified and gzipped. `null`: never shipped with an application.
 *
 * The core runs on servers, and its messages say what happened, why, and what to do: about a quarter of it is text. The
 * budgets of `core` and `ws` (whose second entry serves Express, Koa and Fastify) hold today's size, so that growth is
 * noticed.
 */
const budgets: Readonly<Record<string, number | null>> = {
  auth: 11_500,
  core: 43_500,
  express: 2_500,
  fastify: 2_500,
  guard: 9_000,
  kafka: 4_000,
  koa: 2_500,
  nats: 2_500,
  node: 6_000,
  otel: 8_000,
  rabbitmq: 3_800,
  redis: 6_200,
  session: 6_800,
  tenancy: 6_600,
  testing: null,
  uws: 2_800,
  ws: 5_400,
}

/** What one export brings along: an application that records nothing ships no recorder. */
const exported: Readonly<Record<string, Readonly<Record<string, number>>>> = { core: { linkspan: 32_500 } }

let failed = 0
for (const each of builtPackages()) {
  tell(each.manifest.name, await measure(each), budgets[each.id])
  for (const [name, budget] of Object.entries(exported[each.id] ?? {}))
    tell(`  its ${name}`, await measure(each, name), budget)
}
console.log('in bytes, minified and gzipped, without dependencies')
process.exitCode = failed === 0 ? 0 : 1

function tell(name: string, size: number, budget: number | null | undefined): void {
  const ok = budget !== undefined && size <= (budget ?? Number.POSITIVE_INFINITY)
  const limit =
    budget === undefined ? 'has no budget in scripts/size.ts' : budget === null ? '' : `of ${budget}`
  console.log(`${ok ? 'ok    ' : 'FAILED'} ${name.padEnd(18)} ${String(size).padStart(6)} ${limit}`)
  if (!ok) failed += 1
}

/** `only`: one export of its first entry, and what that needs. */
async function measure({ dir, entries }: Package, only?: string): Promise<number> {
  const files = entries.map((entry) => join(dir, 'dist', `${entry}.js`))
  const bundle = await build({
    ...(only === undefined
      ? { entryPoints: files }
      : { stdin: { contents: `export { ${only} } from '${files[0]}'`, resolveDir: dir } }),
    bundle: true,
    splitting: true,
    minify: true,
    format: 'esm',
    target: 'node20',
    packages: 'external',
    write: false,
    outdir: 'unused',
    logLevel: 'error',
  })
  const shipped = Buffer.concat(bundle.outputFiles.map(({ contents }) => contents))
  return gzipSync(shipped, { level: 9 }).byteLength
}
