import type { HandshakeRequest } from './request.js'

/**
 * When pings go out, and how many may stay unanswered. A dead peer is found out after `interval × (misses + 1)`.
 *
 * @example
 * linkspan({ heartbeat: { interval: 15_000, misses: 2 } })
 */
export interface HeartbeatOptions {
  /** Milliseconds of silence before a ping, and between pings; 10 to 2^31 - 1. */
  readonly interval: number
  /** Pings that may stay unanswered, each for an interval; 1 or more. Then the connection is cut, with 4102. */
  readonly misses: number
  /** What it is called where it is told. Default: `'custom'`. */
  readonly name?: string
}

/**
 * Paces for networks of known kinds. A dead peer is found out after 120 s (`lan`), 90 s (`mobile`), 180 s
 * (`highLatency`). `lan` is the default of an application.
 *
 * @example
 * linkspan({ heartbeat: paces.mobile })
 */
export const paces: {
  readonly lan: HeartbeatOptions
  readonly mobile: HeartbeatOptions
  readonly highLatency: HeartbeatOptions
} = {
  lan: { name: 'lan', interval: 30_000, misses: 3 },
  mobile: { name: 'mobile', interval: 15_000, misses: 5 },
  highLatency: { name: 'highLatency', interval: 60_000, misses: 2 },
}

/**
 * What the pings of one connection have found out.
 *
 * @example
 * const lossy = (line: Line): boolean => line.loss > 0.2
 */
export interface Line {
  readonly pace: HeartbeatOptions
  /** The round trip in milliseconds, smoothed; `undefined` before the first pong. */
  readonly rtt: number | undefined
  /** How much round trips differ, in milliseconds, smoothed. */
  readonly jitter: number
  /** The part of pings that went unanswered until the next one, 0 to 1, smoothed. */
  readonly loss: number
}

/**
 * A heartbeat that fits each connection.
 *
 * @example
 * const patient: HeartbeatPolicy = { paces: [paces.mobile], begin: () => paces.mobile }
 */
export interface HeartbeatPolicy {
  /** Every pace that it may answer. */
  readonly paces: readonly HeartbeatOptions[]
  /** The pace of a connection that has become active. */
  begin(request: HandshakeRequest): HeartbeatOptions
  /** The pace after the next ping, asked each time one was answered or was not. Default: it stays. */
  adjust?(line: Line): HeartbeatOptions
}

/**
 * The heartbeat of one connection: its pace, and what its pings have found out where that is measured.
 *
 * @example
 * const { name, interval } = conn.heartbeat ?? {}
 */
export interface Heartbeat {
  readonly name: string
  readonly interval: number
  readonly misses: number
  readonly rtt: number | undefined
  readonly jitter: number | undefined
  readonly loss: number | undefined
}

/** Weights of a new sample, as TCP smooths its round trips (RFC 6298 §2.3). */
const OF_RTT = 1 / 8
const OF_JITTER = 1 / 4
const OF_LOSS = 1 / 8

/** A line that is measured. */
export class MeasuredLine implements Line {
  pace: HeartbeatOptions
  rtt: number | undefined = undefined
  jitter = 0
  loss = 0

  constructor(pace: HeartbeatOptions) {
    this.pace = pace
  }

  answered(rtt: number): void {
    if (this.rtt === undefined) this.rtt = rtt
    else {
      this.jitter += OF_JITTER * (Math.abs(rtt - this.rtt) - this.jitter)
      this.rtt += OF_RTT * (rtt - this.rtt)
    }
    this.loss -= OF_LOSS * this.loss
  }

  missed(): void {
    this.loss += OF_LOSS * (1 - this.loss)
  }
}
