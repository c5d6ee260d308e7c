import { strict as assert } from 'node:assert'
import { type CloseInfo, type Connection, type Linkspan, LinkspanError } from '@linkspan/core'
import type { Answer, Peer, Refused } from '../peer.js'

/** What a test opens when the code that waits for it may go on. */
export class Gate {
  readonly opened: Promise<void>
  #open!: () => void

  constructor() {
    this.opened = new Promise((resolve) => {
      this.#open = resolve
    })
  }

  readonly open = (): void => this.#open()
}

/** An application that sends back what it is sent, for behaviours that ask whether a connection still lives. */
export function echo(conn: Connection<unknown>, message: Parameters<Connection<unknown>['send']>[0]): void {
  conn.send(message)
}

/** Proves that a connection to an application with {@link echo} lives, and that all it sent before has arrived. */
export async function assertAlive(peer: Peer): Promise<void> {
  peer.send('are you there?')
  assert.equal(await peer.next(), 'are you there?')
}

/** The only connection of an application. */
export function only<Data>(app: Linkspan<Data>): Connection<Data> {
  const [conn, ...others] = [...app.connections]
  assert.ok(conn !== undefined && others.length === 0, `one connection, not ${app.connections.size}`)
  return conn
}

/** An end without its duration, to compare with a literal. */
export function endOf({ code, reason, by, clean, wireCode }: CloseInfo): Omit<CloseInfo, 'duration'> {
  return { code, reason, by, clean, wireCode }
}

/** The end of a connection whose socket was reset or ended without a close frame. */
export const CUT_BY_NETWORK: Omit<CloseInfo, 'duration'> = {
  code: 1006,
  reason: '',
  by: 'network',
  clean: false,
  wireCode: undefined,
}

/** A refusal; fails where the client was let in. */
export function refusalOf(answer: Answer): Refused {
  assert.ok(!answer.upgraded, 'the client was let in')
  return answer
}

/** The code of the LinkspanError that a call throws or rejects with; `undefined` where it does neither. */
export async function errorCodeOf(call: () => unknown): Promise<string | undefined> {
  try {
    await call()
    return undefined
  } catch (thrown) {
    if (thrown instanceof LinkspanError) return thrown.code
    throw thrown
  }
}
