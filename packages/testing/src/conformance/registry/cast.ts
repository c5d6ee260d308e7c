import type { Linkspan } from '@linkspan/core'
import type { Stage } from '../../behaviour.js'
import { type Pair, pair } from '../pair.js'
import { echo } from '../support.js'

/** An application that lets in whom the query of the request names. */
export function named(stage: Stage): Linkspan<{}> {
  return stage
    .app()
    .use(async (conn, next) => {
      const { query } = conn.request
      const subject = query.get('subject')
      const tenant = query.get('tenant')
      if (subject !== null) conn.authenticate({ subject, ...(tenant === null ? {} : { tenant }) })
      return next()
    })
    .message(echo)
}

/** Four connections: one subject with two tenants, another of one of these, and somebody unknown. */
export interface Cast {
  readonly ada: Pair
  readonly ada2: Pair
  readonly bob: Pair
  readonly nobody: Pair
}

/** Connects them. */
export async function cast(stage: Stage, app: Linkspan<unknown>): Promise<Cast> {
  const served = await stage.serve(app)
  const enter = (path: string): Promise<Pair> => pair(app, served, { path })
  return {
    ada: await enter('/?subject=ada&tenant=acme'),
    ada2: await enter('/?subject=ada&tenant=globex'),
    bob: await enter('/?subject=bob&tenant=acme'),
    nobody: await enter('/'),
  }
}
