/** Which of the two nodes a command is for: what `sender` publishes, a connection of `receiver` gets. */
export type Member = 'sender' | 'receiver'

/** What a process that holds a node can be told, one command at a time. */
export type Command =
  /** Makes the node: an application on the engine, with one connection that is in so many topics. */
  | { readonly do: 'open'; readonly engine: string; readonly address: string; readonly topics: number }
  /** Sends so many messages a second, until `rest`. */
  | { readonly do: 'pace'; readonly rate: number }
  | { readonly do: 'rest' }
  /** Sends as much as goes for a time, to so many topics in turn, and never has more than `window` bytes waiting. */
  | {
      readonly do: 'flood'
      readonly milliseconds: number
      readonly topics: number
      readonly window: number
    }
  | { readonly do: 'read' }
  /** Leaves the engine. */
  | { readonly do: 'leave' }

/** What a node has done since the last time it was asked, and what it was told. Times are of the machine's one clock. */
export interface Readings {
  /** Microseconds. */
  readonly at: number
  /** Microseconds of the process, since it started. */
  readonly cpu: number
  /** Calls of `send`, by their answers. */
  readonly answers: Readonly<Record<string, number>>
  /** Publishes that the engine was asked for. */
  readonly publishes: number
  /** What the connection got: number, when it was sent, when it arrived, in microseconds; the last 20,000. */
  readonly arrivals: readonly Arrival[]
  /** How many those were. */
  readonly received: number
  readonly told: readonly Told[]
}

export type Arrival = readonly [number: number, sentAt: number, at: number]

/** An event of the application: the engine's status, or a gap. */
export interface Told {
  readonly at: number
  readonly what: 'up' | 'degraded' | 'down' | 'gap'
  /** Of a gap: how many messages, where that is known. */
  readonly missed?: number | undefined
}

export interface Request {
  readonly member: Member
  readonly command: Command
}

/** The answer to a request. */
export interface Reply {
  readonly readings?: Readings
  readonly error?: string
}
