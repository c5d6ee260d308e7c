import { AsyncLocalStorage } from 'node:async_hooks'
import type { Authenticated, Connection, Identity } from '@linkspan/core'
import type { SessionStore } from '@linkspan/session'
import { session } from '@linkspan/session'
import { fromIdentity, fromSubdomain, type TenantView, tenancy } from '@linkspan/tenancy'
import { expectTypeOf, it } from 'vitest'

interface Customer {
  readonly id: string
  readonly plan: 'free' | 'gold'
}
declare function customer(id: string): Promise<Customer | undefined>
declare const store: SessionStore

it('adds the id that was resolved', () => {
  const tenants = tenancy({ resolve: fromIdentity() })
  const app = tenants.app().use(tenants.enter())
  app.message((conn) => {
    expectTypeOf(conn.data.tenant).toEqualTypeOf<string>()
    expectTypeOf(conn.identity).toEqualTypeOf<Identity | null>()
    // @ts-expect-error: it is settled
    conn.data.tenant = 'other'
  })
  expectTypeOf(tenants.of(app, 'acme').connections[0]).toExtend<Connection<{ tenant: string }> | undefined>()
  expectTypeOf(tenants.current()).toEqualTypeOf<string>()
})

it('adds the record that is known of it', () => {
  const tenants = tenancy({
    resolve: fromSubdomain('app.example'),
    known: customer,
    quotas: (tenant) => {
      expectTypeOf(tenant).toEqualTypeOf<Customer>()
      return { connections: tenant.plan === 'gold' ? 500 : 5 }
    },
    mayCross: (conn) => conn.data.tenant.plan === 'gold',
    storage: new AsyncLocalStorage<string>(),
  })
  tenants
    .app()
    .use(tenants.enter())
    .message((conn) => {
      expectTypeOf(conn.data.tenant).toEqualTypeOf<Customer>()
    })
})

it('adds the record that was resolved, where it is only asked whether that is known', () => {
  const tenants = tenancy({
    resolve: (conn) => customer(conn.identity?.subject ?? ''),
    known: async (id) => id !== 'ghost',
  })
  tenants
    .app()
    .use(tenants.enter())
    .message((conn) => {
      expectTypeOf(conn.data.tenant).toEqualTypeOf<Customer>()
    })
})

it('keeps what middleware has added before', () => {
  const tenants = tenancy({ resolve: fromIdentity() })
  tenants
    .app()
    .use((conn, next) => {
      conn.authenticate({ subject: 'ada', tenant: 'acme' })
      return next<Authenticated>()
    })
    .use(session<{ tenant?: string; cart: string[] }>({ store }))
    .use(tenants.enter())
    .use(tenants.bindSession())
    .message((conn) => {
      expectTypeOf(conn.identity).toEqualTypeOf<Identity>()
      expectTypeOf(conn.data.session.get('cart')).toEqualTypeOf<readonly string[] | undefined>()
      expectTypeOf(tenants.mine(conn)).toEqualTypeOf<TenantView<unknown>>()
    })
})

it('binds sessions of any values, as long as a tenant is among them', () => {
  const tenants = tenancy({ resolve: fromIdentity() })
  const initial = (): { tenant?: string; cart: string[] } => ({ cart: [] })
  tenants.app().use(session({ store, initial })).use(tenants.enter()).use(tenants.bindSession())
  tenants
    .app()
    .use(session<{ cart: string[] }>({ store }))
    // @ts-expect-error: nowhere to keep it
    .use(tenants.bindSession())
  // @ts-expect-error: there is no session
  tenants.app().use(tenants.bindSession())
})
