import type { Connection, LifecycleState, Linkspan } from '@linkspan/core'

/** Where a connection may go from each state. */
const NEXT: { readonly [State in LifecycleState]: readonly LifecycleState[] } = {
  connecting: ['authenticated', 'closing'],
  authenticated: ['active', 'closing'],
  active: ['closing'],
  closing: ['closed'],
  closed: [],
}

/** What is known of one connection that is not over. */
interface Life {
  state: LifecycleState
  opened: boolean
  handling: boolean
  expected: number
  /** What middlewares hold around the connection, and what was deferred; each in the order of taking. */
  readonly held: { readonly middleware: string[]; readonly deferred: string[] }
}

/** What a witness has seen. */
export interface Testimony {
  readonly closes: number
  /** Close events by code. */
  readonly codes: Readonly<Record<string, number>>
  readonly errors: Readonly<Record<string, number>>
  readonly drops: Readonly<Record<string, number>>
  readonly handled: number
  readonly taken: number
  readonly released: number
  /** Connections whose life is not over. */
  readonly left: number
  /** What was not as promised; the first hundred. */
  readonly violations: readonly string[]
}

/** Watches the events of an application, and holds every connection to what is promised. Forgets those that are over. */
export class Witness {
  readonly #lives = new Map<string, Life>()
  readonly #violations: string[] = []
  readonly #codes: Record<string, number> = {}
  readonly #errors: Record<string, number> = {}
  readonly #drops: Record<string, number> = {}
  #closes = 0
  #handled = 0
  #taken = 0
  #released = 0

  watch(app: Linkspan<unknown>): void {
    app.on('transition', ({ id }, { from, to }) => {
      // The first that is told of a connection is how it leaves `connecting`.
      const life = from === 'connecting' ? this.#life(id) : this.#lives.get(id)
      if (life === undefined) return this.#wrong(id, `${from} → ${to} after its end`)
      if (life.state !== from || !NEXT[from].includes(to)) this.#wrong(id, `${from} → ${to} in ${life.state}`)
      life.state = to
    })
    app.on('open', ({ id }) => {
      const life = this.#lives.get(id)
      if (life?.state !== 'active' || life.opened) this.#wrong(id, `'open' in ${life?.state ?? 'no state'}`)
      else life.opened = true
    })
    app.on('close', ({ id }, { code }) => this.#close(id, code))
    app.on('error', ({ code }) => count(this.#errors, code))
    app.on('drop', (_conn, { direction, reason }) => count(this.#drops, `${direction}: ${reason}`))
  }

  /** A handler begins with a message; the answer is called when it has ended. */
  handling(conn: Connection<unknown>): () => void {
    this.#handled += 1
    const life = this.#life(conn.id)
    if (life.handling) this.#wrong(conn.id, 'two handlers at once')
    life.handling = true
    return () => {
      life.handling = false
    }
  }

  /** The number that a peer has put on a message: they are to come in order, and none may be missing. */
  numbered(conn: Connection<unknown>, number: number): void {
    const life = this.#life(conn.id)
    if (number !== life.expected) this.#wrong(conn.id, `message ${number} came instead of ${life.expected}`)
    life.expected = number + 1
  }

  /** A resource was taken; the answer releases it: middlewares' first, then what was deferred, each in reverse. */
  take(conn: Connection<unknown>, where: 'middleware' | 'deferred', what: string): () => void {
    this.#taken += 1
    const { held } = this.#life(conn.id)
    held[where].push(what)
    let released = false
    return () => {
      this.#released += 1
      if (released) return this.#wrong(conn.id, `${what} was released twice`)
      released = true
      if (where === 'deferred' && held.middleware.length > 0)
        this.#wrong(conn.id, `${what} was released before ${held.middleware.join(', ')}`)
      const last = held[where].pop()
      if (last !== what) this.#wrong(conn.id, `${what} was released, and ${last ?? 'nothing'} was next`)
    }
  }

  tell(): Testimony {
    return {
      closes: this.#closes,
      codes: this.#codes,
      errors: this.#errors,
      drops: this.#drops,
      handled: this.#handled,
      taken: this.#taken,
      released: this.#released,
      left: this.#lives.size,
      violations: this.#violations,
    }
  }

  #close(id: string, code: number): void {
    this.#closes += 1
    count(this.#codes, code)
    const life = this.#lives.get(id)
    if (life === undefined) return this.#wrong(id, 'a second close event')
    this.#lives.delete(id)
    if (life.state !== 'closed') this.#wrong(id, `'close' in ${life.state}`)
    if (life.handling) this.#wrong(id, "'close' while a handler runs")
    const held = [...life.held.middleware, ...life.held.deferred]
    if (held.length > 0) this.#wrong(id, `'close' while ${held.join(', ')} is held`)
  }

  #life(id: string): Life {
    let life = this.#lives.get(id)
    if (life === undefined) {
      life = {
        state: 'connecting',
        opened: false,
        handling: false,
        expected: 0,
        held: { middleware: [], deferred: [] },
      }
      this.#lives.set(id, life)
    }
    return life
  }

  #wrong(id: string, what: string): void {
    if (this.#violations.length < 100) this.#violations.push(`${id}: ${what}`)
  }
}

function count(counts: Record<string, number>, key: string | number): void {
  counts[key] = (counts[key] ?? 0) + 1
}
