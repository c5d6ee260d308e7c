import type { Connection, Linkspan } from '@linkspan/core'
import { fromPath, type Resolve, tenancy } from '@linkspan/tenancy'
import { isTenant, plans } from './plans.js'
import type { Answers } from './questions.js'
import { Witness } from './witness.js'

/** What was counted, by who the client said it is: `greedy 429`. */
export interface Ledger {
  /** Connections that got past their tenant's quotas, to what stands inside. */
  readonly entered: Readonly<Record<string, number>>
  /** By quota: everything that was over one. */
  readonly limited: Readonly<Record<string, number>>
  /** By status: handshakes. */
  readonly refused: Readonly<Record<string, number>>
  /** By the code on the wire: open connections. */
  readonly closed: Readonly<Record<string, number>>
}

export interface TenantsAppOptions {
  readonly resolve?: Resolve<string>
  /** Milliseconds of work that each refusal costs in addition. Default: none. */
  readonly refusal?: number
}

/** An application of several tenants, each with its own quotas, that joins what it is told to and says everything back. */
export function tenantsApp({ resolve = fromPath('/t/:tenant'), refusal = 0 }: TenantsAppOptions = {}): {
  app: Linkspan<unknown>
  answers: Answers
} {
  const [entered, limited, refused, closed] = [new Counts(), new Counts(), new Counts(), new Counts()]
  const tenants = tenancy({
    resolve,
    known: isTenant,
    quotas: (id) => (isTenant(id) ? plans[id] : {}),
    onLimit: (conn, { quota }) => {
      limited.add(conn, quota)
      for (const until = performance.now() + refusal; performance.now() < until; );
    },
  })
  const app = tenants
    .app()
    .use(tenants.enter())
    .use((conn, next) => {
      entered.add(conn)
      return next()
    })
    .message((conn, message) => {
      const [verb, topic = ''] = message.text().split(' ', 2)
      if (verb === 'join') conn.join(topic)
      conn.send(message)
    })
    .on('reject', (conn, { status }) => refused.add(conn, status))
    .on('close', (conn, { wireCode }) => {
      // There is none where no connection was open.
      if (wireCode !== undefined) closed.add(conn, wireCode)
    })
  const witness = new Witness()
  witness.watch(app)
  const ledger = (): Ledger => ({
    entered: entered.all,
    limited: limited.all,
    refused: refused.all,
    closed: closed.all,
  })
  return { app, answers: { ledger, testimony: () => witness.tell() } }
}

class Counts {
  readonly all: Record<string, number> = {}

  add({ request }: Connection<unknown>, ...what: readonly (string | number)[]): void {
    const key = [request.path.slice('/t/'.length), ...what].join(' ')
    this.all[key] = (this.all[key] ?? 0) + 1
  }
}
