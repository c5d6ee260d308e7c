// What stands in a pipeline has a name, by which traces, metrics and logs call it: that of the function that makes it.

import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs'
import { createRequire } from 'node:module'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import * as auth from '@linkspan/auth'
import * as core from '@linkspan/core'
import * as guard from '@linkspan/guard'
import * as session from '@linkspan/session'
import * as tenancy from '@linkspan/tenancy'
import { build } from 'esbuild'
import { describe, expect, it } from 'vitest'

type Packages = Readonly<{
  auth: typeof auth
  core: typeof core
  guard: typeof guard
  session: typeof session
  tenancy: typeof tenancy
}>

const packages: Packages = { auth, core, guard, session, tenancy }

/** By package: what each exported factory of middleware makes, by the name that it is to have. */
function middleware({ auth, core, guard, session, tenancy }: Packages) {
  const tokens = auth.jwt({ secret: 'x'.repeat(64) })
  const tenants = tenancy.tenancy({ resolve: tenancy.fromIdentity() })
  tenants.app()
  const rates = guard.rateLimit({ messages: { points: 1, per: 1_000 } })
  return {
    auth: {
      authenticate: auth.authenticate(() => null),
      authorize: auth.authorize(() => true),
      authorizeMessages: auth.authorizeMessages(() => true),
      jwt: tokens,
      renewal: auth.renewal({ tokens }),
      revocation: auth.revocation(),
      single: auth.single(),
      ticket: auth.ticket(),
    },
    core: { pipeline: core.pipeline() },
    guard: {
      circuitBreaker: guard.circuitBreaker(),
      filterAddresses: guard.filterAddresses({ allow: ['10.0.0.0/8'] }),
      limitConnections: guard.limitConnections(),
      loadShedding: guard.loadShedding({ connections: 1 }),
      rateLimit: rates,
    },
    session: { session: session.session({ store: session.memoryStore() }) },
    tenancy: { tenancy: tenants.enter() },
    // What is within the answer of a factory.
    within: { bindSession: tenants.bindSession(), rateLimitMessages: rates.messages },
  }
}

/** By package: exported functions that make no middleware. */
const others: Readonly<Record<string, readonly string[]>> = {
  auth: ['allOf', 'anyOf', 'can', 'hasRole', 'memoryTickets', 'permissions', 'rechecked'],
  guard: ['addressGroup', 'alerts', 'redisRateStore'],
  session: ['memoryStore'],
  tenancy: ['fromIdentity', 'fromPath', 'fromSubdomain'],
}

/** The packages as they come out of a bundler that renames whatever it may. */
async function bundled(): Promise<Packages> {
  const folder = mkdtempSync(join(tmpdir(), 'linkspan-bundle-'))
  try {
    const outfile = join(folder, 'bundle.cjs')
    const lines = Object.keys(packages).map((id) => `export * as ${id} from '@linkspan/${id}'`)
    await build({
      stdin: { contents: lines.join('\n'), resolveDir: fileURLToPath(new URL('.', import.meta.url)) },
      outfile,
      bundle: true,
      minify: true,
      platform: 'node',
      format: 'cjs',
      conditions: ['@linkspan/source'],
      logLevel: 'error',
    })
    return createRequire(import.meta.url)(outfile) as Packages
  } finally {
    rmSync(folder, { recursive: true })
  }
}

describe('middleware', () => {
  const made = middleware(packages)

  it.each(Object.entries(Object.assign({}, ...Object.values(made))))('%s is called so', (name, one) => {
    expect(one).toHaveProperty('name', name)
  })

  it('is called so behind bundlers and minifiers', async () => {
    const all = Object.entries<object>(Object.assign({}, ...Object.values(middleware(await bundled()))))
    expect(all.map(([, one]) => ('name' in one ? one.name : undefined))).toEqual(all.map(([name]) => name))
  })

  it.each(Object.keys(others))('of @linkspan/%s is all listed', (id) => {
    const exported = Object.entries(packages[id as keyof Packages])
    const functions = exported.filter(([, value]) => typeof value === 'function').map(([name]) => name)
    const listed = [...Object.keys(made[id as keyof Packages]), ...(others[id] ?? [])]
    expect(functions.sort()).toEqual(listed.sort())
  })

  it('is made by no other package', () => {
    const all = fileURLToPath(new URL('../packages', import.meta.url))
    const returned = /(?:\)|=>): (?:Message)?Middleware<|extends (?:Message)?Middleware</
    const makes = readdirSync(all).filter((id) => {
      const folder = join(all, id, 'src')
      const files = readdirSync(folder, { recursive: true, encoding: 'utf8' })
      return files.some(
        (file) => file.endsWith('.ts') && returned.test(readFileSync(join(folder, file), 'utf8')),
      )
    })
    // What is in the suites of testing is for tests.
    expect(makes.sort()).toEqual(['auth', 'core', 'guard', 'session', 'tenancy', 'testing'])
  })
})
