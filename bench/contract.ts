/** What an application of ours may be observed by. */
export type Telemetry = 'metrics' | 'traces' | 'recorder'

/** What a server process is told when it starts. */
export interface Setup {
  /** What becomes of a message: its echo at once, its echo after an await, or the same to everybody. */
  readonly handler: 'sync' | 'async' | 'room'
  /** Milliseconds between two heartbeats of a connection; absent: what the server does by itself. */
  readonly heartbeat?: number
  /** For ours: the realistic pipeline, the same with an ambient context, or nothing but a handler. */
  readonly pipeline?: 'realistic' | 'context' | 'minimal'
  readonly telemetry?: readonly Telemetry[]
  /** Where traces go: a port of 127.0.0.1. */
  readonly collector?: number
}

/** What a server process can be asked. Each answer has its CPU time so far. */
export type Command = 'cpu' | 'memory' | 'watch' | 'unwatch' | 'drain' | 'leave'

/** What a server process answers. */
export interface Readings {
  /** Microseconds, user and system, since it started. */
  readonly cpu: number
  /** Bytes after a full collection; 0 where not asked for. */
  readonly rss: number
  readonly heap: number
  /** Those of array buffers, which are beside the heap. */
  readonly buffers: number
  /** The longest stall of the event loop since `watch`, in milliseconds. */
  readonly stall: number
}
