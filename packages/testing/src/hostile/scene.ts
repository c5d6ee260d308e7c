import assert from 'node:assert/strict'
import type { Connection, LifecycleState, Linkspan } from '@linkspan/core'
import type { Served, Stage } from '../behaviour.js'
import type { LogBook } from '../conformance/log-book.js'
import { Gate } from '../conformance/support.js'
import type { Recorder } from '../recorder.js'
import type { RawClient } from './raw-client.js'

/** Where well-behaved clients connect, whom no middleware of a case concerns. */
export const WELL_BEHAVED = '/well-behaved'

/** What the steps of a case can get at. */
export class Scene {
  readonly stage: Stage
  readonly app: Linkspan<{}>
  readonly record: Recorder
  readonly book: LogBook
  /** Opened by a step, for code of the application that waits. */
  readonly gate: Gate = new Gate()
  /** What the handler was given. */
  readonly handled: (string | Uint8Array)[] = []
  /** Whatever the application wants to say. */
  readonly notes: string[] = []
  /** What must be found in no log and in no answer. */
  readonly secrets: string[] = []
  served!: Served
  client!: RawClient
  /** Further clients of the same kind. */
  dial!: () => RawClient
  #conn: Connection<unknown> | undefined

  constructor(stage: Stage, app: Linkspan<{}>, book: LogBook) {
    this.stage = stage
    this.app = app
    this.record = stage.record(app as unknown as Linkspan<unknown>)
    this.book = book
    app.on('transition', (conn) => this.#found(conn))
    app.on('open', (conn) => this.#found(conn))
  }

  /** The server's side of the client under test, from its arrival on. */
  get conn(): Connection<unknown> {
    for (const conn of this.app.connections) this.#found(conn)
    assert.ok(this.#conn !== undefined, 'no connection came to be')
    return this.#conn
  }

  /** Whether its request has reached the application. */
  get arrived(): boolean {
    for (const conn of this.app.connections) this.#found(conn)
    return this.#conn !== undefined
  }

  readonly until = (holds: () => boolean, what: string): Promise<void> => this.stage.until(holds, what)

  /** Waits until the connection is in this state, or past it. */
  readonly reaches = async (state: LifecycleState): Promise<void> => {
    await this.until(() => this.arrived, 'the request arrives')
    const past = STATES.slice(STATES.indexOf(state))
    await this.until(() => past.includes(this.conn.state), `the connection is ${state}`)
  }

  #found(conn: Connection<unknown>): void {
    if (conn.request.path !== WELL_BEHAVED) this.#conn ??= conn
  }
}

const STATES: readonly LifecycleState[] = ['connecting', 'authenticated', 'active', 'closing', 'closed']
