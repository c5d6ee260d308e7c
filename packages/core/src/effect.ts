import type { Event, Timer } from './event.js'
import type { Rejection } from './rejection.js'
import type { ClosingStage } from './state.js'

/** What is to be done: plain data, in the order it is to be done in. Only the interpreter acts on it. */
export type Effect =
  /** Starts a timer that runs for the time its name has in the options. */
  | { readonly type: 'schedule'; readonly timer: 'handshake' | 'close' | 'release' }
  /** Starts a timer that ends at an instant; `lead` ends the configured time before it. */
  | { readonly type: 'schedule'; readonly timer: 'lead' | 'expiry'; readonly at: number }
  | { readonly type: 'cancel'; readonly timer: Timer }
  /** Puts an event at the end of the mailbox. */
  | { readonly type: 'raise'; readonly event: Event }
  | { readonly type: 'runPipeline' }
  | { readonly type: 'acceptUpgrade' }
  | { readonly type: 'rejectUpgrade'; readonly rejection: Rejection }
  | { readonly type: 'announceRejection'; readonly rejection: Rejection }
  /** Heartbeat on, queued sends and joins out, `open`, held messages in. */
  | { readonly type: 'activate' }
  | { readonly type: 'announceExpiry'; readonly at: number }
  /** Heartbeat off, `signal` aborted, topics left. */
  | { readonly type: 'deactivate' }
  | { readonly type: 'sendClose'; readonly code: number; readonly reason: string }
  | { readonly type: 'terminateSocket' }
  /** Drops and counts what no handler has seen. */
  | { readonly type: 'dropBacklog' }
  /** Raises `inbox.finished` once nothing is queued and no handler runs. */
  | { readonly type: 'finishInbox' }
  /** Resolves what every middleware awaits in `next()`. */
  | { readonly type: 'unwind' }
  /** Runs the `defer`s, last first, then raises `resources.released`. */
  | { readonly type: 'release' }
  /** The release ran out of time: reports what hangs, and starts what has not started without waiting for it. */
  | { readonly type: 'abandon'; readonly stage: ClosingStage }
  /** Emits `close` and lets go of everything. */
  | { readonly type: 'finish' }
