import {
  type Authenticated,
  type Identity,
  type Linkspan,
  linkspan,
  type Middleware,
  pipeline,
} from '@linkspan/core'
import { filterAddresses, limitConnections, loadShedding } from '@linkspan/guard'
import { describe, expectTypeOf, it } from 'vitest'
import { processLoad } from '../../node/src/index.js'

describe('the guards in a pipeline', () => {
  it('add nothing to the data, and take nothing away', () => {
    const app = linkspan()
      .use(filterAddresses({ allow: ['10.0.0.0/8'] }))
      .use(loadShedding({ connections: 1_000 }))
      .use(limitConnections())
      .use((_conn, next) => next({ plan: 'pro' as const }))
      .use(limitConnections({ perSubject: 5 }))
      .use((conn, next) => {
        expectTypeOf(conn.data.plan).toEqualTypeOf<'pro'>()
        expectTypeOf(conn.identity).toEqualTypeOf<Identity | null>()
        return next({ trace: 7 })
      })
      .use(loadShedding({ connections: 1_000 }))
      .use(filterAddresses({ deny: [] }))
    app.message((conn) => {
      expectTypeOf(conn.data.plan).toEqualTypeOf<'pro'>()
      expectTypeOf(conn.data.trace).toEqualTypeOf<number>()
    })
  })

  it('leave an identity what it is', () => {
    linkspan()
      .use((conn, next) => {
        conn.authenticate({ subject: 'ada' })
        return next<Authenticated>()
      })
      .use(limitConnections({ perSubject: 5 }))
      .use(loadShedding({ connections: 5 }))
      .message((conn) => {
        expectTypeOf(conn.identity).toEqualTypeOf<Identity>()
      })
  })

  it('stand in a bundle', () => {
    const gate = pipeline()
      .use(limitConnections({ total: 10 }))
      .use(filterAddresses({ deny: ['10.0.0.0/8'] }))
    expectTypeOf(linkspan().use(gate)).toExtend<Linkspan<{}>>()
  })

  it('let a priority read what was added before, without annotations', () => {
    linkspan()
      .use((_conn, next) => next({ plan: 'pro' as const }))
      .use(
        loadShedding({
          connections: 5,
          priority: (conn) => {
            expectTypeOf(conn.data.plan).toEqualTypeOf<'pro'>()
            return conn.data.plan === 'pro' ? 1 : 0
          },
        }),
      )
      .message((conn) => {
        expectTypeOf(conn.data.plan).toEqualTypeOf<'pro'>()
      })
  })

  it('are middleware for any application', () => {
    expectTypeOf(limitConnections()).toExtend<Middleware<unknown, {}>>()
    expectTypeOf(filterAddresses({ deny: [] })).toEqualTypeOf<Middleware<unknown, {}>>()
    expectTypeOf(loadShedding({ connections: 5 })).toExtend<Middleware<unknown, {}>>()
  })

  it('take the load of @linkspan/node', () => {
    linkspan().use(loadShedding({ load: processLoad() }))
  })

  it('take only what makes sense', () => {
    const limiter = limitConnections({ whenFull: 'wait' })
    expectTypeOf(limiter.stats().totals.evicted).toEqualTypeOf<number>()
    expectTypeOf(limiter.count({ subject: 'ada', tenant: 'acme' })).toEqualTypeOf<number>()
    expectTypeOf(limiter.count({ tenant: 'acme' })).toEqualTypeOf<number>()
    // @ts-expect-error there is no such policy
    limitConnections({ whenFull: 'panic' })
    // @ts-expect-error nothing is counted of everybody
    limiter.count({})
    // @ts-expect-error a priority is a number
    loadShedding({ connections: 5, priority: () => 'high' })
  })
})
