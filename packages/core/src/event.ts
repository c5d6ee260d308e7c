import type { Rejection } from './rejection.js'

/**
 * The timers of a connection's life: the end of the handshake, of the closing handshake, of the release, the notice
 * before a lease ends, and its end.
 */
export type Timer = 'handshake' | 'close' | 'release' | 'lead' | 'expiry'

/** What has happened to a connection. Past tense: an event is a fact, never a wish. */
export type Event =
  /** `conn.authenticate`; or the end of a pipeline in which nobody did. */
  | { readonly type: 'identity.settled'; readonly expiresAt: number | undefined }
  /** `conn.renew`. */
  | { readonly type: 'identity.renewed'; readonly expiresAt: number | undefined }
  /** `conn.accept`: the 101 was asked for before the pipeline ended. */
  | { readonly type: 'accept.requested' }
  /** The innermost `next` was called. */
  | { readonly type: 'pipeline.completed' }
  /** A middleware refused. `settled`: with it the outermost promise of the pipeline settled. */
  | { readonly type: 'pipeline.refused'; readonly rejection: Rejection; readonly settled: boolean }
  /** The outermost promise of the pipeline settled. */
  | { readonly type: 'pipeline.settled' }
  /**
   * `retryAfter`: whole seconds, for a client whose upgrade has not been answered. `from`: who asked, where it was not the
   * application with `conn.close`: for those who watch.
   */
  | {
      readonly type: 'close.requested'
      readonly code: number
      readonly reason: string
      readonly retryAfter?: number
      readonly from?: 'handler' | 'inbox' | 'disconnect' | 'drain'
    }
  /** The end was asked for, and a close frame cannot travel or is not wanted. */
  | { readonly type: 'terminate.requested'; readonly code: number; readonly reason: string }
  /** The client went away before it was answered. */
  | { readonly type: 'handshake.aborted' }
  /** The socket is gone. `violation`: the RFC's code, where the peer broke the protocol. */
  | {
      readonly type: 'transport.closed'
      readonly code: number
      readonly reason: string
      readonly violation?: { readonly code: number; readonly sent: boolean } | undefined
    }
  /** No handler runs, and none will. */
  | { readonly type: 'inbox.finished' }
  /** Every `defer` has run. */
  | { readonly type: 'resources.released' }
  | { readonly type: 'timer.fired'; readonly timer: Timer }
