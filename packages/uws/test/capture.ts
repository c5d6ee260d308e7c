import { type Handshake, type Linkspan, linkspan, type TransportSink } from '@linkspan/core'

/** An application that only collects the handshakes it is handed, and answers none. */
export function capturing(): {
  readonly app: Linkspan<unknown>
  /** Resolves with the next handshake. */
  next(): Promise<Handshake>
} {
  const app = linkspan() as Linkspan<unknown>
  const handshakes: Handshake[] = []
  const waiting: ((handshake: Handshake) => void)[] = []
  app.handle = (handshake) => {
    const taker = waiting.shift()
    if (taker === undefined) handshakes.push(handshake)
    else taker(handshake)
  }
  const next = (): Promise<Handshake> => {
    const handshake = handshakes.shift()
    if (handshake !== undefined) return Promise.resolve(handshake)
    return new Promise((resolve) => waiting.push(resolve))
  }
  return { app, next }
}

/** A sink that writes down what it is told. */
export class Told implements TransportSink {
  readonly calls: (readonly unknown[])[] = []
  readonly closing: Promise<void>
  #closed!: () => void
  #drained: (() => void) | undefined

  constructor() {
    this.closing = new Promise((resolve) => {
      this.#closed = resolve
    })
  }

  message(data: Uint8Array | ArrayBuffer, binary: boolean): void {
    this.calls.push(['message', Buffer.from(new Uint8Array(data)).toString(), binary])
  }

  ping(): void {
    this.calls.push(['ping'])
  }

  pong(): void {
    this.calls.push(['pong'])
  }

  drain(): void {
    this.calls.push(['drain'])
    this.#drained?.()
  }

  closed(...said: Parameters<TransportSink['closed']>): void {
    this.calls.push(['closed', ...said])
    this.#closed()
  }

  draining(): Promise<void> {
    return new Promise((resolve) => {
      this.#drained = resolve
    })
  }
}
