// Notes that everybody of a tenant shares. Nothing here names a tenant in a topic or in a query: there is none to forget.

import { AsyncLocalStorage } from 'node:async_hooks'
import type { PGlite } from '@electric-sql/pglite'
import { jwt } from '@linkspan/auth'
import { CloseCode, type Connection, LinkspanError, type LinkspanOptions, linkspan } from '@linkspan/core'
import { asyncContext } from '@linkspan/node'
import { fromIdentity, type TenantAudit, tenancy } from '@linkspan/tenancy'
import { Database } from './database.js'
import { encode, type Note, parse } from './protocol.js'

export const ISSUER = 'https://login.example'

/** `secret` signs the tokens; `audit` is told of whoever reaches for another tenant. */
export function notes(
  secret: Uint8Array,
  postgres: PGlite,
  audit: (event: TenantAudit) => void,
  options: LinkspanOptions = {},
) {
  const clock = options.clock === undefined ? {} : { clock: options.clock }
  const tenants = tenancy({
    resolve: fromIdentity(),
    storage: new AsyncLocalStorage<string>(),
    quotas: { connections: 50, messages: { points: 100, per: 1_000 }, rooms: 10 },
    mayCross: (conn) => conn.identity?.roles?.includes('support') === true,
    audit,
    ...clock,
  })
  const database = new Database(postgres, () => tenants.current())

  const app = tenants
    .confine(linkspan({ ...options, scope: tenants.scope, context: asyncContext() }))
    .use(jwt({ secret, issuer: ISSUER, ...clock }))
    .use(tenants.enter())
    .on('open', (conn) => {
      conn.join('notes')
    })
    .message(async (conn, message) => {
      const said = parse(message)
      if (said === undefined) return conn.close(CloseCode.policy, 'that is not in the protocol')
      if (said.type === 'add') {
        const [note] = await database.transaction((rows) =>
          rows.query<Note>('insert into notes (author, text) values ($1, $2) returning id, author, text', [
            conn.identity.subject,
            said.text,
          ]),
        )
        if (note === undefined) return
        conn.to('notes').send(encode({ type: 'added', note }))
        conn.send(encode({ type: 'added', note }))
      } else if (said.type === 'list') {
        const found = await database.transaction((rows) =>
          rows.query<Note>('select id, author, text from notes order by id desc limit 100'),
        )
        conn.send(encode({ type: 'notes', notes: found }))
      } else {
        await inspect(conn, said.tenant, said.reason)
      }
    })

  /** What support may do: see how much another tenant has. */
  async function inspect(conn: Connection<unknown>, tenant: string, reason: string): Promise<void> {
    try {
      const { id } = await tenants.across(conn, tenant, reason)
      const [row] = await tenants.run(id, () =>
        database.transaction((rows) =>
          rows.query<{ count: number }>('select count(*)::int as count from notes'),
        ),
      )
      conn.send(encode({ type: 'inspected', tenant: id, notes: row?.count ?? 0 }))
    } catch (error) {
      if (!(error instanceof LinkspanError && error.code === 'LINKSPAN_FORBIDDEN')) throw error
      conn.send(encode({ type: 'denied' }))
    }
  }

  return { app, tenants, database }
}
