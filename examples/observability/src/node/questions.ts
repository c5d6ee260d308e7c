// What the example and its nodes say to each other, over the channel that Node gives to child processes.

/** What a node is told when it begins. */
export interface NodeConfig {
  readonly name: string
  readonly host: string
  /** 0: any. */
  readonly port: number
  readonly redis: string
  /** Base64: the tokens' secret. */
  readonly secret: string
  /** Where its log goes. */
  readonly log: string
}

/** What a node may be asked. */
export interface Questions {
  /** Why did a connection end? */
  explain: { readonly ask: { readonly connection: string }; readonly answer: Explained }
  /** How many milliseconds longer does each search take from now on? */
  slow: { readonly ask: { readonly by: number }; readonly answer: undefined }
  /** What was traced? */
  spans: { readonly ask: undefined; readonly answer: Traced }
}

/** What `app.explain` answered. */
interface Explained {
  /** Whether the connection is over, and known. */
  readonly over: boolean
  /** The sentence, and the timeline below it. */
  readonly text: string
}

/** What a node has traced, where nobody collects it. */
export interface Traced {
  readonly handshakes: number
  readonly messages: number
  readonly last: TracedHandshake | undefined
}

/** One handshake, as its span tells. Times are in milliseconds. */
export interface TracedHandshake {
  readonly trace: string
  readonly duration: number
  readonly middleware: readonly {
    readonly name: string
    readonly decision: string
    readonly duration: number
  }[]
}

/** From the example to a node: once `begin`, and then questions. */
export type ToNode =
  | { readonly begin: NodeConfig }
  | { readonly id: number; readonly question: keyof Questions; readonly ask: unknown }

/** From a node to the example: once that it listens, and then answers. */
export type FromNode = { readonly listening: number } | { readonly id: number; readonly answer: unknown }
