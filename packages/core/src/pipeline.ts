import { nextTwice } from './compose.js'
import type { Connection } from './connection.js'
import { forgive, rejected } from './deferred.js'
import { linkOf } from './inside.js'
import type { End, Merge, Middleware, Next } from './middleware.js'
import { named } from './named.js'
import type { Step } from './ports/observer.js'

/** What the pipeline needs of the connection that it wraps. */
export interface PipelineOwner {
  readonly connection: Connection<never>
  /** Whether the connection ends: then what is further in is not entered any more. */
  readonly ending: boolean
  add(data: object | undefined): void
  /** The innermost `next` was called; the promise is the connection's whole life. */
  completed(): Promise<End<never>>
  /** The end, for a middleware that comes too late. */
  ended(): Promise<End<never>>
  /** A middleware begins; answers whom its decision is told, if anybody. */
  stepping(name: string): TellStep | undefined
}

/** Told what a middleware has decided; `thrown` is what it refused or failed with. Only the first decision counts. */
export type TellStep = (decision: Step['decision'], thrown?: unknown) => void

type AnyMiddleware = Middleware<never, unknown>

/** Runs middleware from `index` on, around the connection. A synchronous throw becomes a rejection. */
export function runPipeline(
  stack: readonly AnyMiddleware[],
  owner: PipelineOwner,
  index = 0,
): Promise<End<never>> {
  const middleware = stack[index]
  if (middleware === undefined) return owner.completed()
  return wrap(middleware, owner, (added) => {
    owner.add(added)
    return owner.ending ? owner.ended() : runPipeline(stack, owner, index + 1)
  })
}

function wrap(
  middleware: AnyMiddleware,
  owner: PipelineOwner,
  enter: (added: object | undefined) => Promise<End<never>>,
): Promise<End<never>> {
  let inner = undefined as Promise<End<never>> | undefined
  let entered = false
  let returned = false
  const tell = owner.stepping(middleware.name)
  const next = (added?: object): Promise<End<never>> => {
    if (entered) return rejected(nextTwice())
    entered = true
    tell?.('next')
    inner = enter(added)
    // One that is entered late may be let go of: its rejection then reaches nobody, and must not end the process.
    if (returned) forgive(inner)
    return inner
  }
  let outer: Promise<End<never>>
  try {
    outer = middleware(owner.connection, next as Next) as Promise<End<never>>
  } catch (thrown) {
    outer = Promise.reject(thrown)
  }
  returned = true
  if (inner !== undefined && inner !== outer) forgive(inner)
  const whole = outer instanceof Promise ? outer : Promise.resolve(outer)
  // One that has handed on has decided; and this would be kept for as long as the connection lives.
  if (tell !== undefined && !entered) {
    whole.then(
      () => tell('ended'),
      (thrown: unknown) => tell('failed', thrown),
    )
  }
  return whole
}

/**
 * Middleware put together: itself a middleware, that can be used wherever one can.
 *
 * @example
 * const gate: Pipeline<unknown, { trace: string }> = pipeline().use((conn, next) => next({ trace: conn.id }))
 */
export interface Pipeline<In, Added> extends Middleware<In, Added> {
  /** Answers a longer pipeline; this one stays as it is. */
  use<More>(middleware: Middleware<Merge<In, Added>, More>): Pipeline<In, Merge<Added, More>>
}

/**
 * Starts a bundle of middleware. `In` is what has to be in `conn.data` before it.
 *
 * @example
 * const gate = pipeline().use(limitConnections()).use(jwt({ secret }))
 * linkspan().use(gate)
 */
export function pipeline<In = unknown>(): Pipeline<In, {}> {
  return bundle<In, {}>([])
}

function bundle<In, Added>(stack: readonly AnyMiddleware[]): Pipeline<In, Added> {
  const whole = (conn: Connection<In>, next: Next): Promise<End<Added>> => {
    const owner = linkOf(conn).admission as PipelineOwner
    const enter = (index: number): Promise<End<never>> => {
      const middleware = stack[index]
      if (middleware === undefined) return next() as Promise<End<never>>
      return wrap(middleware, owner, (added) => {
        owner.add(added)
        return owner.ending ? owner.ended() : enter(index + 1)
      })
    }
    return enter(0) as unknown as Promise<End<Added>>
  }
  const use = <More>(middleware: Middleware<Merge<In, Added>, More>): Pipeline<In, Merge<Added, More>> =>
    bundle([...stack, middleware as unknown as AnyMiddleware])
  return Object.assign(named('pipeline', whole), { use })
}
