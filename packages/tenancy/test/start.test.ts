import { AsyncLocalStorage } from 'node:async_hooks'
import { linkspan } from '@linkspan/core'
import { asyncContext } from '@linkspan/node'
import { fromIdentity, fromPath, fromSubdomain, type TenancyOptions, tenancy } from '@linkspan/tenancy'
import { describe, expect, it } from 'vitest'

const resolve = fromIdentity()
const wrong = expect.objectContaining({ code: 'LINKSPAN_OPTION' })

describe('what would let tenants share something', () => {
  it('is an error at the start: an application without their scope', () => {
    const tenants = tenancy({ resolve })
    expect(() => tenants.confine(linkspan())).toThrow(wrong)
    expect(() => tenants.confine(linkspan({ scope: () => 'all' }))).toThrow(wrong)
    expect(() => tenants.app({ scope: () => 'all' })).toThrow(wrong)
    expect(tenants.confine(linkspan({ scope: tenants.scope }))).toBeDefined()
  })

  it('is an error at the start: their middleware without their application', () => {
    const tenants = tenancy({ resolve })
    expect(() => linkspan().use(tenants.enter())).toThrow(wrong)
    tenants.app()
    expect(tenants.enter()).toBeTypeOf('function')
  })

  it('is an error at the start: the tenant of code that it does not reach', () => {
    const tenants = tenancy({ resolve, storage: new AsyncLocalStorage<string>() })
    expect(() => tenants.app()).toThrow(wrong)
    expect(tenants.app({ context: asyncContext() })).toBeDefined()
    expect(() => tenancy({ resolve }).current()).toThrow(wrong)
    expect(() => tenancy({ resolve }).run('acme', () => 1)).toThrow(wrong)
  })

  it('is an error: a view of another application, and of what is no tenant', () => {
    const [tenants, others] = [tenancy({ resolve }), tenancy({ resolve })]
    const app = tenants.app()
    expect(() => others.of(app, 'acme')).toThrow(wrong)
    for (const id of ['', '*', 'a'.repeat(129), 'a b', '\ud800']) {
      expect(() => tenants.of(app, id)).toThrow(expect.objectContaining({ code: 'LINKSPAN_SCOPE' }))
      expect(() => tenants.breaker(id)).toThrow(expect.objectContaining({ code: 'LINKSPAN_SCOPE' }))
    }
  })
})

it.each<[string, object]>([
  ['no resolve', { resolve: undefined }],
  ['a pattern that is none', { pattern: 'a*' }],
  ['another status', { unknown: 500 }],
  ['no time', { timeout: 0 }],
  ['a memory that is none', { remember: -1 }],
  ['another policy', { over: 'panic' }],
  ['no tenants', { maxTenants: 0 }],
  ['half a connection', { quotas: { connections: 0.5 } }],
  ['less than no room', { quotas: { rooms: -1 } }],
  ['a rate of nothing', { quotas: { messages: { points: 0, per: 1_000 } } }],
  ['a breaker out of its range', { breaker: { errorRate: 2 } }],
])('refuses %s', (_, options) => {
  expect(() => tenancy({ resolve, ...options } as TenancyOptions)).toThrow(wrong)
})

it.each(['', 'app example', '*.app.example', 'app.example:80', '-a.example'])(
  'refuses the domain %j',
  (domain) => {
    expect(() => fromSubdomain(domain)).toThrow(wrong)
  },
)

it.each(['', '/t', 't/:tenant', '/:tenant/:room', '/*/:tenant', '/:tenant/:tenant'])(
  'refuses the path %j',
  (path) => {
    expect(() => fromPath(path)).toThrow(wrong)
  },
)
