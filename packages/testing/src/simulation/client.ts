import type { TestHost } from '../host.js'
import type { Attempt, Peer } from '../peer.js'
import { CLIENT_HEADER, fingerprint, LARGEST_BURST } from './probe.js'
import type { Random } from './random.js'
import type { Action } from './schedule.js'

/** Makes the `count`th message of a client: text, or bytes. */
export type MessageMaker = (random: Random, count: number) => string | Uint8Array

/** What clients share. */
export interface ClientContext {
  readonly host: TestHost
  readonly random: Random
  readonly path: string
  readonly maxPayload: number
  readonly message: MessageMaker
  /** What each connection of each client has sent, as fingerprints, by `client.attempt`. */
  readonly sent: Map<string, string[]>
}

const utf8 = new TextEncoder()
const CODES = [undefined, 1000, 1001, 1008, 3000, 4000, 4999] as const

/** One client: connects, speaks, misbehaves and leaves as it is told, and comes back under a new name. */
export class SimulatedClient {
  readonly #context: ClientContext
  readonly #number: number
  #attempts = 0
  #attempt: Attempt | undefined
  #peer: Peer | undefined
  #sent: string[] = []
  /** As a browser keeps them: by name, whatever else is said of them. */
  readonly #cookies = new Map<string, string>()

  constructor(context: ClientContext, number: number) {
    this.#context = context
    this.#number = number
  }

  act({ kind, amount, exactly }: Action): void {
    const peer = this.#peer
    switch (kind) {
      case 'connect':
        return this.#attempt === undefined ? this.#connect() : undefined
      case 'cut':
        return this.leave()
      case 'end':
        return (peer ?? this.#attempt)?.end()
      case 'send':
        return this.#send(1)
      case 'burst':
        return this.#send(1 + Math.floor(amount * LARGEST_BURST))
      case 'ping':
        return peer?.ping()
      case 'close':
        return peer?.close(exactly ?? CODES[Math.floor(amount * CODES.length)], 'done')
      case 'pause':
        return peer?.pause()
      case 'resume':
        return peer?.resume()
      case 'mute':
      case 'unmute':
        if (peer !== undefined) peer.answersPings = kind === 'unmute'
        return
      case 'deafen':
        if (peer !== undefined) peer.answersClose = false
        return
      case 'oversize':
        return peer?.send(new Uint8Array(this.#context.maxPayload + 1))
      case 'badText':
        return peer?.sendText(new Uint8Array([0xff, 0xfe]))
      case 'badFrame':
        // A control frame carries at most 125 bytes (RFC 6455 §5.5).
        return peer?.ping(new Uint8Array(126))
      default:
        throw new Error(`'${kind}' is no client's to do.`)
    }
  }

  /** Cuts whatever there is. */
  leave(): void {
    const leaving = this.#peer ?? this.#attempt
    leaving?.cut()
  }

  #connect(): void {
    const { host, path, sent } = this.#context
    this.#attempts += 1
    const name = `${this.#number}.${this.#attempts}`
    const cookie = [...this.#cookies.values()].join('; ')
    const attempt = host.connect({
      path,
      headers: { [CLIENT_HEADER]: name, ...(cookie === '' ? {} : { cookie }) },
    })
    const mine: string[] = []
    this.#attempt = attempt
    this.#sent = mine
    sent.set(name, mine)
    const over = (): void => {
      if (this.#attempt !== attempt) return
      this.#attempt = undefined
      this.#peer = undefined
    }
    attempt.answer.then((answer) => {
      for (const line of answer.headers['set-cookie']?.split('\n') ?? []) {
        const [pair = ''] = line.split(';')
        this.#cookies.set(pair.slice(0, pair.indexOf('=')), pair)
      }
      if (!answer.upgraded) return over()
      this.#peer = answer.peer
      return answer.peer.closed.then(over)
    }, over)
  }

  #send(count: number): void {
    const peer = this.#peer
    if (peer === undefined) return
    const { message, random } = this.#context
    const messages = Array.from({ length: count }, () => message(random, this.#sent.length))
    for (const data of messages)
      this.#sent.push(fingerprint(typeof data === 'string' ? utf8.encode(data) : data))
    peer.sendBurst(messages)
  }
}
