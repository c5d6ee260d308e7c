/**
 * How busy a process is.
 *
 * @example
 * const load: Load = { eventLoopDelay: 12, heapUsed: 0.4 }
 */
export interface Load {
  /** Milliseconds that the event loop runs late. */
  readonly eventLoopDelay: number
  /** The share of the heap's limit that is used, 0 to 1. */
  readonly heapUsed: number
}

/**
 * What measures the load: `processLoad()` of `@linkspan/node`, or something of your own. Asked at every handshake, so it
 * answers what it knows, and measures in the background.
 *
 * @example
 * const source: LoadSource = { read: () => ({ eventLoopDelay: 0, heapUsed: 0.4 }) }
 */
export interface LoadSource {
  read(): Load
}
