import type {
  CloseInfo,
  Connection,
  ErrorCode,
  HeartbeatOptions,
  Identity,
  LifecycleState,
  Linkspan,
  LinkspanError,
  TopicAction,
} from '@linkspan/core'

/** One event of an application, as it was told. */
export type Recorded =
  | {
      readonly event: 'transition'
      readonly id: string
      readonly from: LifecycleState
      readonly to: LifecycleState
    }
  | { readonly event: 'open'; readonly id: string }
  | { readonly event: 'close'; readonly id: string; readonly info: CloseInfo }
  | {
      readonly event: 'reject'
      readonly id: string
      readonly status: number
      readonly code: number
      readonly reason: string
    }
  | { readonly event: 'error'; readonly id: string | undefined; readonly error: LinkspanError }
  | {
      readonly event: 'drop'
      readonly id: string
      readonly direction: 'in' | 'out'
      readonly reason: string
      readonly bytes: number
    }
  | {
      readonly event: 'access'
      readonly id: string
      readonly action: TopicAction
      readonly topic: string
      readonly allowed: boolean
    }
  | { readonly event: 'renewed'; readonly id: string; readonly before: Identity; readonly after: Identity }
  | {
      readonly event: 'heartbeat'
      readonly id: string
      readonly from: HeartbeatOptions
      readonly to: HeartbeatOptions
    }
  | { readonly event: 'backpressure'; readonly id: string; readonly buffered: number }
  | { readonly event: 'expiring'; readonly id: string; readonly expiresAt: number; readonly in: number }

type Named<Name extends Recorded['event']> = Extract<Recorded, { event: Name }>

/**
 * Writes down every event of an application, and lets a test wait for one.
 *
 * @example
 * const record = new Recorder(app)
 * const { info } = await record.next('close')
 */
export class Recorder {
  readonly all: Recorded[] = []
  readonly #taken = new Map<string, number>()
  #waiters: (() => void)[] = []
  #lookedAt = 0
  #expected: 'any' | Set<ErrorCode> = new Set()

  constructor(app: Linkspan<unknown>) {
    const id = (conn: Connection<unknown>): string => conn.id
    app.on('transition', (conn, change) => this.#add({ event: 'transition', id: id(conn), ...change }))
    app.on('open', (conn) => this.#add({ event: 'open', id: id(conn) }))
    app.on('close', (conn, info) => this.#add({ event: 'close', id: id(conn), info }))
    app.on('reject', (conn, rejection) => this.#add({ event: 'reject', id: id(conn), ...rejection }))
    app.on('error', (error, conn) => this.#add({ event: 'error', id: conn?.id, error }))
    app.on('drop', (conn, what) => this.#add({ event: 'drop', id: id(conn), ...what }))
    app.on('access', (conn, decision) => this.#add({ event: 'access', id: id(conn), ...decision }))
    app.on('renewed', (conn, change) => this.#add({ event: 'renewed', id: id(conn), ...change }))
    app.on('heartbeat', (conn, change) => this.#add({ event: 'heartbeat', id: id(conn), ...change }))
    app.on('backpressure', (conn, state) => this.#add({ event: 'backpressure', id: id(conn), ...state }))
    app.on('expiring', (conn, lease) => this.#add({ event: 'expiring', id: id(conn), ...lease }))
  }

  /** All events of one name so far. Errors among them count as looked at. */
  of<Name extends Recorded['event']>(name: Name): Named<Name>[] {
    const entries = this.#select(name)
    if (name === 'error') this.#lookedAt = entries.length
    return entries
  }

  /** Says that errors belong to what is tested: of these codes, or of any. Others fail it, unless it looks at them. */
  expectErrors(...codes: readonly ErrorCode[]): void {
    if (codes.length === 0) this.#expected = 'any'
    else if (this.#expected !== 'any') for (const code of codes) this.#expected.add(code)
  }

  /** Errors that were neither expected nor looked at. */
  unexpectedErrors(): readonly LinkspanError[] {
    const expected = this.#expected
    if (expected === 'any') return []
    const later = this.#select('error').slice(this.#lookedAt)
    return later.map(({ error }) => error).filter(({ code }) => !expected.has(code))
  }

  #select<Name extends Recorded['event']>(name: Name): Named<Name>[] {
    return this.all.filter((entry): entry is Named<Name> => entry.event === name)
  }

  /** The next event of this name that was not taken yet; waits for it, 5 s of real time at most. */
  async next<Name extends Recorded['event']>(name: Name): Promise<Named<Name>> {
    const index = this.#taken.get(name) ?? 0
    this.#taken.set(name, index + 1)
    const deadline = Date.now() + 5_000
    for (;;) {
      const entry = this.#select(name)[index]
      if (entry !== undefined) {
        if (name === 'error') this.#lookedAt = Math.max(this.#lookedAt, index + 1)
        return entry
      }
      await this.#something(deadline, name)
    }
  }

  #something(deadline: number, name: string): Promise<void> {
    return new Promise((resolve, reject) => {
      const timer = setTimeout(
        () =>
          reject(
            new Error(
              `no '${name}' event came; there were: ${this.all.map((entry) => entry.event).join(', ') || 'none'}`,
            ),
          ),
        deadline - Date.now(),
      )
      this.#waiters.push(() => {
        clearTimeout(timer)
        resolve()
      })
    })
  }

  #add(entry: Recorded): void {
    this.all.push(entry)
    const waiters = this.#waiters
    this.#waiters = []
    for (const wake of waiters) wake()
  }
}
