import { type Connection, type Linkspan, linkspan } from '@linkspan/core'
import { faultyApp } from './faulty.js'
import type { Answers } from './questions.js'
import { stormApp } from './storm.js'

/** An application to be served, and what can be asked about it. */
export interface Scenario {
  readonly app: Linkspan<unknown>
  readonly answers?: Answers
}

/** Every application that a server program runs, by the name that SCENARIO takes. What only one needs it alone loads. */
export const scenarios: Readonly<Record<string, () => Scenario | Promise<Scenario>>> = {
  /** Does what its clients ask for, good or bad. */
  storm: () => {
    const { app, witness } = stormApp()
    return { app, answers: { testimony: () => witness.tell() } }
  },

  /** The same, and keeps every connection that was ever there: what a leak looks like. */
  leaking: () => {
    const { app } = stormApp()
    const kept: Connection<unknown>[] = []
    app.on('close', (conn) => void kept.push(conn))
    return { app, answers: { kept: () => kept.length } }
  },

  /** Releases nothing until it is told to. */
  patient: () => {
    let released = 0
    let allow = (): void => {}
    const allowed = new Promise<void>((resolve) => {
      allow = resolve
    })
    const app = linkspan()
      .use((conn, next) => {
        conn.defer(async () => {
          await allowed
          released += 1
          console.log(`released ${released}`)
        })
        return next()
      })
      .message((conn, message) => void conn.send(message))
    return { app, answers: { release: () => allow(), released: () => released } }
  },

  /** Several tenants, each with quotas of its own. */
  tenants: async () => (await import('./tenants.js')).tenantsApp(),

  /** The same, and everybody uses up those of one: what quotas that are not a tenant's own look like. */
  shared: async () => (await import('./tenants.js')).tenantsApp({ resolve: () => 'greedy' }),

  /** Tenants again, and what is over a quota costs more than what is not: a tenant that others notice. */
  costly: async () => (await import('./tenants.js')).tenantsApp({ refusal: 20 }),

  /** Has every bug that user code can have. */
  faulty: () => {
    const { app, errors } = faultyApp()
    return { app, answers: { errors: () => errors.splice(0) } }
  },

  /** Observes nothing, so that errors go to the default logger, and that to the console. */
  unobserved: () => ({ app: faultyApp({ observed: false }).app }),
}
