import type { CloseInfo } from '../close.js'
import type { LifecycleState } from '../state.js'
import type { Entry } from './entry.js'

/** How many messages went one way, and their bytes. */
interface Traffic {
  readonly count: number
  readonly bytes: number
}

/**
 * What a flight recorder has of one connection, as plain JSON: what it did and what became of it, and nothing of what it
 * asked for or said. No address, path, header, payload or subject is in it, and no reason that its peer wrote.
 *
 * Times are in whole milliseconds since its upgrade request arrived, and sizes in bytes.
 *
 * @example
 * const recording: Recording | undefined = app.recording(id)
 * await writeFile(`${id}.json`, JSON.stringify(recording))
 */
export interface Recording {
  readonly version: 1
  /** The connection's id. */
  readonly id: string
  /** What carried it. */
  readonly via: string
  /** The subprotocol, `''` where none was chosen. */
  readonly protocol: string
  /** Milliseconds since the Unix epoch. */
  readonly arrived: number
  /** From when on it was recorded: 0, or when `app.record` was called. */
  readonly from: number
  /** Its state when this was read, and how old it was then, or became. */
  readonly state: LifecycleState
  readonly age: number
  /** When the peer was last heard of. */
  readonly heard: number
  readonly totals: { readonly received: Traffic; readonly sent: Traffic }
  /** In order: the first ones, and, where there were more than fit, the last ones. */
  readonly entries: readonly Entry[]
  /** How many are missing, behind the first `head` of them. */
  readonly lost: number
  readonly head: number
  /** How it ended. `reason` is `''` unless it is ours. */
  readonly end?: Omit<CloseInfo, 'wireCode'> & { readonly wireCode?: number }
  /** While it lives: what waits, and which middleware its handshake has come to. */
  readonly now?: {
    readonly backlog: number
    readonly buffered: number
    readonly middleware?: string
  }
}
