/** What a server program is asked for over its channel to the program that started it, and what it answers. */
export interface Question {
  readonly id: number
  readonly ask: string
  readonly about?: unknown
}

export type Reply =
  | { readonly id: number; readonly answer: unknown }
  | { readonly id: number; readonly failed: string }

/** Said once, unasked: it listens. */
export interface Ready {
  readonly port: number
}

/** Said whenever there is something to say. */
export interface Unasked {
  readonly told: unknown
}

export type Answers = Readonly<Record<string, (about: unknown) => unknown>>
