import { readFileSync } from 'node:fs'
import { expect, it } from 'vitest'

const root = new URL('../../packages/', import.meta.url)
const read = (path: string): string => readFileSync(new URL(path, root), 'utf8')

/** Where options are declared, and under which heading of the package's page they are told of. */
const options = [
  ['guard', 'connection-limit.ts', 'ConnectionLimitOptions', 'limitConnections'],
  ['guard', 'rate-limit-options.ts', 'RateLimitOptions', 'rateLimit'],
  ['guard', 'load-shedding.ts', 'LoadSheddingOptions', 'loadShedding'],
  ['guard', 'circuit-breaker-options.ts', 'CircuitBreakerOptions', 'circuitBreaker'],
  ['guard', 'address-filter.ts', 'AddressFilterOptions', 'filterAddresses'],
  ['guard', 'alerts.ts', 'AlertOptions', 'alerts'],
  ['auth', 'jwt-options.ts', 'JwtSettings', 'Tokens'],
  ['auth', 'remote-keys.ts', 'RemoteKeys', 'Tokens'],
  ['auth', 'ticket.ts', 'TicketOptions', 'Tickets'],
  ['auth', 'memory-ticket-store.ts', 'MemoryTicketsOptions', 'Tickets'],
  ['auth', 'authenticate.ts', 'AuthenticateOptions', 'Your own'],
  ['auth', 'renewal.ts', 'RenewalOptions', 'Renewal'],
  ['auth', 'revocation-options.ts', 'RevocationOptions', 'Revocation'],
  ['auth', 'single.ts', 'SingleOptions', 'One connection each'],
  ['auth', 'authorize.ts', 'AuthorizeOptions', 'Permissions'],
  ['auth', 'authorize-messages.ts', 'AuthorizeMessagesOptions', 'Permissions'],
] as const

/** The names that an interface declares, or those of its numbers. */
function declared(source: string, name: string, type = ''): string[] {
  const body = new RegExp(`export interface ${name}\\b[^\\n]*\\{\\n(.*?)\\n\\}`, 's').exec(source)?.[1] ?? ''
  return [...body.matchAll(new RegExp(`^ {2}readonly (\\w+)\\??: ${type}`, 'gm'))].map(([, option]) =>
    String(option),
  )
}

/** The cells of every row that begins with an option, by the option's name. */
function told(page: string, heading: string): Map<string, string[]> {
  const section = page.split(/^## /m).find((part) => part.startsWith(heading)) ?? ''
  const rows = section.split('\n').filter((line) => /^\| `\w/.test(line))
  // The first row of a name counts: a later table may be about its values.
  return new Map(
    rows.reverse().flatMap((row) => {
      const cells = row.split(/(?<!\\)\|/).map((cell) => cell.trim())
      const names = [...(cells[1] ?? '').matchAll(/`(\w+)`/g)].map(([, name]) => String(name))
      return names.map((name): [string, string[]] => [name, cells.slice(1, -1)])
    }),
  )
}

it.each(options)(
  '%s: every option in %s, %s, has a default and an example on its page',
  (id, file, name, heading) => {
    const names = declared(read(`${id}/src/${file}`), name)
    expect(names.length).toBeGreaterThan(0)
    const rows = told(read(`${id}/README.md`), heading)
    const incomplete = names.filter((option) => {
      const cells = rows.get(option) ?? []
      return cells.length < 4 || !cells.at(-1)?.includes('`')
    })
    expect(incomplete).toEqual([])
  },
)

/** Numbers that are a time or a size say so. */
const UNIT = /\b(?:ms|s|seconds|milliseconds|bytes|characters|bits)\b/
/** Numbers without a unit: of connections and the like, and shares. */
const BARE: ReadonlySet<string> = new Set([
  ...[
    'total',
    'perAddress',
    'perSubject',
    'perTenant',
    'connections',
    'waiting',
    'maxKeys',
    'max',
    'capacity',
  ],
  ...['minimum', 'halfOpen', 'failures'],
  ...['errorRate', 'reserve', 'recovery'],
])

it.each(options)('%s: every number in %s, %s, has a unit, or counts', (id, file, name, heading) => {
  const rows = told(read(`${id}/README.md`), heading)
  const vague = declared(read(`${id}/src/${file}`), name, 'number').filter(
    (option) => !BARE.has(option) && !rows.get(option)?.some((cell) => UNIT.test(cell)),
  )
  expect(vague).toEqual([])
})
