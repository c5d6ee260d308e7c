import { CloseCode, type CloseInfo } from '../close.js'
import type { Connection } from '../connection.js'
import type { LinkspanError } from '../errors.js'
import type { Event } from '../event.js'
import { linkOf } from '../inside.js'
import type { Link } from '../link.js'
import type { HeartbeatOptions } from '../pace.js'
import type { ConnectionEvent, Flow, Outcome, Step, Watcher } from '../ports/observer.js'
import type { Closing, LifecycleState } from '../state.js'
import { causeOf, limitOf } from './cause.js'
import { CAUSES } from './entry.js'
import { CODE_BITS, HEARD, NAME_BITS } from './layout.js'
import type { Pages } from './page.js'
import { Track } from './track.js'

export const DECISIONS: readonly Step['decision'][] = ['next', 'refused', 'failed', 'ended']

/** What is known of a connection that is over. */
export interface Ended {
  readonly id: string
  readonly via: string
  readonly protocol: string
  readonly info: CloseInfo
  /** How old it became, in milliseconds: its releases included. */
  readonly age: number
}

/** Told when a flight is over. */
export interface FlightOwner extends Pages {
  landed(flight: Flight, id: string): void
}

/** Watches one connection, and writes down what it is told. */
export class Flight extends Track implements Watcher {
  declare readonly pages: FlightOwner
  /** Our reason for the end, once there is one: what a peer wrote is not kept. */
  reason = ''
  ended: Ended | undefined = undefined
  #stepped = false

  step(_conn: Connection<never>, { name, index, decision, status = 0, duration }: Step): void {
    this.#stepped = true
    const id = this.pages.names.idOf(name || 'anonymous')
    const beside = id + (DECISIONS.indexOf(decision) + status * DECISIONS.length) * 2 ** NAME_BITS
    this.note('middleware', beside, duration * 1_000, index)
  }

  input(conn: Connection<never>, event: Event, from: LifecycleState, to: LifecycleState): void {
    if (from === 'closing' || from === 'closed') return this.#closing(event)
    if (to === 'closing') return this.#close(conn, event, from)
    switch (event.type) {
      case 'accept.requested':
        return this.note('accepted')
      case 'identity.settled':
        return this.note('authenticated', 0, ...this.#lease(event.expiresAt))
      case 'identity.renewed':
        return this.note('renewed', 0, ...this.#lease(event.expiresAt))
      case 'pipeline.completed':
        return to === 'active' ? this.note('active') : this.note('authenticated', 1)
      default:
      // Its end is told above, and what else there is changes nothing.
    }
  }

  admitted(_conn: Connection<never>, { outcome, status = 0, code = 0 }: Outcome): void {
    if (outcome === 'refused') this.note('refused', code, status)
  }

  pinged(_conn: Connection<never>, missed: boolean): void {
    if (missed) this.#missed()
    this.pingedAt = this.age
  }

  flow(conn: Connection<never>, flow: Flow): void {
    this.note(flow, 0, conn.backlog, conn.bufferedAmount)
  }

  event(conn: Connection<never>, event: ConnectionEvent, details: readonly unknown[]): void {
    const { names } = this.pages
    const [detail] = details
    switch (event) {
      case 'drop': {
        const { direction, reason, bytes } = detail as {
          direction: 'in' | 'out'
          reason: string
          bytes: number
        }
        const out = direction === 'out'
        const depth = out ? conn.bufferedAmount : conn.backlog
        return this.again('dropped', names.idOf(reason) * 2 + (out ? 1 : 0), bytes, depth)
      }
      case 'backpressure':
        return this.note('backpressure', 0, conn.backlog, (detail as { buffered: number }).buffered)
      case 'access': {
        const { action, allowed } = detail as { action: 'join' | 'publish'; allowed: boolean }
        return allowed ? undefined : this.again('denied', action === 'join' ? 0 : 1)
      }
      case 'heartbeat': {
        const { to } = detail as { to: HeartbeatOptions }
        return this.note('pace', names.idOf(to.name ?? 'custom'), to.interval, to.misses)
      }
      case 'expiring':
        return this.note('expiring', 0, (detail as { in: number }).in)
      case 'error':
        return this.again('error', names.idOf((detail as LinkspanError).code))
      case 'close':
        return this.#land(conn, detail as CloseInfo)
      default:
      // It is written down where it is told in more detail.
    }
  }

  /** A peer that pings is heard of, too, which nobody is told: the heartbeat knows of it, to a tick. */
  look({ runtime, seen }: Link): void {
    if (runtime.wheel === undefined) return
    const heard = Math.floor(this.age - runtime.sinceTick(seen) - runtime.wheel.tick)
    if (heard > this.heard) this.write(HEARD, heard)
  }

  #close(conn: Connection<never>, event: Event, from: LifecycleState): void {
    const link = linkOf(conn)
    const { code, reason, by, wireCode } = (link.state as Closing).ending
    const cause = causeOf(event, from, link, this.#stepped)
    if (from === 'active') this.look(link)
    if (cause === 'no-heartbeat') this.#missed()
    if (by === 'server') this.reason = reason
    const framed = wireCode === undefined ? 0 : 1
    const beside = code + (CAUSES.indexOf(cause) * 2 + framed) * 2 ** CODE_BITS
    const limit = limitOf(cause, code, link)
    const middleware = this.pages.names.idOf(middlewareOf(link) ?? '')
    this.note('closing', beside, conn.backlog, conn.bufferedAmount, limit, middleware)
  }

  /** What happens while it closes. */
  #closing(event: Event): void {
    if (event.type === 'transport.closed') this.note('socket', event.code === CloseCode.abnormal ? 0 : 1)
    else if (event.type === 'timer.fired') this.note('overdue', event.timer === 'close' ? 0 : 1)
  }

  /** The ping that went out last is not answered any more. */
  #missed(): void {
    const at = this.pingedAt
    this.pingedAt = -1
    if (at >= 0) this.again('missed', 0, 0, 0, at)
  }

  /** Milliseconds until the identity ends, as two words: 0 where it does not. */
  #lease(expiresAt: number | undefined): readonly [number, number] {
    if (expiresAt === undefined) return [0, 0]
    const lease = Math.max(1, Math.round(expiresAt - this.pages.time.wall))
    return [lease % 2 ** 32, Math.floor(lease / 2 ** 32)]
  }

  #land(conn: Connection<never>, info: CloseInfo): void {
    const { id, via, protocol } = conn
    this.flush()
    this.ended = { id, via, protocol, info, age: linkOf(conn).age }
    this.pages.landed(this, id)
  }
}

/** The middleware that the handshake of a connection has come to. */
export function middlewareOf(link: Link): string | undefined {
  return link.phase === 'active' ? undefined : link.admission?.middleware
}
