/** What is heard of one connection that subscribes. */
export interface LineEvents {
  message(channel: string, payload: Uint8Array): void
  /** It is over, whatever ended it. Told once, and not after `end`. */
  lost(cause: unknown): void
  /** In a cluster: a channel may have gone to another node. */
  moved(): void
}

/** One connection that subscribes. It connects once and never again: whoever holds it makes another. */
export interface Line {
  /** Resolves when it stands; rejects where it does not come to that. */
  readonly ready: Promise<unknown>
  subscribe(channel: string): Promise<unknown>
  unsubscribe(channel: string): Promise<unknown>
  ping(): Promise<unknown>
  end(): void
}

/** A Redis that can be subscribed at. */
export interface Place {
  /** No two of one survey have the same. */
  readonly address: string
  dial(events: LineEvents): Line
}

/** Where channels are heard. */
export interface Places {
  /** Those that all have to stand: every master of a cluster for sharded pub/sub, else one. */
  readonly all: readonly Place[]
  of(channel: string): Place
}

/** A look at what there is, which is over when it is found, or ended. */
export interface Survey {
  readonly places: Promise<Places>
  end(): void
}

/** What the client that was handed in has told. */
export interface ClientEvents {
  ready(): void
  lost(): void
}

/** All that a broker does with a client, whichever package it is of. */
export interface Engine {
  /** Whether what it is given leaves at once. */
  readonly ready: boolean
  /** Answers what ends the watch. */
  watch(events: ClientEvents): () => void
  publish(channel: string, payload: Buffer): Promise<unknown>
  ping(): Promise<unknown>
  survey(): Survey
  /** Which master has which slots, as text that is equal as long as nothing moves; undefined where nothing can. */
  layout(): Promise<string | undefined>
}
