import type { Connection, LifecycleState, Linkspan } from '@linkspan/core'
import type { Trace } from './trace.js'

/** Names a simulated client in its upgrade request. */
export const CLIENT_HEADER = 'x-simulated-client'

const FORWARD: { readonly [State in LifecycleState]: readonly LifecycleState[] } = {
  connecting: ['authenticated', 'closing'],
  authenticated: ['active', 'closing'],
  active: ['closing'],
  closing: ['closed'],
  closed: [],
}

/** What is known of one connection. */
interface Life {
  readonly name: string
  state: LifecycleState
  opened: boolean
  closes: number
  handling: number
  handledWhileClosing: boolean
  /** Resources taken and not given back, the last one last. */
  readonly held: number[]
  /** The position, in what its client has sent, behind the latest message that was handled. */
  position: number
}

/** What an application says must hold. */
export interface Invariant {
  readonly what: string
  readonly holds: () => boolean
}

/**
 * Checks, from the events of an application and from inside its own middleware, what must hold whatever happens. What
 * does not hold is a violation.
 */
export class Probe {
  readonly violations: string[] = []
  /** Of the application's own. */
  readonly invariants: Invariant[] = []
  readonly conclusions: Invariant[] = []
  readonly #trace: Trace
  readonly #sent: (client: string) => readonly string[]
  readonly #lives = new Map<string, Life>()
  #app: Linkspan<unknown> | undefined

  /** `sent` answers what a client has sent, oldest first, as `fingerprint`s. */
  constructor(trace: Trace, sent: (client: string) => readonly string[]) {
    this.#trace = trace
    this.#sent = sent
  }

  get app(): Linkspan<unknown> | undefined {
    return this.#app
  }

  get connections(): number {
    return this.#lives.size
  }

  watch(app: Linkspan<{}>): void {
    this.#app = app
    app.on('transition', (conn, { from, to }) => this.#moved(this.#life(conn), from, to))
    app.on('open', (conn) => {
      this.#life(conn).opened = true
    })
    app.on('close', (conn, { code, by }) => {
      const life = this.#life(conn)
      life.closes += 1
      this.#trace.add(`${life.name} closed with ${code} by ${by}`)
      const { timers } = app.stats().gauges
      if (app.connections.size === 0 && timers > 0) {
        this.#violated(`${life.name} was the last one, and ${timers} timers still run`)
      }
      if (life.closes > 1) this.#violated(`${life.name} emitted close ${life.closes} times`)
      if (life.held.length > 0)
        this.#violated(`${life.name} closed while ${life.held.length} resources were held`)
      if (life.handling > 0 && life.state !== 'closed') this.#violated(`${life.name} closed in a handler`)
      if (life.handledWhileClosing && by === 'server') {
        this.#violated(`${life.name} handled a message after its own side had closed it`)
      }
    })
    app.on('error', (error, conn) => {
      const name = conn === undefined ? 'the application' : this.#life(conn).name
      this.#trace.add(`${name} reported ${error.code}`)
    })
    app.use(async (conn, next) => {
      const life = this.#life(conn)
      for (const resource of [1, 2, 3]) {
        life.held.push(resource)
        conn.defer(() => this.#released(life, resource))
      }
      return next()
    })
    app.message((conn, message, next) => this.#handle(this.#life(conn), fingerprint(message.bytes()), next))
  }

  /** Checks what must hold between steps. */
  check(): void {
    const app = this.#app
    if (app === undefined) return
    this.#ask(this.invariants)
    const { inbox, outbox } = app.options
    const { gauges } = app.stats()
    const most = app.connections.size * (inbox.messages + LARGEST_BURST)
    if (gauges.inbox.messages > most)
      this.#violated(`${gauges.inbox.messages} messages wait for handlers, above ${most}`)
    for (const conn of app.connections) {
      // One message of any size goes when nothing waits.
      if (conn.bufferedAmount <= outbox.bytes + Math.max(app.options.maxPayload, LARGEST_BROADCAST)) continue
      this.#violated(`${this.#life(conn).name} has ${conn.bufferedAmount} bytes waiting, above its bound`)
    }
  }

  /** Checks what must hold when everybody has gone. */
  checkEmpty(timers: number): void {
    const app = this.#app
    if (app === undefined) return
    for (const life of this.#lives.values()) {
      if (life.closes === 0) this.#violated(`${life.name} never emitted close`)
      if (life.state !== 'closed') this.#violated(`${life.name} ended in state ${life.state}`)
    }
    const { gauges } = app.stats()
    if (app.connections.size > 0)
      this.#violated(`${app.connections.size} connections are left in the registry`)
    const left = JSON.stringify(gauges)
    if (/[1-9]/.test(left)) this.#violated(`not everything was given back: ${left}`)
    if (timers > 0) this.#violated(`${timers} timers are left on the clock`)
    this.#ask([...this.invariants, ...this.conclusions])
  }

  #ask(invariants: readonly Invariant[]): void {
    for (const { what, holds } of invariants) if (!holds()) this.#violated(`it does not hold that ${what}`)
  }

  #life(conn: Connection<unknown>): Life {
    const known = this.#lives.get(conn.id)
    if (known !== undefined) return known
    const client = conn.request.headers[CLIENT_HEADER] ?? 'stranger'
    const life: Life = {
      name: `connection ${this.#lives.size} (client ${client})`,
      state: 'connecting',
      opened: false,
      closes: 0,
      handling: 0,
      handledWhileClosing: false,
      held: [],
      position: 0,
    }
    this.#lives.set(conn.id, life)
    return life
  }

  #moved(life: Life, from: LifecycleState, to: LifecycleState): void {
    this.#trace.add(`${life.name} ${from} → ${to}`)
    if (life.state !== from) this.#violated(`${life.name} left ${from}, but was ${life.state}`)
    if (!FORWARD[from].includes(to)) this.#violated(`${life.name} went from ${from} to ${to}`)
    life.state = to
  }

  #released(life: Life, resource: number): void {
    const last = life.held.pop()
    if (last !== resource) this.#violated(`${life.name} released ${resource} where ${String(last)} was due`)
  }

  #handle(life: Life, message: string, next: () => void | Promise<void>): void | Promise<void> {
    if (!life.opened) this.#violated(`${life.name} handled a message before it was active`)
    if (life.state === 'closed') this.#violated(`${life.name} handled a message after it was closed`)
    if (life.state === 'closing') life.handledWhileClosing = true
    if (life.handling > 0) this.#violated(`${life.name} ran two handlers at a time`)
    const client = /client (.*)\)/.exec(life.name)?.[1] ?? ''
    const at = this.#sent(client).indexOf(message, life.position)
    if (at < 0) this.#violated(`${life.name} handled ${message} out of order, twice, or out of nowhere`)
    life.position = at + 1
    life.handling += 1
    let pending: void | Promise<void>
    try {
      pending = next()
    } catch (thrown) {
      life.handling -= 1
      throw thrown
    }
    if (pending === undefined) {
      life.handling -= 1
      return
    }
    return pending.finally(() => {
      life.handling -= 1
    })
  }

  #violated(what: string): void {
    this.#trace.add(`VIOLATION: ${what}`)
    this.violations.push(what)
  }
}

/** Bytes of the largest broadcast. */
export const LARGEST_BROADCAST = 60_000

/** Messages in the largest packet that a simulated client sends: a paused transport still hands over that many. */
export const LARGEST_BURST = 40

/** A message as a short word: the same for the same bytes. */
export function fingerprint(bytes: Uint8Array): string {
  let hash = 2_166_136_261
  for (const byte of bytes) hash = Math.imul(hash ^ byte, 16_777_619)
  return `${bytes.length}#${(hash >>> 0).toString(36)}`
}
